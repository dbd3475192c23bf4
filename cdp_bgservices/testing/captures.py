"""Browsers that are recorded for as long as they live, each into a store that nobody keeps."""

from collections.abc import Iterator
from contextlib import contextmanager
from logging import getLogger
from pathlib import Path
from tempfile import TemporaryDirectory

import trio

from cdp_bgservices.browser.opening import open_browser
from cdp_bgservices.errors import BackgroundServicesError
from cdp_bgservices.recorder import Recorder, open_recorder
from cdp_bgservices.store import open_store
from cdp_bgservices.testing.portal import Portal, open_portal

log = getLogger(__name__)


class Capture:
    """One browser that is recorded."""

    def __init__(self, recorder: Recorder, ready: int) -> None:
        self.recorder = recorder
        self.ready = ready
        """The store's cursor behind what the browser had kept from before."""
        self.failure: BackgroundServicesError | None = None
        """Why recording ended before the browser did, where it has."""
        self.over = trio.Event()
        """Set when nobody will ask for its events any more."""


class Captures:
    """Made by :func:`open_captures`."""

    def __init__(self, portal: Portal, folder: Path) -> None:
        self.portal = portal
        self.folder = folder
        self.number = 0

    async def open(self, attach: str) -> Capture:
        """For the portal to call. Raises InvalidInputError, BrowserError, StoreError."""
        capture: Capture = await self.portal.tasks.start(self.keep, attach)
        return capture

    async def forget(self, capture: Capture) -> None:
        """For the portal to call: of a browser that is gone, nothing is asked any more."""
        capture.over.set()

    async def keep(self, attach: str, task_status: trio.TaskStatus[Capture]) -> None:
        self.number += 1
        capture: Capture | None = None
        try:
            async with open_store(self.folder / f"{self.number}.db") as store:
                async with open_browser(attach) as browser, open_recorder(browser, store, share_pages=True) as recorder:
                    capture = Capture(recorder, await store.cursor())
                    task_status.started(capture)
                    await browser.wait_lost()
                await capture.over.wait()  # What has come can still be asked for.
        except BackgroundServicesError as error:
            if capture is None:
                raise
            capture.failure = error
            log.error("recording of %s ended: %s", attach, error)


@contextmanager
def open_captures() -> Iterator[Captures]:
    """The recordings end with the body; the browsers go on."""
    with TemporaryDirectory(prefix="cdp-bgservices-") as folder, open_portal() as portal:
        yield Captures(portal, Path(folder))
