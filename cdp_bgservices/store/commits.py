"""Whether anything new was committed: by this store object, which is known at once, and by others."""

import math
from collections.abc import Awaitable, Callable

import trio

from cdp_bgservices.store.values import POLL_INTERVAL


class Commits:
    """One look at the database serves all who wait."""

    def __init__(self, version: Callable[[], Awaitable[int]]) -> None:
        self.version = version
        """Asks for a number that is another one once others have committed."""
        self.last_version: int | None = None
        self.count = 0
        """How often anything was seen committed."""
        self.committed = trio.Event()
        """Set when the count grows, and then replaced."""
        self.looked_at = -math.inf
        """When the last look began."""
        self.looking = trio.Lock()

    def note(self) -> None:
        """This store object has committed something, or others have."""
        self.count += 1
        committed, self.committed = self.committed, trio.Event()
        committed.set()

    async def wait(self, seen: int, seconds: float = POLL_INTERVAL, every: float = POLL_INTERVAL) -> None:
        """See :meth:`~cdp_bgservices.store.trio_store.Store.wait_committed`."""
        due = trio.current_time()
        deadline = due + seconds
        while self.count == seen:
            committed = self.committed
            if trio.current_time() >= due:
                await self.look(due)
                due = self.looked_at + every
            elif trio.current_time() >= deadline:
                return
            else:
                with trio.move_on_at(min(due, deadline)):
                    await committed.wait()

    async def look(self, due: float) -> None:
        """Unless another task has done so since a moment. Raises StoreError."""
        async with self.looking:
            if self.looked_at >= due:
                return
            began = trio.current_time()
            version = await self.version()
            self.looked_at = began
            # The first look cannot know what was committed before it, so it counts, too.
            if version != self.last_version:
                self.last_version = version
                self.note()
