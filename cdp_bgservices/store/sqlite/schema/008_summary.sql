-- How many events there are of what. The setting 'summed' is the seq up to which they are counted here; the few that
-- were committed later are counted when someone asks.
INSERT INTO settings (name, value) VALUES ('summed', 0);

-- What filters can tell apart, without the time.
CREATE TABLE sums (
    kind INTEGER PRIMARY KEY,               -- a digest of the columns up to the number
    service TEXT NOT NULL,
    event_name TEXT NOT NULL,
    origin TEXT NOT NULL,
    storage_key TEXT NOT NULL,
    scope TEXT,
    source TEXT NOT NULL,
    browser_context TEXT NOT NULL,
    failed INTEGER NOT NULL,
    number INTEGER NOT NULL
) STRICT;

-- The same by ten minutes since the Unix epoch.
CREATE TABLE sums_by_time (
    kind INTEGER NOT NULL,
    part INTEGER NOT NULL,
    number INTEGER NOT NULL,
    PRIMARY KEY (kind, part)
) STRICT, WITHOUT ROWID;

-- By minute, for pictures.
CREATE TABLE sums_by_minute (
    minute INTEGER NOT NULL,
    service TEXT NOT NULL,
    failed INTEGER NOT NULL,
    number INTEGER NOT NULL,
    PRIMARY KEY (minute, service, failed)
) STRICT, WITHOUT ROWID;
