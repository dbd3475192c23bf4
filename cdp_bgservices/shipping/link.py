"""A connection to the shared store, asked in threads."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import TypeVar

import trio

from cdp_bgservices.errors import StoreError
from cdp_bgservices.store.protocol import Engine

T = TypeVar("T")

CLOSING = 1.0
"""Seconds for which the end waits for a thread that waits for the network; then it is left alone."""


class Link:
    """Made by :func:`open_link`."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.limiter = trio.CapacityLimiter(1)

    async def ask(self, question: Callable[[Engine], T]) -> T:
        """One at a time. A cancelled caller does not wait: the far end may be silent for long. Raises StoreError."""
        return await trio.to_thread.run_sync(question, self.engine, limiter=self.limiter, abandon_on_cancel=True)


@asynccontextmanager
async def open_link(connect: Callable[[], Engine]) -> AsyncIterator[Link]:
    """Raises what ``connect`` raises."""
    link = Link(await trio.to_thread.run_sync(connect, abandon_on_cancel=True))
    try:
        yield link
    finally:
        with trio.move_on_after(CLOSING, shield=True), suppress(StoreError):
            if link.limiter.borrowed_tokens:
                link.engine.interrupt()
            await link.ask(lambda engine: engine.close())
