"""How a store is set up, and what shipping notes in it."""

from collections.abc import Mapping
from datetime import timedelta

from cdp_bgservices.errors import StoreError
from cdp_bgservices.redaction import Redactor
from cdp_bgservices.store.protocol import check_retention
from cdp_bgservices.store.spool_engine import SpoolEngine
from cdp_bgservices.store.values import Clock
from tests.store.model.data import Data


class Settings(SpoolEngine):
    """A part of the engine."""

    def __init__(self, data: Data, clock: Clock, *, can_write: bool = True) -> None:
        self.data = data
        self.clock = clock
        self.can_write = can_write
        self.name, self.url = "/model/store", "model:///model/store"
        self.retention, self.redacts = data.retention, data.redacts

    def write(self) -> None:
        """At the beginning of each change."""
        if not self.can_write:
            raise StoreError("The store cannot be written", "Take another connection.")
        self.data.commits[id(self)] += 1

    def identity(self) -> str:
        return f"{id(self.data):x}"

    def notes(self) -> dict[str, str]:
        return dict(self.data.notes)

    def keep_notes(self, notes: Mapping[str, str]) -> None:
        self.write()
        self.data.notes.update(notes)

    def redaction_key(self) -> bytes | None:
        return self.data.redactor.key if self.data.redactor else None

    def take_key(self, key: bytes) -> None:
        self.write()
        if self.data.redactor:
            self.data.former.append(self.data.redactor)
        self.data.redactor = Redactor(key)

    def read_retention(self) -> timedelta:
        self.retention = self.data.retention
        return self.retention

    def read_redacts(self) -> bool:
        self.redacts = self.data.redacts
        return self.redacts

    def set_retention(self, retention: timedelta) -> None:
        check_retention(retention)
        self.write()
        self.retention = self.data.retention = retention

    def set_redaction(self, on: bool) -> None:
        self.write()
        if on and self.data.redactor is None:
            self.data.redactor = Redactor(b"a key of thirty-two bytes or so.")
        self.redacts = self.data.redacts = on
