"""Redaction as a setting of a store, for every recorder.

The key is in a file of its own beside the store, ``events.db-key``: a person who gets the store, or an
export of it, cannot try guesses. The store remembers which key it was.
"""

import os
import secrets
import sqlite3
from collections.abc import Sequence
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path

import msgspec

from cdp_bgservices.errors import StoreError
from cdp_bgservices.events import Event
from cdp_bgservices.redaction import Redactor
from cdp_bgservices.store.sqlite.rows import encode_json, timestamp_of

KEY_SIZE = 32
"""Bytes."""
ON, FINGERPRINT = "redaction", "redaction_key"
"""Names of settings. The second one is there from the first time on that the first was ever on."""


class Redaction(msgspec.Struct, frozen=True):
    """What a store does about content, once redaction was ever switched on."""

    on: bool
    redactor: Redactor

    def apply(self, connection: sqlite3.Connection, events: Sequence[Event]) -> list[Event]:
        """As they are to be stored, except those that are there already in their other form."""
        pairs = [(event, self.redactor.redact(event)) for event in events]
        others = [
            [timestamp_of(event), event.id if self.on else redacted.id]
            for event, redacted in pairs
            if event.id != redacted.id
        ]
        known = known_ids(connection, others) if others else set()
        return [
            redacted if self.on else event
            for event, redacted in pairs
            if event.id == redacted.id or (event.id if self.on else redacted.id) not in known
        ]


def known_ids(connection: sqlite3.Connection, pairs: list[list[object]]) -> set[str]:
    """Which of these timestamps and ids are in the store."""
    # CROSS JOIN: SQLite takes the tables in this order, and the index for the second.
    rows = connection.execute(
        "SELECT events.id FROM json_each(?) AS wanted CROSS JOIN events "
        "ON timestamp = json_extract(wanted.value, '$[0]') AND events.id = json_extract(wanted.value, '$[1]')",
        [encode_json(pairs).decode()],
    )
    return {row[0] for row in rows}


def read_redaction(connection: sqlite3.Connection, path: Path) -> Redaction | None:
    """None if redaction was never switched on. Raises StoreError if the key is missing."""
    settings = dict(connection.execute("SELECT name, value FROM settings WHERE name IN (?, ?)", [ON, FINGERPRINT]))
    if FINGERPRINT not in settings:
        return None
    file = key_file(path)
    key = read_key(file)
    if key is None or fingerprint(key) != settings[FINGERPRINT]:
        what = "is missing" if key is None else "is another store's"
        raise StoreError(
            f"The key {file}, by which the store knows events without their payloads, {what}",
            "Put it back beside the store, or record into another store.",
        )
    return Redaction(on=bool(settings[ON]), redactor=Redactor(key))


def write_redaction(connection: sqlite3.Connection, path: Path, *, on: bool) -> None:
    """Within a transaction, so that no other process makes a key at the same time."""
    if read_redaction(connection, path) is None:
        if not on:
            return
        key = read_key(key_file(path)) or make_key(key_file(path))
        connection.execute("INSERT INTO settings (name, value) VALUES (?, ?)", [FINGERPRINT, fingerprint(key)])
    connection.execute("INSERT OR REPLACE INTO settings (name, value) VALUES (?, ?)", [ON, int(on)])


def key_file(path: Path) -> Path:
    """Beside the file itself, as SQLite's own, even if the store is opened through a link."""
    path = path.resolve()
    return path.with_name(path.name + "-key")


def read_key(file: Path) -> bytes | None:
    """None if there is no complete key."""
    with suppress(FileNotFoundError):
        key = file.read_bytes()
        return key if len(key) == KEY_SIZE else None
    return None


def make_key(file: Path) -> bytes:
    """A new one, on the disk, for its owner only."""
    key = secrets.token_bytes(KEY_SIZE)
    file.unlink(missing_ok=True)  # A half of one.
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(descriptor, "wb") as opened:
        opened.write(key)
        opened.flush()
        os.fsync(descriptor)
    return key


def fingerprint(key: bytes) -> int:
    """As large as SQLite's integers; tells nothing about the key."""
    return int.from_bytes(blake2b(key, person=b"fingerprint", digest_size=8).digest()) >> 1
