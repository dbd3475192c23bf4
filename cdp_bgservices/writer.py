"""From the backlog into the store: received events are stored in their order."""

from collections.abc import Sequence
from datetime import datetime

import trio

from cdp_bgservices.backlog import Backlog
from cdp_bgservices.errors import StoreError
from cdp_bgservices.events import Event
from cdp_bgservices.learned import Learned
from cdp_bgservices.statistics import Statistics
from cdp_bgservices.store.trio_store import Store

DRAIN_DEADLINE = 30.0
"""Seconds that the end of a recording waits for the store."""


class Writer:
    """The writer of one recorder. ``statistics`` counts the stored, known and too old events."""

    def __init__(self, store: Store, statistics: Statistics) -> None:
        self.store = store
        self.statistics = statistics
        self.backlog = Backlog()
        self.received = 0
        self.done = 0
        self.committed_at: datetime | None = None
        self.written = trio.Event()
        self.running = trio.CancelScope(shield=True)  # After a cancellation, received events are still stored.
        self.ended = trio.Event()

    async def put(self, received: Sequence[Event | Learned]) -> None:
        """Waits while the backlog is full."""
        self.received += len(received)
        await self.backlog.put(received)

    async def run(self) -> None:
        """Write until the backlog is closed and empty. Raises StoreError."""
        try:
            with self.running:
                await self.write()
        finally:
            self.ended.set()

    async def write(self) -> None:
        try:
            while taken := await self.backlog.take():
                learned = [each for each in taken if not isinstance(each, Event)]
                added = await self.store.add([each for each in taken if isinstance(each, Event)], learned)
                self.done += len(taken)
                self.committed_at = self.store.clock()
                self.statistics.stored += added.stored
                self.statistics.known += added.known
                self.statistics.too_old += added.too_old
                self.written.set()
                self.written = trio.Event()
        finally:
            self.backlog.close()
            self.written.set()

    async def wait_written(self) -> None:
        """Wait until everything that was received is in the store."""
        due = self.received
        while not self.backlog.closed and self.done < due:
            await self.written.wait()

    async def wait_idle(self) -> None:
        """Wait until nothing is waiting for the store."""
        while not self.backlog.closed and self.done < self.received:
            await self.written.wait()

    async def drain(self) -> None:
        """Take nothing more, and store the rest. Raises StoreError if that takes too long."""
        self.backlog.close()
        with trio.move_on_after(DRAIN_DEADLINE, shield=True) as draining:
            await self.ended.wait()
        if draining.cancelled_caught:
            self.running.cancel()
            raise StoreError(
                f"{len(self.backlog.events)} events could not be stored within {DRAIN_DEADLINE:.0f} s",
                "Record again: the browser still has them.",
            )
