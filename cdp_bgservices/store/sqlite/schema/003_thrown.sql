-- What was learned of an event beside the browser's own record: a JSON object, null where there is nothing.
ALTER TABLE events ADD COLUMN details TEXT;

-- What service workers threw. Times are microseconds since the Unix epoch, UTC.
CREATE TABLE thrown (
    seq INTEGER PRIMARY KEY,                -- the order of commits, one order with that of events
    id TEXT NOT NULL UNIQUE,
    source TEXT NOT NULL,
    timestamp INTEGER NOT NULL,             -- when the recorder received it
    message TEXT NOT NULL,
    source_url TEXT NOT NULL,
    line INTEGER NOT NULL,
    "column" INTEGER,
    registration_id TEXT NOT NULL,
    version_id TEXT NOT NULL,
    scope TEXT,
    script_url TEXT NOT NULL,
    browser_context TEXT NOT NULL,
    service TEXT NOT NULL,                  -- that of the event, or empty
    event_id TEXT,                          -- the event that it belongs to, where that is certain; it has it, too
    event_timestamp INTEGER
) STRICT;

CREATE INDEX thrown_by_timestamp ON thrown (timestamp);
