"""The push service's data, in a folder or in memory: a database in both cases, so that they behave alike."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from cdp_bgservices.errors import InvalidInputError

FILE = "push.db"
SCHEMA = """
CREATE TABLE IF NOT EXISTS service (key BLOB, certificate BLOB, http_port INTEGER, tls_port INTEGER) STRICT;
CREATE TABLE IF NOT EXISTS browsers (id TEXT PRIMARY KEY, secret TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS subscriptions (
    token TEXT PRIMARY KEY,
    browser TEXT NOT NULL,
    app_id TEXT NOT NULL,
    sender TEXT NOT NULL,
    unsubscribed INTEGER NOT NULL DEFAULT 0 -- then the HTTP status of posts
) STRICT;
CREATE TABLE IF NOT EXISTS messages (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT UNIQUE NOT NULL,
    subscription TEXT NOT NULL REFERENCES subscriptions (token),
    body BLOB NOT NULL,
    headers TEXT NOT NULL,
    urgency TEXT NOT NULL,
    topic TEXT,
    expires_at REAL NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS messages_by_expiry ON messages (expires_at);
CREATE INDEX IF NOT EXISTS messages_of_a_subscription ON messages (subscription, topic);
"""


@contextmanager
def open_database(folder: Path | None) -> Iterator[sqlite3.Connection]:
    """Raises InvalidInputError if the folder cannot be used, or another push service uses it."""
    try:
        database = connect(folder)
    except (sqlite3.DatabaseError, OSError) as error:
        if getattr(error, "sqlite_errorcode", -1) & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            raise InvalidInputError(
                f"the push service's folder {folder} is in use", "Stop the other push service, or give another folder."
            ) from error
        raise InvalidInputError(
            f"the push service's folder {folder} cannot be used: {error}", f"Remove its {FILE}, or give another folder."
        ) from error
    with closing(database):
        yield database


def connect(folder: Path | None) -> sqlite3.Connection:
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        os.close(os.open(folder / FILE, os.O_RDWR | os.O_CREAT, 0o600))  # It contains a private key.
    database = sqlite3.connect(folder / FILE if folder else ":memory:", isolation_level=None, timeout=0)
    try:
        # One process only. Writes do not wait for the disk: they survive a kill, but not a power cut.
        for pragma in ("locking_mode = EXCLUSIVE", "journal_mode = WAL", "synchronous = NORMAL"):
            database.execute(f"PRAGMA {pragma}")
        database.executescript(SCHEMA)
    except BaseException:
        database.close()
        raise
    return database
