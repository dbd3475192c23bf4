"""Events and what is learned of them, between the browser and the store: a bounded number of them and of characters."""

from collections import deque
from collections.abc import Sequence

import msgspec
import trio

from cdp_bgservices.events import Event
from cdp_bgservices.learned import Detail, Learned
from cdp_bgservices.thrown import Thrown

LIMIT = 10_000
"""Events that may wait for the store; beyond that, the browser waits."""
SIZE_LIMIT = 32 << 20
"""Characters of metadata that may wait: a page may put ten million into one event."""

BATCH = 2_000
"""The most events of one transaction."""
BATCH_SIZE = 8 << 20
"""The most characters of metadata of one transaction; a single event may have more."""


class Backlog:
    """Events that were received and are not stored yet."""

    def __init__(self) -> None:
        self.events: deque[Event | Learned] = deque()
        self.size = 0
        """Characters of metadata."""
        self.peak = 0
        """The most events that ever waited at once."""
        self.closed = False
        self.changed = trio.Event()

    def wake(self) -> None:
        self.changed.set()
        self.changed = trio.Event()

    async def put(self, events: Sequence[Event | Learned]) -> None:
        """Waits while the backlog is full. Once it is closed, nothing is stored or kept any more."""
        while (len(self.events) >= LIMIT or self.size >= SIZE_LIMIT) and not self.closed:
            await self.changed.wait()
        if not self.closed:
            self.events.extend(events)
            self.size += sum(map(size_of, events))
            self.peak = max(self.peak, len(self.events))
            self.wake()

    async def take(self) -> list[Event | Learned]:
        """One event and all others that are ready; an empty list once it is closed and empty."""
        while not self.events and not self.closed:
            await self.changed.wait()
        taken: list[Event | Learned] = []
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


def size_of(event: Event | Learned) -> int:
    """The size of the parts that may be large."""
    if isinstance(event, Thrown):
        return len(event.message)
    if isinstance(event, Detail):
        return len(msgspec.json.encode(event.value))
    return sum(map(len, event.metadata.values())) + len(event.instance_id)
