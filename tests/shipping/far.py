"""Shared stores for the tests of shipping: a file, whose connection can be cut, and which can forget."""

import shutil
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import trio

from cdp_bgservices.errors import RefusedError, StoreError
from cdp_bgservices.events import Event
from cdp_bgservices.learned import Learned
from cdp_bgservices.shipping.spooled import SpooledStore, open_spooled
from cdp_bgservices.store import Added, Clock, Engine, open_engine
from cdp_bgservices.store.sqlite.engine import SqliteEngine
from tests.making import MovedClock

DEADLINE = 60


class Far:
    """A shared store in a file, with connections that break."""

    def __init__(self, folder: Path, clock: Clock | None = None) -> None:
        self.path = folder / "far.db"
        self.clock = clock or MovedClock()
        self.is_away = False
        self.is_owner = True
        """Whether its recorders may change its settings."""
        self.poison: set[str] = set()
        """Ids of events that it can never hold."""
        self.on_step: Callable[[], None] = lambda: None
        """Called before and after each change; it may go away there."""
        self.engines: list[FarEngine] = []

    def connect(self) -> Engine:
        if self.is_away:
            raise StoreError("The store far cannot be reached", "Start it.")
        engine = FarEngine.open(self.path, self.clock)
        assert isinstance(engine, FarEngine)
        engine.far = self
        self.engines.append(engine)
        return engine

    def keep_copy(self) -> Path:
        """As it is on the disk now."""
        with open_engine(self.path, clock=self.clock) as engine:
            assert isinstance(engine, SqliteEngine)
            copy = self.path.with_name("copy.db")
            copy.unlink(missing_ok=True)
            engine.connection.execute("VACUUM INTO ?", [str(copy)])
        return copy

    def cut(self) -> None:
        """All connections; new ones can be made."""
        for engine in self.engines:
            engine.is_cut = True

    def set_back(self, copy: Path) -> None:
        """It has forgotten what came after the copy."""
        self.cut()
        for file in self.path.parent.glob("far.db*"):
            file.unlink()
        shutil.copyfile(copy, self.path)

    def ids(self) -> list[str]:
        with open_engine(self.path, clock=self.clock) as engine:
            return [event.id for event in engine.events()]


class FarEngine(SqliteEngine):
    far: Far
    is_cut = False

    def check(self) -> None:
        if self.is_cut or self.far.is_away:
            raise StoreError("The store far has gone away", "Start it.")

    def step(self) -> None:
        self.far.on_step()
        self.check()

    def add(self, events: Sequence[Event], learned: Sequence[Learned] = ()) -> Added:
        self.step()
        if self.far.poison & {event.id for event in events}:
            raise RefusedError("The store far cannot hold an event (too long)")
        added = super().add(events, learned)
        self.step()
        return added

    def check_owner(self) -> None:
        self.check()
        if not self.far.is_owner:
            raise StoreError("The store far does not allow this", "Ask its owner.")

    def set_retention(self, retention: timedelta) -> None:
        self.check_owner()
        super().set_retention(retention)

    def set_redaction(self, on: bool) -> None:
        self.check_owner()
        super().set_redaction(on)

    def account(self, *given: Any) -> None:
        self.step()
        super().account(*given)
        self.step()


@asynccontextmanager
async def open_shipping(far: Far, spool: Path, **options: Any) -> AsyncIterator[SpooledStore]:
    """A recorder's store that is shipped there."""
    said: list[str] = options.pop("said", [])
    options.setdefault("clock", far.clock)
    with trio.fail_after(DEADLINE):
        async with open_spooled(far.path, spool, connect=far.connect, say=said.append, **options) as store:
            yield store


async def until_level(store: SpooledStore) -> None:
    """All that was committed before is answered."""
    cursor = await store.cursor()
    while store.shipper.progress.place < cursor:  # noqa: ASYNC110 the place notifies no one
        await trio.sleep(0.005)
