"""The engines that a store can have, and where a test has one of each. The next engine is one more line in HOMES."""

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from cdp_bgservices.redaction import Redactor
from cdp_bgservices.store import Clock, Engine, connect_engine
from cdp_bgservices.store.trio_store import Store
from tests.making import MovedClock
from tests.store.model import Data, ModelEngine


class Home(ABC):
    """A place for one store, which is empty at first."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @abstractmethod
    def connect(self, clock: Clock) -> Engine:
        """Another connection to it."""

    @abstractmethod
    def redactor(self) -> Redactor:
        """With the store's own key, once payloads were ever to be left out."""

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


HOMES = {"sqlite": SqliteHome, "model": ModelHome}
