-- A name of its own, for what is said about this store elsewhere.
INSERT INTO settings (name, value) VALUES ('identity', random() & 0x7fffffffffffffff);

-- What shipping knows of this store, where it is a spool.
CREATE TABLE notes (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
