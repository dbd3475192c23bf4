-- How many events there are of each kind. The setting 'summed' is the seq up to which they are counted here; the few
-- that were committed later are counted when someone asks.
INSERT INTO settings (name, value) VALUES ('summed', 0);

CREATE TABLE sums (
    kind INTEGER PRIMARY KEY,
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
