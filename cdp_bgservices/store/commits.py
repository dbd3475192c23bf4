"""Whether anything new was committed: by this store object, which is known at once, and by others."""

import math
from collections.abc import Awaitable, Callable

import trio

from cdp_bgservices.store.values import POLL_INTERVAL


class Commits:
    """One look at the database serves all who wait."""

    def __init__(self, version: Callable[[], Awaitable[int]], stamp: Callable[[], object]) -> None:
        self.version = version
        """Asks for a number that is another one once others have committed."""
        self.stamp = stamp
        """The same by something that is mostly another one then, and is there at once."""
        self.last_stamp: object = None
        """That before the last look."""
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

    async def wait(
        self, seen: int, seconds: float = POLL_INTERVAL, every: float = POLL_INTERVAL, glance: float | None = None
    ) -> None:
        """See :meth:`~cdp_bgservices.store.trio_store.Store.wait_committed`."""
        due = trio.current_time()
        deadline = due + seconds
        while self.count == seen:
            committed, now = self.committed, trio.current_time()
            if glance is not None and now < due and self.stamp() != self.last_stamp:
                due = now
            if now >= due:
                await self.look(due)
                due = self.looked_at + every
            elif now >= deadline:
                return
            else:
                with trio.move_on_at(min(due, deadline, math.inf if glance is None else now + glance)):
                    await committed.wait()

    async def look(self, due: float) -> None:
        """Unless another task has done so since a moment. Raises StoreError."""
        async with self.looking:
            if self.looked_at >= due:
                return
            began, stamp = trio.current_time(), self.stamp()
            version = await self.version()
            self.looked_at, self.last_stamp = began, stamp
            # The first look cannot know what was committed before it, so it counts, too.
            if version != self.last_version:
                self.last_version = version
                self.note()
