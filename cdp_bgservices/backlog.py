"""Events, and what workers threw, between the browser and the store, a bounded number of them and of bytes."""

from collections import deque
from collections.abc import Sequence

import trio

from cdp_bgservices.events import Event
from cdp_bgservices.thrown import Thrown

LIMIT = 10_000
"""Events that may wait for the store before the browser has to."""
SIZE_LIMIT = 32 << 20
"""Characters of metadata that may wait, likewise: a page may put ten million into one event."""

BATCH = 2_000
"""Events of one transaction at the most."""
BATCH_SIZE = 8 << 20
"""Characters of metadata, likewise; a single event may have more."""


class Backlog:
    """What was received, and is not stored yet."""

    def __init__(self) -> None:
        self.events: deque[Event | Thrown] = deque()
        self.size = 0
        """Characters of metadata."""
        self.peak = 0
        """The most events that ever waited at once."""
        self.closed = False
        self.changed = trio.Event()

    def wake(self) -> None:
        self.changed.set()
        self.changed = trio.Event()

    async def put(self, events: Sequence[Event | Thrown]) -> None:
        """It waits while the backlog is full. Once that is closed nobody stores any more, and nothing is kept."""
        while (len(self.events) >= LIMIT or self.size >= SIZE_LIMIT) and not self.closed:
            await self.changed.wait()
        if not self.closed:
            self.events.extend(events)
            self.size += sum(map(size_of, events))
            self.peak = max(self.peak, len(self.events))
            self.wake()

    async def take(self) -> list[Event | Thrown]:
        """One event and whatever else is ready; nothing once it is closed and empty."""
        while not self.events and not self.closed:
            await self.changed.wait()
        taken: list[Event | Thrown] = []
        size = 0
        while self.events and len(taken) < BATCH and size < BATCH_SIZE:
            event = self.events.popleft()
            size += size_of(event)
            taken.append(event)
        self.size -= size
        self.wake()
        return taken

    def close(self) -> None:
        self.closed = True
        self.wake()


def size_of(event: Event | Thrown) -> int:
    """What may be large in it."""
    if isinstance(event, Thrown):
        return len(event.message)
    return sum(map(len, event.metadata.values())) + len(event.instance_id)
