"""Deleting in small transactions, so that a recorder's commits come in between, and giving the space back."""

import sqlite3
from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from cdp_bgservices.events import Event, to_microseconds
from cdp_bgservices.store.sqlite.kinds import DELETED
from cdp_bgservices.store.sqlite.rows import encode_json
from cdp_bgservices.store.sqlite.sql import transaction
from cdp_bgservices.store.sqlite.summing import take_out

DELETE_STEP = 2_000
"""Events; some 20 ms."""
VACUUM_STEP = 500
"""Pages of 4 KiB."""
BESIDE = ("thrown", "learned")
"""Tables of what was learned beside the browser's own record."""
CLEARS = "clears"
"""A setting: how often events were deleted before their time, or changed. Kept counts of events depend on it."""
DELETIONS = "deletions"
"""Another one: how often they were deleted."""
DELETE_RECORDERS = """
DELETE FROM recorders WHERE seen < ? AND (
    source NOT IN (SELECT source FROM lanes)
    OR EXISTS (SELECT 1 FROM recorders AS later WHERE later.source = recorders.source AND later.seen > recorders.seen)
)
"""
"""While anything is known of a source, the last one of it stays."""
CHECKPOINT_TIMEOUT_MS = 200
"""While the checkpoint waits for readers, no connection can write."""


def delete_expired(connection: sqlite3.Connection, oldest: int) -> Iterator[int]:
    """Delete what is before ``oldest``. Yields the number of events after each transaction.

    Coverage stays of series whose browser may still be recording.
    """
    yield from delete_steps(connection, "events", "timestamp < ? ORDER BY timestamp", [oldest])
    yield from tidy(connection)
    for table in BESIDE:
        yield from delete_steps(connection, table, "timestamp < ?", [oldest])
    connection.execute('DELETE FROM coverage WHERE "end" < ?', [oldest])
    connection.execute("DELETE FROM lanes WHERE seen_until < ? AND (is_over OR armed_until < ?)", [oldest, oldest])
    connection.execute("DELETE FROM tails WHERE source NOT IN (SELECT source FROM lanes)")
    connection.execute(DELETE_RECORDERS, [oldest])
    connection.execute("DELETE FROM contexts WHERE noted < ?", [oldest])


def delete_services(connection: sqlite3.Connection, services: Collection[str], last: int) -> Iterator[int]:
    """Delete these services' events (all, if none is named) up to the seq ``last``, likewise.

    Their tails go, too: their events are deleted by their owner, perhaps in the browser as well.
    """
    chosen, values = "TRUE", []
    if services:
        chosen, values = "service IN (SELECT value FROM json_each(?))", [encode_json(sorted(services)).decode()]
    # In the order of seqs, each step from where the last one ended.
    where = f"seq > ? AND seq <= ? AND {chosen} ORDER BY seq"
    yield from delete_steps(connection, "events", where, [0, last, *values], is_clear=True)
    yield from tidy(connection)
    for table in BESIDE:
        yield from delete_steps(connection, table, where, [0, last, *values])
    connection.execute(f"DELETE FROM tails WHERE {chosen}", values)


def delete_steps(
    connection: sqlite3.Connection, table: str, where: str, values: list[object], *, is_clear: bool = False
) -> Iterator[int]:
    """Each step commits, and yields how many events it has deleted; what was learned is none."""
    table_in_order = f"{table} NOT INDEXED" if is_clear else table
    inner = f"SELECT seq FROM {table_in_order} WHERE {where} LIMIT {DELETE_STEP}"
    chosen = f"SELECT json_group_array(seq), max(seq) FROM ({inner})"
    count = 1
    while count:
        with transaction(connection):
            seqs, until = connection.execute(chosen, values).fetchone()
            if table == "events":
                take_out(connection, seqs)
            statement = f"DELETE FROM {table} WHERE seq IN (SELECT value FROM json_each(?))"
            count = connection.execute(statement, [seqs]).rowcount
            if count and is_clear:
                note_clear(connection)
                increase(connection, DELETIONS)
        if count:
            if is_clear:
                values[0] = until
            yield count if table == "events" else 0


def delete_events(connection: sqlite3.Connection, events: Sequence[Event]) -> int:
    """These, and what was learned of them, in one transaction; how many were there."""
    keys = encode_json([(to_microseconds(event.timestamp), event.id) for event in events]).decode()
    wanted = "SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]') FROM json_each(?)"
    with transaction(connection):
        chosen = f"SELECT json_group_array(seq) FROM events WHERE (timestamp, id) IN ({wanted})"
        seqs = connection.execute(chosen, [keys]).fetchone()[0]
        take_out(connection, seqs)
        count = connection.execute("DELETE FROM events WHERE seq IN (SELECT value FROM json_each(?))", [seqs]).rowcount
        if count:
            connection.execute(f"DELETE FROM thrown WHERE (event_timestamp, event_id) IN ({wanted})", [keys])
            connection.execute(f"DELETE FROM learned WHERE (timestamp, id) IN ({wanted})", [keys])
            note_clear(connection)
            increase(connection, DELETIONS)
    return count


def note_clear(connection: sqlite3.Connection) -> None:
    """Within a transaction that deletes events before their time, or changes some: what was counted is so no more."""
    increase(connection, CLEARS)


def tidy(connection: sqlite3.Connection) -> Iterator[int]:
    """After events were deleted before their time."""
    delete_unused(connection)
    yield from give_back_space(connection)


def delete_unused(connection: sqlite3.Connection) -> None:
    """Kinds that no event has any more."""
    with transaction(connection):
        if connection.execute(
            "DELETE FROM kinds WHERE NOT EXISTS (SELECT 1 FROM events WHERE kind = kinds.id)"
        ).rowcount:
            increase(connection, DELETED)


def increase(connection: sqlite3.Connection, setting: str) -> None:
    sql = "INSERT INTO settings (name, value) VALUES (?, 1) ON CONFLICT DO UPDATE SET value = value + 1"
    connection.execute(sql, [setting])


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
        with suppress(FileNotFoundError):
            size += file.stat().st_size
    return size
