"""Whether the recorder beside a shipper stores a replay: then the recorder goes first, as both share the processor."""

from collections.abc import Awaitable, Callable

import trio

REPLAY = 3_000
"""Events a second: more than what happens now, less than what a replay brings."""
WINDOW = 0.1
"""Seconds over which they are counted."""
LONGEST = 5.0
"""Seconds for which the shipper waits, and then does not wait again: it must not fall behind for ever."""


class Yielding:
    """``count`` asks for the number of events that were ever stored, more or less."""

    def __init__(self, count: Callable[[], Awaitable[int]]) -> None:
        self.count = count
        self.counted = 0
        self.counted_at: float | None = None
        self.is_replay = False
        self.waits_after = 0.0

    async def wait(self) -> None:
        """Until the replay is over."""
        began = trio.current_time()
        if began < self.waits_after:
            return
        while await self.look():
            if trio.current_time() >= began + LONGEST:
                self.waits_after = trio.current_time() + LONGEST
                return
            await trio.sleep(WINDOW)

    async def look(self) -> bool:
        """Whether there is a replay, as of the last look if that was just now."""
        now = trio.current_time()
        if self.counted_at is not None and now < self.counted_at + WINDOW:
            return self.is_replay
        count = await self.count()
        if self.counted_at is not None:
            self.is_replay = count - self.counted > REPLAY * (now - self.counted_at)
        self.counted, self.counted_at = count, now
        return self.is_replay
