"""Why a recording ends, and what waits for each of the reasons."""

from datetime import timedelta
from enum import Enum, auto

import trio

from cdp_bgservices.browser.opening import Browser
from cdp_bgservices.cli.asked import Recording
from cdp_bgservices.errors import BrowserLostError
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
    NOBODY_READS = auto()
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


async def raise_lost(recording: Recording, browser: Browser, status: int | None) -> None:
    """The end of the browser is an error, but where somebody just closed it: the command of --run, which ended
    well thereafter with this status, or whoever looks at the one that was launched.
    """
    succeeded = status == 0
    if browser.process is None:
        if succeeded:
            return
        raise BrowserLostError(
            f"the browser at {recording.attach} went away",
            "Start it again, and record again: nothing is lost.",
        )
    death = await browser.process.death()
    if browser.process.process.returncode != 0:
        raise death
    if recording.command is not None and not succeeded:
        raise BrowserLostError(
            "the browser was closed before the command ended",
            "Let the command close it, or better disconnect from it, as the last thing that it does.",
        )
    if recording.command is None and recording.length is not None:
        raise death
