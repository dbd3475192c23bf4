"""Browsers, each recorded until it ends, into one store, which is deleted at the end."""

from collections.abc import Iterator
from contextlib import contextmanager
from logging import getLogger
from pathlib import Path

import trio

from cdp_bgservices.browser.opening import open_browser
from cdp_bgservices.browser.temporary import temporary_folder
from cdp_bgservices.errors import BackgroundServicesError
from cdp_bgservices.recorder import Recorder, open_recorder
from cdp_bgservices.store import open_store
from cdp_bgservices.store.trio_store import Store
from cdp_bgservices.testing.portal import Portal, open_portal

log = getLogger(__name__)


class Capture:
    def __init__(self, recorder: Recorder, ready: int) -> None:
        self.recorder = recorder
        self.ready = ready
        """The store's cursor after the events that the browser had kept from before."""
        self.failure: BackgroundServicesError | None = None
        """Why recording ended before the browser did, if it has."""


class Captures:
    """Made by :func:`open_captures`."""

    def __init__(self, portal: Portal, path: Path) -> None:
        self.portal = portal
        self.path = path
        self.store: Store
        """The store of all of them: events are still there after their browser has ended."""
        self.tasks: trio.Nursery

    async def open(self, attach: str) -> Capture:
        """For the portal to call. Raises InvalidInputError, BrowserError, StoreError."""
        capture: Capture = await self.tasks.start(self.keep, attach)
        return capture

    async def serve(self, task_status: trio.TaskStatus[None]) -> None:
        """Hold the store open until every recording has ended."""
        async with open_store(self.path) as self.store, trio.open_nursery() as self.tasks:
            task_status.started()
            await trio.sleep_forever()

    async def keep(self, attach: str, task_status: trio.TaskStatus[Capture]) -> None:
        capture: Capture | None = None
        try:
            async with (
                open_browser(attach) as browser,
                open_recorder(browser, self.store, share_pages=True) as recorder,
            ):
                capture = Capture(recorder, await self.store.cursor())
                task_status.started(capture)
                await browser.wait_lost()
        except BackgroundServicesError as error:
            if capture is None:
                raise
            capture.failure = error
            log.error("recording of %s ended: %s", attach, error)


@contextmanager
def open_captures() -> Iterator[Captures]:
    """The recordings end with the body; the browsers keep running. Raises StoreError."""
    with temporary_folder("events") as folder, open_portal() as portal:
        captures = Captures(portal, folder / "events.db")
        portal.call(portal.tasks.start, captures.serve)
        yield captures
