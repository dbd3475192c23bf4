"""Why a recording ends, and what waits for each of the reasons."""

from datetime import timedelta
from enum import Enum, auto

import trio

from cdp_bgservices.browser.opening import Browser
from cdp_bgservices.query import Query
from cdp_bgservices.recorder import Recorder


class Reason(Enum):
    SIGNAL = auto()
    TIME = auto()
    """``--for`` is over."""
    EVENT = auto()
    """The event of ``--until`` came."""
    COMMAND = auto()
    """The command of ``--run`` ended."""
    BROWSER = auto()
    """The browser went away."""
    NO_READER = auto()
    """Standard output is closed."""


class Ending:
    """The first reason counts."""

    def __init__(self) -> None:
        self.reason: Reason | None = None
        self.found = trio.Event()
        self.signal: int | None = None
        """The number of the one that ended it."""

    def set(self, reason: Reason) -> None:
        if not self.found.is_set():
            self.reason = reason
            self.found.set()


async def watch_browser(browser: Browser, ending: Ending) -> None:
    await browser.wait_lost()
    ending.set(Reason.BROWSER)


async def watch_clock(length: timedelta, ending: Ending) -> None:
    await trio.sleep(length.total_seconds())
    ending.set(Reason.TIME)


async def watch_events(query: Query, recorder: Recorder, ending: Ending) -> None:
    await recorder.wait_event(query)
    ending.set(Reason.EVENT)
