"""Deleting in small transactions, so that a recorder's commits come in between, and giving the space back."""

import sqlite3
from collections.abc import Collection, Iterator
from pathlib import Path

from cdp_bgservices.store.sqlite.rows import encode_json
from cdp_bgservices.store.sqlite.transaction import transaction

DELETE_STEP = 2_000
"""Events; some 20 ms."""
VACUUM_STEP = 500
"""Pages of 4 KiB."""
CLEARS = "clears"
"""A setting: how often events were deleted before their time, or changed. Kept counts of events depend on it."""
CHECKPOINT_TIMEOUT_MS = 200
"""While the checkpoint waits for readers, no connection can write."""


def delete_expired(connection: sqlite3.Connection, oldest: int) -> Iterator[int]:
    """Delete what is before ``oldest``. Yields the number of events after each transaction."""
    where = "timestamp < ? ORDER BY timestamp"
    return delete_steps(connection, where, [oldest])


def delete_services(connection: sqlite3.Connection, services: Collection[str], last: int) -> Iterator[int]:
    """Delete these services' events (all, if none is named) up to the seq ``last``, likewise."""
    if services:
        where = "+seq <= ? AND service IN (SELECT value FROM json_each(?))"
        return delete_steps(connection, where, [last, encode_json(sorted(services)).decode()], is_clear=True)
    return delete_steps(connection, "seq <= ?", [last], is_clear=True)


def delete_steps(
    connection: sqlite3.Connection, where: str, values: list[object], *, is_clear: bool = False
) -> Iterator[int]:
    """Each step commits; the last one is followed by those that give the space back."""
    statement = f"DELETE FROM events WHERE seq IN (SELECT seq FROM events WHERE {where} LIMIT {DELETE_STEP})"
    while count := delete_step(connection, statement, values, is_clear=is_clear):
        yield count
    yield from give_back_space(connection)


def delete_step(connection: sqlite3.Connection, statement: str, values: list[object], *, is_clear: bool) -> int:
    with transaction(connection):
        count = connection.execute(statement, values).rowcount
        if count and is_clear:
            note_clear(connection)
    return count


def note_clear(connection: sqlite3.Connection) -> None:
    """Within a transaction that deletes events before their time, or changes some: what was counted is so no more."""
    connection.execute(
        "INSERT INTO settings (name, value) VALUES (?, 1) ON CONFLICT DO UPDATE SET value = value + 1", [CLEARS]
    )


def read_clears(connection: sqlite3.Connection) -> int:
    row = connection.execute("SELECT value FROM settings WHERE name = ?", [CLEARS]).fetchone()
    return row[0] if row else 0


def give_back_space(connection: sqlite3.Connection) -> Iterator[int]:
    """Move free pages to the file's end and cut it, then empty the log, which may be as long as all that."""
    moved = False
    while connection.execute("PRAGMA freelist_count").fetchone()[0]:
        connection.execute(f"PRAGMA incremental_vacuum({VACUUM_STEP})").fetchall()
        moved = True
        yield 0
    if moved:
        before = connection.execute("PRAGMA busy_timeout").fetchone()[0]
        connection.execute(f"PRAGMA busy_timeout = {CHECKPOINT_TIMEOUT_MS}")
        try:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        finally:
            connection.execute(f"PRAGMA busy_timeout = {before}")


def disk_size(path: Path) -> int:
    """Bytes of the file and its log."""
    size = 0
    for file in (path, path.with_name(path.name + "-wal")):
        try:
            size += file.stat().st_size
        except FileNotFoundError:
            continue
    return size
