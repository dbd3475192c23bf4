"""What workers threw, as rows. The events that it belongs to have it in their details, too."""

import sqlite3
from collections.abc import Sequence
from typing import Any

import msgspec

from cdp_bgservices.events import from_microseconds, to_microseconds
from cdp_bgservices.query import Query
from cdp_bgservices.store.criteria import Selection, every
from cdp_bgservices.store.sqlite.deletion import note_clear
from cdp_bgservices.store.sqlite.learned import find_event, next_seq, set_details
from cdp_bgservices.store.sqlite.redacting import Redaction
from cdp_bgservices.store.sqlite.rows import Execute, decode_details
from cdp_bgservices.store.sqlite.sql import one_of
from cdp_bgservices.thrown import Thrown, with_thrown, without_thrown

COLUMNS = (
    'id, source, timestamp, message, source_url, line, "column", registration_id, version_id, scope, script_url, '
    "browser_context, service, event_id, event_timestamp"
)
MOVE = "UPDATE thrown SET seq = ?, service = ?, event_id = ?, event_timestamp = ? WHERE id = ?"
INSERT = f"INSERT INTO thrown (seq, {COLUMNS}) VALUES ({', '.join('?' * 16)})"


def add_thrown(
    connection: sqlite3.Connection, thrown: Sequence[Thrown], redaction: Redaction | None, last: int
) -> None:
    """Within a transaction, behind the events that they belong to; ``last`` is the last seq before it.

    An event that was there before may be in lists and counts of the store's readers: they have to look again.
    """
    is_late = False
    for given in thrown:
        row = owner_of(connection, given, redaction)
        each = redaction.redactor.redact_thrown(given) if redaction and redaction.on else given
        each = msgspec.structs.replace(each, event_id=row[1] if row else None, service=each.service if row else "")
        ids = one_of("id", redaction.ids(given.id) if redaction else [given.id])
        known = connection.execute(
            f"SELECT event_timestamp, event_id, id FROM thrown WHERE {ids.sql}", ids.values
        ).fetchone()
        if known is None:
            connection.execute(INSERT, row_of(each, next_seq(connection)))
        elif row is None or known[1] == each.event_id:
            continue
        else:  # It belongs to its handler's end, which came after it, and no longer to the beginning.
            happened = to_microseconds(given.event_timestamp)  # type: ignore[arg-type]
            connection.execute(MOVE, [next_seq(connection), each.service, each.event_id, happened, known[2]])
            for seq, details in connection.execute(
                "SELECT seq, details FROM events WHERE timestamp = ? AND id = ?", known[:2]
            ).fetchall():
                set_details(connection, seq, without_thrown(details and decode_details(details), each))
                is_late = is_late or seq <= last
        if row is not None:
            seq, _, _, details = row
            set_details(connection, seq, with_thrown(details and decode_details(details), each))
            is_late = is_late or seq <= last
    if is_late:
        note_clear(connection)


def owner_of(connection: sqlite3.Connection, thrown: Thrown, redaction: Redaction | None) -> tuple[Any, ...] | None:
    """Seq, id, service and details of the event that it belongs to."""
    if thrown.event_id is None or thrown.event_timestamp is None:
        return None
    return find_event(connection, thrown.event_timestamp, thrown.event_id, redaction)


def row_of(thrown: Thrown, seq: int) -> list[object]:
    values = msgspec.structs.asdict(thrown)
    values["timestamp"] = to_microseconds(thrown.timestamp)
    happened = thrown.event_timestamp if thrown.event_id else None
    values["event_timestamp"] = happened and to_microseconds(happened)
    return [seq, *values.values()]


def thrown_of(row: tuple[Any, ...]) -> Thrown:
    """From the values of COLUMNS."""
    values = dict(zip(Thrown.__struct_fields__, row, strict=True))
    for name in ("timestamp", "event_timestamp"):
        values[name] = None if values[name] is None else from_microseconds(values[name])
    return Thrown(**values)


def read_thrown(
    execute: Execute, query: Query, oldest: int, after: int, until: int | None, *, no_event: bool
) -> list[Thrown]:
    """Within retention and between two cursors."""
    since = oldest if query.since is None else max(oldest, to_microseconds(query.since))
    parts = [Selection("timestamp >= ? AND seq > ?", [since, after])]
    if until is not None:
        parts.append(Selection("seq <= ?", [until]))
    if query.before is not None:
        parts.append(Selection("timestamp < ?", [to_microseconds(query.before)]))
    chosen = {"source": query.sources, "scope": query.scopes, "browser_context": query.browser_contexts}
    parts += [one_of(f"+{column}", choices) for column, choices in chosen.items() if choices]
    if no_event:
        parts.append(Selection("event_id IS NULL", []))
    where = every(parts)
    limit = -1 if query.limit is None else query.limit
    sql = f"SELECT {COLUMNS} FROM thrown WHERE {where.sql} ORDER BY timestamp DESC, seq DESC LIMIT ?"
    return [thrown_of(row) for row in reversed(execute(sql, [*where.values, limit]))]
