"""What is learned of events later, as their details: where they are stored, and which of them came late."""

import sqlite3
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from cdp_bgservices.events import from_microseconds, to_microseconds
from cdp_bgservices.learned import Detail
from cdp_bgservices.store.sqlite.deletion import note_clear
from cdp_bgservices.store.sqlite.kinds import set_kind
from cdp_bgservices.store.sqlite.redacting import Redaction
from cdp_bgservices.store.sqlite.rows import Execute, decode_details, encode_json
from cdp_bgservices.store.sqlite.sql import one_of
from cdp_bgservices.thrown import THREW

INSERT = "INSERT INTO learned (seq, timestamp, id, service, key) VALUES (?, ?, ?, ?, ?)"
LATE = """
SELECT learned.timestamp, learned.id, key, details FROM learned
JOIN events ON events.timestamp = learned.timestamp AND events.id = learned.id
WHERE learned.seq > ? AND learned.seq <= ? ORDER BY learned.seq
"""


def add_details(
    connection: sqlite3.Connection, details: Sequence[Detail], redaction: Redaction | None, last: int
) -> None:
    """Within a transaction, behind the events that they belong to; ``last`` is the last seq before it.

    An event that was there before comes again for those who follow. If it is a failure now, it may be in lists and
    counts of the store's readers: they have to look again.
    """
    is_failure = False
    for each in details:
        row = find_event(connection, each.event_timestamp, each.event_id, redaction)
        if row is None:
            continue
        seq, id_, service, text = row
        present = decode_details(text) if text else {}
        if each.key in present:
            continue
        value = redaction.redactor.redact_detail(each.key, each.value) if redaction and redaction.on else each.value
        set_details(connection, seq, {**present, each.key: value})
        if seq <= last:
            values = [next_seq(connection), to_microseconds(each.event_timestamp), id_, service, each.key]
            connection.execute(INSERT, values)
            is_failure = is_failure or each.key == THREW
    if is_failure:
        note_clear(connection)


def find_event(
    connection: sqlite3.Connection, timestamp: datetime, id_: str, redaction: Redaction | None
) -> tuple[Any, ...] | None:
    """Seq, id, service and details of an event, which is there with its payload or without."""
    wanted = one_of("id", redaction.ids(id_) if redaction else [id_])
    sql = f"SELECT seq, id, service, details FROM events WHERE timestamp = ? AND {wanted.sql}"
    found: tuple[Any, ...] | None = connection.execute(sql, [to_microseconds(timestamp), *wanted.values]).fetchone()
    return found


def set_details(connection: sqlite3.Connection, seq: int, details: dict[str, Any] | None) -> None:
    text = None if details is None else encode_json(details).decode()
    connection.execute("UPDATE events SET details = ? WHERE seq = ?", [text, seq])
    set_kind(connection, seq)


def next_seq(connection: sqlite3.Connection) -> int:
    """Out of the events' own sequence, so that one cursor tells what is new of all of them."""
    sql = "UPDATE sqlite_sequence SET seq = seq + 1 WHERE name = 'events' RETURNING seq"
    row = connection.execute(sql).fetchone()
    if row is None:
        connection.execute("INSERT INTO sqlite_sequence (name, seq) VALUES ('events', 1)")
    return int(row[0]) if row else 1


def late_details(execute: Execute, after: int, until: int) -> list[Detail]:
    """Those of events that were committed before them, between two cursors."""
    return [
        Detail(event_id=id_, event_timestamp=from_microseconds(timestamp), key=key, value=details[key])
        for timestamp, id_, key, text in execute(LATE, [after, until])
        if text and key in (details := decode_details(text))
    ]
