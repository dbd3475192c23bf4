"""Why a capture stops."""

from collections.abc import Awaitable, Callable
from enum import Enum, auto

import trio


class StopReason(Enum):
    SIGNAL = auto()
    CALLER = auto()
    """The body of ``open_capture`` has ended, or has stopped it."""
    TIME = auto()
    """``--for`` is over."""
    EVENT = auto()
    """The event of ``--until`` occurred."""
    COMMAND = auto()
    """The command of ``--run`` ended."""
    BROWSER = auto()
    """The browser went away."""


class Stop:
    """The first reason counts."""

    def __init__(self) -> None:
        self.reason: StopReason | None = None
        self.found = trio.Event()
        self.signal: int | None = None
        """The number of the one that stopped it."""

    def set(self, reason: StopReason) -> None:
        if not self.found.is_set():
            self.reason = reason
            self.found.set()

    async def after(self, condition: Callable[[], Awaitable[object]], reason: StopReason) -> None:
        """``condition`` waits for what is the reason."""
        await condition()
        self.set(reason)
