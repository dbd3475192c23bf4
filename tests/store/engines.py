"""The engines that a store can have, and where a test has one of each. The next engine is one more line in HOMES."""

import weakref
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from datetime import timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from cdp_bgservices.redaction import Redactor
from cdp_bgservices.store import Clock, Engine, connect_engine
from cdp_bgservices.store.sqlite import kept_listing
from cdp_bgservices.store.trio_store import Store
from tests.making import MovedClock
from tests.postgresql import databases
from tests.store.model.data import Data
from tests.store.model.engine import ModelEngine

if TYPE_CHECKING:
    import psycopg

# The listings of tests are small, and do what large ones do.
kept_listing.END, kept_listing.AT_ONCE = 3, 4

if find_spec("psycopg"):
    from cdp_bgservices.store.postgresql import listings

    # How far a listing looks at once does not depend on how busy the machine is.
    listings.AT_ONCE = listings.SLICE = 60.0


class Home(ABC):
    """A place for one store, which is empty at first."""

    prunes_days = False
    """Whether what is past retention is deleted a day at a time, once that is over."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @abstractmethod
    def connect(self, clock: Clock) -> Engine:
        """Another connection to it."""

    @abstractmethod
    def redactor(self) -> Redactor:
        """With the store's own key, once payloads were ever to be left out."""

    @property
    def delay(self) -> timedelta:
        """For how long an event of NOW's time of day may still be there when it is past retention."""
        return timedelta(hours=12) if self.prunes_days else timedelta()

    @contextmanager
    def open(self, clock: Clock | None = None) -> Iterator[Engine]:
        engine = self.connect(clock or MovedClock())
        try:
            yield engine
        finally:
            engine.close()

    @asynccontextmanager
    async def open_store(self, clock: Clock | None = None) -> AsyncIterator[Store]:
        store = Store(self.connect(clock or MovedClock()))
        try:
            yield store
        finally:
            await store.aclose()


class SqliteHome(Home):
    def connect(self, clock: Clock) -> Engine:
        return connect_engine(self.folder / "events.db", None, clock)

    def redactor(self) -> Redactor:
        return Redactor((self.folder / "events.db-key").read_bytes())


class ModelHome(Home):
    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.data = Data()

    def connect(self, clock: Clock) -> Engine:
        return ModelEngine(self.data, clock)

    def redactor(self) -> Redactor:
        assert self.data.redactor
        return self.data.redactor


class PostgresHome(Home):
    """A database of a server of the tests' own, whose clock is moved with the test's."""

    prunes_days = True

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.shared = databases().take()
        weakref.finalize(self, databases().free.append, self.shared)

    def connect(self, clock: Clock) -> Engine:
        if isinstance(clock, MovedClock):
            clock.others.append(self.shared.set_clock)
            self.shared.set_clock(clock())
        return connect_engine(self.shared.url, None, clock)

    @contextmanager
    def connection(self) -> "Iterator[psycopg.Connection]":
        """Of another program."""
        import psycopg

        with psycopg.connect(self.shared.url, autocommit=True) as connection:
            yield connection

    @contextmanager
    def connected(self, url: str, clock: Clock) -> Iterator[Engine]:
        """By another way, or as another role."""
        with closing(connect_engine(url, None, clock, create=False)) as engine:
            yield engine

    def redactor(self) -> Redactor:
        (key,) = self.shared.owner.execute("SELECT value FROM bgservices.keys").fetchall()[0]
        return Redactor(bytes(key))


HOMES: dict[str, Callable[[Path], Home]] = {"sqlite": SqliteHome, "model": ModelHome, "postgresql": PostgresHome}
