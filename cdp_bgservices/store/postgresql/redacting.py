"""Redaction as a setting of a shared store, for all who record.

The key is a row that recorders may read and readers may not: who reads the store cannot try guesses.
"""

import secrets
from collections.abc import Mapping, Sequence
from hashlib import blake2b

import msgspec

from cdp_bgservices.errors import StoreError
from cdp_bgservices.events import Event
from cdp_bgservices.redaction import Redactor
from cdp_bgservices.store.postgresql.database import Database

KEY_SIZE = 32
"""Bytes."""
ON, FINGERPRINT = "redaction", "redaction_key"
"""Names of settings. The second one is empty until the first is on for the first time."""


class Redaction(msgspec.Struct, frozen=True):
    """What the store does about content, once redaction was ever switched on."""

    on: bool
    redactor: Redactor

    def ids(self, id_: str) -> list[str]:
        """Those that an event with content may have in the store."""
        return [id_, self.redactor.redact_id(id_)]


class Redacting(Database):
    """A part of the engine."""

    key: bytes | None = None
    """As it was read last."""

    def redaction(self, settings: Mapping[str, str]) -> Redaction | None:
        """None if it was never switched on. Raises StoreError if the key is missing, or not for this user."""
        wanted = settings[FINGERPRINT]
        if not wanted:
            return None
        if self.key is None or fingerprint(self.key) != wanted:
            rows = self.rows("SELECT value FROM bgservices.keys WHERE name = 'redaction'")
            self.key = bytes(rows[0][0]) if rows else None
        if self.key is None or fingerprint(self.key) != wanted:
            raise StoreError(
                f"The key by which the store {self.name} knows events without their payloads is missing",
                "Put it back into the table keys, or record into another store.",
            )
        return Redaction(on=settings[ON] == "1", redactor=Redactor(self.key))

    def redaction_key(self) -> bytes | None:
        redaction = self.redaction(self.read_settings())
        return redaction.redactor.key if redaction else None

    def set_redaction(self, on: bool) -> None:
        with self.transaction():
            if on:
                key = secrets.token_bytes(KEY_SIZE)
                self.change("INSERT INTO bgservices.keys VALUES ('redaction', %s) ON CONFLICT DO NOTHING", [key])
                key = bytes(self.change("SELECT value FROM bgservices.keys WHERE name = 'redaction'")[0][0])
                self.change(WRITE_SETTING, [fingerprint(key), FINGERPRINT])
            self.change(WRITE_SETTING, [str(int(on)), ON])
        self.redacts = on

    def redacted(self, redaction: Redaction, events: Sequence[Event]) -> list[Event]:
        """As they are to be stored, except those that are there already in their other form."""
        pairs = [(event, redaction.redactor.redact(event)) for event in events]
        others = {
            event.id if redaction.on else redacted.id: event.timestamp
            for event, redacted in pairs
            if event.id != redacted.id
        }
        known: set[str] = set()
        if others:
            sql = "SELECT bgservices.known_events(%b::timestamptz[], %b::text[]::uuid[])"
            known = {row[0] for row in self.rows(sql, [[*others.values()], [*others]])}
        return [
            redacted if redaction.on else event
            for event, redacted in pairs
            if event.id == redacted.id or (event.id if redaction.on else redacted.id) not in known
        ]


WRITE_SETTING = "UPDATE bgservices.settings SET value = %s WHERE name = %s"


def fingerprint(key: bytes) -> str:
    """It tells nothing about the key."""
    return blake2b(key, person=b"fingerprint", digest_size=8).hexdigest()
