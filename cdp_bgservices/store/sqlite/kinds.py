"""Kinds of events: what many of them have in common, and whether they are failures. Each event has its kind's number.

A reader asks for the kinds that it wants within its own statement, so that it sees those of the same commit.
"""

import sqlite3

from cdp_bgservices.events import Event
from cdp_bgservices.failures import reports_failure
from cdp_bgservices.store.sqlite.rows import decode_details, decode_metadata
from cdp_bgservices.store.sqlite.summing import moved
from cdp_bgservices.thrown import THREW

FIELDS = ("source", "service", "event_name", "origin", "storage_key", "scope", "browser_context")
COLUMNS = f"{', '.join(FIELDS)}, failed"
DELETED = "kinds_deleted"
"""A setting: how often some were deleted."""
FAILED = "failed(events.event_name, events.metadata, events.details)"
NEW = f"SELECT id, {COLUMNS} FROM kinds WHERE id > ? ORDER BY id"
INSERT = f"INSERT INTO kinds ({COLUMNS}) VALUES ({', '.join('?' * 8)})"
SAME = " AND ".join([*(f"kinds.{field} IS events.{field}" for field in FIELDS), f"kinds.failed = {FAILED}"])
JUDGED = f"SELECT {FAILED}, kinds.failed FROM events JOIN kinds ON kinds.id = kind WHERE seq = ?"
MAKE = f"""
INSERT INTO kinds ({COLUMNS}) SELECT {", ".join(FIELDS)}, {FAILED} FROM events
WHERE seq = ? AND NOT EXISTS (SELECT 1 FROM kinds WHERE {SAME})
"""
SET = f"UPDATE events SET kind = (SELECT id FROM kinds WHERE {SAME}) WHERE seq = ?"

Key = tuple[str | int | None, ...]
"""The values of COLUMNS."""


class Kinds:
    """Those that a recorder knows. It is used within transactions that can write, and thrown away if one fails."""

    def __init__(self) -> None:
        self.numbers: dict[Key, int] = {}
        self.last = 0
        self.deleted = 0

    def update(self, connection: sqlite3.Connection) -> None:
        """With those that others have made since, without those that were deleted."""
        found = connection.execute("SELECT value FROM settings WHERE name = ?", [DELETED]).fetchone()
        deleted = found[0] if found else 0
        if deleted != self.deleted:
            self.numbers, self.last, self.deleted = {}, 0, deleted
        for number, *key in connection.execute(NEW, [self.last]):
            self.numbers[tuple(key)] = self.last = number

    def number(self, connection: sqlite3.Connection, event: Event) -> int:
        """Of an event without its details. A new kind is made."""
        key = (
            event.source,
            event.service,
            event.event_name,
            event.origin,
            event.storage_key,
            event.scope,
            event.browser_context,
            reports_failure(event.event_name, event.metadata),
        )
        number = self.numbers.get(key)
        if number is None:
            number = self.numbers[key] = self.last = int(connection.execute(INSERT, key).lastrowid or 0)
        return number


def set_kind(connection: sqlite3.Connection, seq: int) -> None:
    """Of an event whose details have changed."""
    is_failed, was_failed = connection.execute(JUDGED, [seq]).fetchone()
    if is_failed != was_failed:
        with moved(connection, seq):
            connection.execute(MAKE, [seq])
            connection.execute(SET, [seq])


def is_failed(event_name: str, metadata: str, details: str | None) -> bool:
    """``failed(event_name, metadata, details)`` in SQL: the fields of an event that tell."""
    if details is not None and decode_details(details).get(THREW):
        return True
    return reports_failure(event_name, decode_metadata(metadata))
