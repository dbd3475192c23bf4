"""Why a capture stops, and what waits for each of the reasons."""

from datetime import timedelta
from enum import Enum, auto

import trio

from cdp_bgservices.browser.opening import Browser
from cdp_bgservices.query import Query
from cdp_bgservices.recorder import Recorder


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


async def watch_browser(browser: Browser, stop: Stop) -> None:
    await browser.wait_lost()
    stop.set(StopReason.BROWSER)


async def watch_clock(length: timedelta, stop: Stop) -> None:
    await trio.sleep(length.total_seconds())
    stop.set(StopReason.TIME)


async def watch_events(query: Query, recorder: Recorder, stop: Stop) -> None:
    await recorder.wait_event(query)
    stop.set(StopReason.EVENT)
