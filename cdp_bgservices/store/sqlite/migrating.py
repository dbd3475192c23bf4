"""The schema of a store, and how that of an earlier release is brought up to date."""

import sqlite3
import time
from pathlib import Path

from cdp_bgservices.errors import StoreError
from cdp_bgservices.events import MICROSECOND
from cdp_bgservices.store.sqlite.errors import DAMAGED
from cdp_bgservices.store.sqlite.sql import transaction
from cdp_bgservices.store.sqlite.summing import SUMMED, Summing
from cdp_bgservices.store.values import LONGEST_RETENTION

APPLICATION_ID = 0x43424753
"""``CBGS``; kept in the file's header."""
SCHEMA_VERSION = 9
"""The number of the newest file in ``schema/``."""
SETTINGS = ("identity", "retention", SUMMED)
"""Those that the schema writes."""
INCREMENTAL = 2
"""What ``PRAGMA auto_vacuum`` answers for it."""
MANY = 50_000
"""Events with which it takes seconds."""
PATIENCE = 300.0
"""Seconds for which it is waited until another process has done it."""
CACHE_KIB = 200_000


def schema_version(connection: sqlite3.Connection, path: Path) -> int:
    """Raises StoreError for a version that only a later release knows."""
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    if version > SCHEMA_VERSION:
        raise StoreError(
            f"The store {path} was written by a later version of cdp-bgservices",
            "Upgrade cdp-bgservices, or name another store with --store.",
        )
    return version


def check_settings(connection: sqlite3.Connection, path: Path) -> None:
    """Those that every store has: one without a retention would lose all its events. Raises StoreError."""
    settings = dict(connection.execute("SELECT name, value FROM settings"))
    what, remedy = DAMAGED
    if missing := [name for name in SETTINGS if name not in settings]:
        raise StoreError(f"The store {path} {what}: its settings lack {', '.join(missing)}", remedy)
    retention = settings["retention"]
    if not (isinstance(retention, int) and 0 < retention <= LONGEST_RETENTION // MICROSECOND):
        raise StoreError(f"The store {path} {what}: {retention} cannot be its retention", remedy)


def migrate(connection: sqlite3.Connection, path: Path) -> None:
    """Apply, in one transaction, each file of ``schema/`` that the store has not seen."""
    connection.execute("PRAGMA auto_vacuum = INCREMENTAL")  # by itself works only for the first page
    if connection.execute("PRAGMA auto_vacuum").fetchone()[0] != INCREMENTAL:
        connection.execute("VACUUM")
    connection.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
    deadline = time.monotonic() + (PATIENCE if schema_version(connection, path) else 0)
    while True:
        try:
            with transaction(connection):
                # Asked again: another process may have done it while this one was waiting.
                apply(connection, path, schema_version(connection, path))
            break
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
    for _ in Summing().steps(connection):
        pass


def apply(connection: sqlite3.Connection, path: Path, version: int) -> None:
    from importlib.resources import files  # slow to import, and seldom needed

    if 0 < version < SCHEMA_VERSION:
        announce(connection, path)
    folder = files("cdp_bgservices.store.sqlite") / "schema"
    for file in sorted(folder.iterdir(), key=lambda file: file.name):
        if file.name.endswith(".sql") and int(file.name[:3]) > version:
            for statement in split_statements(file.read_text(encoding="utf-8")):
                connection.execute(statement)
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")


def announce(connection: sqlite3.Connection, path: Path) -> None:
    """Where it takes a while."""
    number = connection.execute("SELECT count(*) FROM events").fetchone()[0]
    if number >= MANY:
        from logging import getLogger

        seconds = max(1, number // 100_000)
        getLogger(__name__).warning(
            "The store %s is of an earlier version. Its %s events are converted once: some %s s.",
            path,
            f"{number:,}",
            seconds,
        )


def split_statements(script: str) -> list[str]:
    """``executescript`` would commit the transaction that it runs in."""
    statements, statement = [], ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            statements.append(statement)
            statement = ""
    return statements
