"""Events as rows, and back."""

import sqlite3
from array import array
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from cdp_bgservices.events import Event, from_microseconds, to_microseconds
from cdp_bgservices.store.values import Numbered

INSERTED = (
    "id, source, timestamp, service, event_name, origin, storage_key, registration_id, scope, instance_id, "
    "metadata, browser_context, received_at"
)
"""What an event has. Details are written on their own, since few events have any."""
COLUMNS = f"{INSERTED}, details"
CHUNKS = (500, 100, 20, 5, 1)
"""Rows of one INSERT statement. Each statement is one step of SQLite, for which Python's lock is let go once. With
a statement a row, as executemany has it, each row may have to wait 5 ms for the lock while another thread is busy."""

CHARACTERS = 100_000
"""Of a long list of numbers that are decoded at a time."""

Row = tuple[Any, ...]
Execute = Callable[[str, Sequence[object]], list[Row]]
"""A function of a statement and the values of its parameters that returns the rows."""

encode_json = msgspec.json.Encoder().encode
decode_metadata = msgspec.json.Decoder(dict[str, str]).decode
decode_numbers = msgspec.json.Decoder(list[int]).decode
decode_details = msgspec.json.Decoder(dict[str, Any]).decode


def insert_statement(rows: int) -> str:
    """Insert this number of rows, except those whose id is known."""
    columns = f"{INSERTED}, kind"
    row = "(" + ", ".join("?" * (columns.count(",") + 1)) + ")"
    return f"INSERT INTO events ({columns}) VALUES {', '.join([row] * rows)} ON CONFLICT (timestamp, id) DO NOTHING"


INSERTS = tuple((rows, insert_statement(rows)) for rows in CHUNKS)


def insert_rows(connection: sqlite3.Connection, rows: Sequence[Row]) -> int:
    """Each has the values of INSERTED, and the number of its kind. How many were new."""
    start = new = 0
    for count, statement in INSERTS:
        while len(rows) - start >= count:
            values = [value for row in rows[start : start + count] for value in row]
            new += connection.execute(statement, values).rowcount
            start += count
    return new


def row_of(event: Event, timestamp: int, received_at: int) -> Row:
    """The values of INSERTED."""
    return (
        event.id,
        event.source,
        timestamp,
        event.service,
        event.event_name,
        event.origin,
        event.storage_key,
        event.registration_id,
        event.scope,
        event.instance_id,
        encode_json(event.metadata).decode(),
        event.browser_context,
        received_at,
    )


def decode_seqs(text: str) -> "array[int]":
    """From a list in JSON. As Python's own numbers all of a million would take 40 MB."""
    seqs, start, last = array("q"), 1, len(text) - 1
    while start < last:
        end = text.find(",", start + CHARACTERS)
        end = last if end < 0 else end
        seqs.extend(decode_numbers(f"[{text[start:end]}]"))
        start = end + 1
    return seqs


def text_size(row: Row) -> int:
    """Characters of what a page may make long: scope, instance id, metadata and details. Behind a seq are the
    COLUMNS."""
    return len(row[9] or "") + len(row[10]) + len(row[11]) + len(row[14] or "")


def timestamp_of(event: Event) -> int:
    """In the store's unit."""
    return to_microseconds(event.timestamp)


def event_of(row: Row) -> Event:
    """From the values of COLUMNS."""
    return Event(
        id=row[0],
        source=row[1],
        timestamp=from_microseconds(row[2]),
        service=row[3],
        event_name=row[4],
        origin=row[5],
        storage_key=row[6],
        registration_id=row[7],
        scope=row[8],
        instance_id=row[9],
        metadata=decode_metadata(row[10]),
        browser_context=row[11],
        received_at=from_microseconds(row[12]),
        details=None if row[13] is None else decode_details(row[13]),
    )


def numbered(rows: Sequence[Row]) -> list[Numbered]:
    """From a seq and the values of COLUMNS."""
    return [(row[0], event_of(row[1:])) for row in rows]
