"""A few connections to a store, each used by one thread at a time."""

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING, TypeVar, cast

import trio

from cdp_bgservices.errors import StoreError
from cdp_bgservices.store.protocol import Engine

if TYPE_CHECKING:
    from outcome import Outcome

MOST = 4
"""Connections. Each has its own thread while it is read from, and a cache of its own."""
INSISTENCE = 0.01
"""Seconds between two interruptions: one counts only for what is running."""
PATIENCE = 50
"""Times that what is only prepared waits for what is asked for."""

T = TypeVar("T")


class Pool:
    """Connections that are made when they are needed, by ``connect``."""

    def __init__(self, connect: Callable[[], Engine]) -> None:
        self.connect = connect
        self.limiter = trio.CapacityLimiter(MOST)
        self.free: list[Engine] = []

    async def ask(self, question: Callable[[Engine], T]) -> T:
        """In a thread. Cancellation interrupts it. Raises StoreError, and what the question raises."""
        async with self.limiter:
            engine = self.free.pop() if self.free else await trio.to_thread.run_sync(self.connect)
            try:
                return await ask_interruptibly(engine, question)
            finally:
                self.free.append(engine)

    @asynccontextmanager
    async def open_reader(self) -> AsyncIterator[Engine]:
        """One more, for one caller."""
        engine = await trio.to_thread.run_sync(self.connect)
        try:
            yield engine
        finally:
            await close(engine)

    def wait_quiet(self) -> None:
        """In one of their threads: until no other reads, though not for ever."""
        for _ in range(PATIENCE):
            if self.limiter.borrowed_tokens < 2:
                return
            time.sleep(INSISTENCE)

    async def aclose(self) -> None:
        for engine in self.free:
            await close(engine)
        self.free.clear()


async def close(engine: Engine) -> None:
    """Whatever is wrong with the store: nothing was written to it."""
    with trio.CancelScope(shield=True), suppress(StoreError):
        await trio.to_thread.run_sync(engine.close)


async def ask_interruptibly(engine: Engine, question: Callable[[Engine], T]) -> T:
    """The thread is always waited for: the connection is its own until then.

    A nursery for each question would take as long as a short one.
    """
    await trio.lowlevel.checkpoint_if_cancelled()
    task, token, done = trio.lowlevel.current_task(), trio.lowlevel.current_trio_token(), trio.Event()

    def end(answer: "Outcome[T]") -> None:
        done.set()
        trio.lowlevel.reschedule(task, answer)

    def interrupt(_: object) -> trio.lowlevel.Abort:
        trio.lowlevel.spawn_system_task(interrupt_until, engine, done)
        return trio.lowlevel.Abort.FAILED

    trio.lowlevel.start_thread_soon(partial(question, engine), lambda answer: token.run_sync_soon(end, answer))
    try:
        return cast("T", await trio.lowlevel.wait_task_rescheduled(interrupt))
    except StoreError:
        # An interruption comes out of the database as an error; the caller was cancelled, and is to see that.
        await trio.lowlevel.checkpoint_if_cancelled()
        raise


async def interrupt_until(engine: Engine, done: trio.Event) -> None:
    """Each interruption counts only for the statement that is running."""
    while not done.is_set():
        engine.interrupt()
        with trio.move_on_after(INSISTENCE):
            await done.wait()
