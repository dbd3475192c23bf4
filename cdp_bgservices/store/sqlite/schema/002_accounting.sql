-- What the store knows of its own completeness. Times are microseconds since the Unix epoch, UTC.

-- From when to when it was certain to see everything, and why it was not.
CREATE TABLE coverage (
    source TEXT NOT NULL,
    context_kind TEXT NOT NULL,
    service TEXT NOT NULL,
    begin INTEGER NOT NULL,
    state TEXT NOT NULL,                    -- a State of cdp_bgservices/coverage/
    "end" INTEGER NOT NULL,
    detail TEXT NOT NULL,
    PRIMARY KEY (source, context_kind, service, begin, state)
) STRICT, WITHOUT ROWID;

-- The last that was seen of each; from there the next recorder goes on.
CREATE TABLE lanes (
    source TEXT NOT NULL,
    context_kind TEXT NOT NULL,
    service TEXT NOT NULL,
    seen_until INTEGER NOT NULL,
    armed_until INTEGER NOT NULL,           -- when the browser stops recording by itself; 0 where it does not record
    is_over INTEGER NOT NULL,               -- whether that browser and its profile are permanently gone
    PRIMARY KEY (source, context_kind, service)
) STRICT, WITHOUT ROWID;

-- The newest event of each registration that is there: the next replay brings it again, or something was lost.
CREATE TABLE tails (
    source TEXT NOT NULL,
    service TEXT NOT NULL,
    registration_id TEXT NOT NULL,
    timestamp INTEGER NOT NULL,             -- and not its id, which is a digest of what may have been left out
    scope TEXT NOT NULL,
    PRIMARY KEY (source, service, registration_id)
) STRICT, WITHOUT ROWID;

-- What the last recorder of each source counted.
CREATE TABLE runs (
    source TEXT PRIMARY KEY,
    moment INTEGER NOT NULL,                -- its end, or shortly before that where it was killed
    numbers TEXT NOT NULL                   -- a JSON object of integers
) STRICT, WITHOUT ROWID;
