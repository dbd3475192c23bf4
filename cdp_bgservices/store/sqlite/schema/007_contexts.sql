-- The browser contexts that were recorded. Times are microseconds since the Unix epoch, UTC.
CREATE TABLE contexts (
    source TEXT NOT NULL,
    context TEXT NOT NULL,                  -- the browser's id of it
    kind TEXT NOT NULL,                     -- default: a profile's own; other; unknown
    number INTEGER NOT NULL,                -- its place among those of its source that are not default ones, from 2 on
    name TEXT NOT NULL,                     -- what the program that made it calls it, or empty
    since INTEGER NOT NULL,                 -- when it was first seen
    noted INTEGER NOT NULL,                 -- when this was known last; written every minute
    ended INTEGER,                          -- null if no end is known
    why TEXT NOT NULL,
    host TEXT NOT NULL,
    profile TEXT NOT NULL,                  -- the user data folder there, or empty
    PRIMARY KEY (source, context)
) STRICT, WITHOUT ROWID;
