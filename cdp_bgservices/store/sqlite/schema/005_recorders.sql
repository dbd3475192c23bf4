-- Which recorders record a source, or did. The last one of a source stays: it says on which machine its profile is.
CREATE TABLE recorders (
    source TEXT NOT NULL,
    run TEXT NOT NULL,                      -- random: each recorder has another one
    host TEXT NOT NULL,
    browser TEXT NOT NULL,                  -- the same for all recorders of one browser, empty if unknown
    version TEXT NOT NULL,
    since INTEGER NOT NULL,
    seen INTEGER NOT NULL,                  -- written every minute
    is_over INTEGER NOT NULL,
    PRIMARY KEY (source, run)
) STRICT, WITHOUT ROWID;
