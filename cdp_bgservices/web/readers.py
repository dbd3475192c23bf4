"""Several connections to one store, to read from in worker threads. What is given up ends, wherever it is."""

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import TypeVar

import trio

from cdp_bgservices.errors import StoreError
from cdp_bgservices.store import Clock, Database, open_connection
from cdp_bgservices.store.location import resolve_location
from cdp_bgservices.store.sqlite.reading import utc_now
from cdp_bgservices.tasks import open_tasks

MOST = 4
"""Connections. Each has its own thread while it is read from, and a cache of its own."""
CACHE_KIB = 8_000
INSISTENCE = 0.01
"""Seconds between two interruptions: one counts only for what is going on."""

PATIENCE = 50
"""Times that what is only prepared waits for what is asked for."""

T = TypeVar("T")


class Readers:
    """Connections that are made when they are needed. They cannot write."""

    def __init__(self, path: Path, clock: Clock) -> None:
        self.path = path
        self.clock = clock
        self.limiter = trio.CapacityLimiter(MOST)
        self.free: list[Database] = []

    async def run(self, function: Callable[[Database], T]) -> T:
        """In a thread. Cancellation interrupts it. Raises StoreError, and what the function raises."""
        async with self.limiter:
            database = self.free.pop() if self.free else await trio.to_thread.run_sync(self.connect)
            try:
                return await run_interruptibly(function, database)
            finally:
                self.free.append(database)

    def wait_quiet(self) -> None:
        """In one of their threads: until no other reads, though not for ever."""
        for _ in range(PATIENCE):
            if self.limiter.borrowed_tokens < 2:
                return
            time.sleep(INSISTENCE)

    def connect(self) -> Database:
        database = Database.open(self.path, self.clock)
        database.connection.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
        database.connection.execute("PRAGMA query_only = ON")
        database.connection.execute("PRAGMA threads = 2")  # A million events are sorted a fifth sooner.
        return database

    async def aclose(self) -> None:
        for database in self.free:
            await close(database)
        self.free.clear()


async def close(database: Database) -> None:
    """Whatever is wrong with the store: nothing was written to it."""
    with trio.CancelScope(shield=True), suppress(StoreError):
        await trio.to_thread.run_sync(database.close)


async def run_interruptibly(function: Callable[[Database], T], database: Database) -> T:
    """The thread is always waited for: the connection is its own until then."""
    done = trio.Event()

    async def interrupt_when_cancelled() -> None:
        try:
            await done.wait()
        except trio.Cancelled:
            with trio.CancelScope(shield=True):
                while not done.is_set():
                    database.connection.interrupt()
                    with trio.move_on_after(INSISTENCE):
                        await done.wait()
            raise

    async with open_tasks() as tasks:
        tasks.start_soon(interrupt_when_cancelled)
        try:
            return await trio.to_thread.run_sync(function, database)
        except BaseException:
            # An interruption comes out of SQLite as an error; whoever was cancelled is to see that, and not this.
            await trio.lowlevel.checkpoint_if_cancelled()
            raise
        finally:
            done.set()


@asynccontextmanager
async def open_readers(location: str | Path | None, clock: Clock = utc_now) -> AsyncIterator[Readers]:
    """The default store is made where it is not there yet, any other has to be there. Raises StoreError."""

    def find() -> Path:
        path, default = resolve_location(location)
        open_connection(location, None, clock, create=default).close()
        return path

    readers = Readers(await trio.to_thread.run_sync(find), clock)
    try:
        yield readers
    finally:
        await readers.aclose()
