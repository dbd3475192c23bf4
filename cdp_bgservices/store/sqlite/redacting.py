"""Redaction as a setting of a store, for every recorder.

The key is in a file of its own beside the store, ``events.db-key``: a person who gets the store, or an
export of it, cannot try guesses. The store remembers which key it is. Where it has taken another store's key, the file
has those that it had before, too: what they have changed must stay known.
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
    former: tuple[Redactor, ...] = ()
    """With the keys that the store had before."""

    def apply(self, connection: sqlite3.Connection, events: Sequence[Event]) -> list[Event]:
        """As they are to be stored, except those that are there already in their other form."""
        pairs = [(event, self.redactor.redact(event)) for event in events]
        others = {
            event.id: {id_ for id_ in self.ids(event.id) if id_ != (redacted.id if self.on else event.id)}
            for event, redacted in pairs
            if event.id != redacted.id
        }
        wanted: list[list[object]] = [
            [timestamp_of(event), id_] for event, _ in pairs for id_ in others.get(event.id, ())
        ]
        known = known_ids(connection, wanted) if wanted else set()
        return [
            redacted if self.on else event
            for event, redacted in pairs
            if not known or known.isdisjoint(others.get(event.id, ()))
        ]

    def ids(self, id_: str) -> list[str]:
        """Those that an event with content may have in the store: as it came, or by any of the keys."""
        return [id_, *(redactor.redact_id(id_) for redactor in (self.redactor, *self.former))]

    def forms(self, event: Event) -> list[Event]:
        return [event, *(redactor.redact(event) for redactor in (self.redactor, *self.former))]


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
    keys = {fingerprint(key): key for key in read_keys(file)}
    key = keys.pop(settings[FINGERPRINT], None)
    if key is None:
        what = "is another store's" if keys else "is missing"
        raise StoreError(
            f"The key {file}, by which the store knows events without their payloads, {what}",
            "Put it back beside the store, or record into another store.",
        )
    return Redaction(on=bool(settings.get(ON)), redactor=Redactor(key), former=tuple(map(Redactor, keys.values())))


def write_redaction(connection: sqlite3.Connection, path: Path, *, on: bool) -> None:
    """Within a transaction, so that no other process makes a key at the same time."""
    if read_redaction(connection, path) is None:
        if not on:
            return
        file = key_file(path)
        keys = read_keys(file) or [secrets.token_bytes(KEY_SIZE)]
        write_keys(file, keys)
        write_setting(connection, FINGERPRINT, fingerprint(keys[0]))
    write_setting(connection, ON, int(on))


def change_key(connection: sqlite3.Connection, path: Path, key: bytes) -> None:
    """Within a transaction. The file is written first: the store's own note tells which of its keys is the present
    one.
    """
    present = read_redaction(connection, path)
    if present is None or present.redactor.key != key:
        file = key_file(path)
        write_keys(file, list(dict.fromkeys([key, *read_keys(file)])))
        write_setting(connection, FINGERPRINT, fingerprint(key))


def write_setting(connection: sqlite3.Connection, name: str, value: int) -> None:
    connection.execute("INSERT OR REPLACE INTO settings (name, value) VALUES (?, ?)", [name, value])


def key_file(path: Path) -> Path:
    """Beside the file itself, as SQLite's own, even if the store is opened through a link."""
    path = path.resolve()
    return path.with_name(path.name + "-key")


def read_keys(file: Path) -> list[bytes]:
    """Empty if there is no complete key."""
    with suppress(FileNotFoundError):
        content = file.read_bytes()
        if len(content) % KEY_SIZE == 0:
            return [content[at : at + KEY_SIZE] for at in range(0, len(content), KEY_SIZE)]
    return []


def write_keys(file: Path, keys: Sequence[bytes]) -> None:
    """On the disk, for its owner only; the file is there as a whole, or as it was."""
    if read_keys(file) == keys:
        return
    half = file.with_name(file.name + "-new")
    half.unlink(missing_ok=True)
    descriptor = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(descriptor, "wb") as opened:
        opened.write(b"".join(keys))
        opened.flush()
        os.fsync(descriptor)
    half.replace(file)


def fingerprint(key: bytes) -> int:
    """As large as SQLite's integers; tells nothing about the key."""
    return int.from_bytes(blake2b(key, person=b"fingerprint", digest_size=8).digest()) >> 1
