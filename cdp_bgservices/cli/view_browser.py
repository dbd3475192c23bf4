"""The browser behind the viewer: it is recorded, and the page drives it."""

from collections.abc import AsyncIterator

import trio

from cdp_bgservices.browser.opening import Browser
from cdp_bgservices.browser.triggers import Trigger, push
from cdp_bgservices.capture.opening import Capture, open_capture
from cdp_bgservices.capture.options import CaptureOptions
from cdp_bgservices.capture.push_route import find_labs, route_push
from cdp_bgservices.capture.stop_reason import StopReason
from cdp_bgservices.capture.verdicts import INTERRUPTED
from cdp_bgservices.cli.output import say
from cdp_bgservices.cli.stop_signals import open_stop_signals
from cdp_bgservices.cli.view_run import open_shown
from cdp_bgservices.errors import BrowserError
from cdp_bgservices.notices import Notice
from cdp_bgservices.protocol.workers import Worker
from cdp_bgservices.store import open_store
from cdp_bgservices.store.location import is_shared
from cdp_bgservices.store.trio_store import Store
from cdp_bgservices.tasks import open_tasks, wait_any
from cdp_bgservices.web.attached import Attached


async def run_viewed(options: CaptureOptions, port: int, token: str | None, show: bool) -> int:
    """Until a signal ends it; the exit status. The browser may go, the viewer stays.

    Raises BrowserError if it is not there at the start and is not waited for; StoreError, InvalidInputError.
    """
    with open_stop_signals() as signals, trio.CancelScope() as everything:
        # Into a shared store the browser is recorded through a spool; what is shown is the shared store.
        shared = is_shared(options.store)
        async with open_store(options.store, create=not shared) as store, open_tasks() as tasks:
            viewed = Viewed(options, None if shared else store, everything)
            tasks.start_soon(viewed.heed, signals)
            tasks.start_soon(viewed.record)
            if not options.wait:
                await wait_any(viewed.ready.wait, viewed.over.wait)
            async with open_shown(store, port, token, show, viewed.attached):
                viewed.is_open.set()
                await viewed.stopped.wait()
            await viewed.over.wait()  # What was received is stored first.
        return 0
    return INTERRUPTED


class Viewed:
    """The browser behind the viewer, and its capture."""

    def __init__(self, options: CaptureOptions, store: Store | None, everything: trio.CancelScope) -> None:
        self.options = options
        self.store = store
        self.everything = everything
        self.opening = trio.CancelScope()
        self.capture: Capture | None = None
        """Once it is ready."""
        waits = options.attach is not None or options.restart
        self.attached = Attached(*waiting(options), waits=waits, route=self.route)
        self.ready, self.is_open, self.stopped, self.over = (trio.Event() for _ in range(4))

    async def heed(self, signals: AsyncIterator[int]) -> None:
        """The first signal stops in order, once there is something to look at; a second or an earlier one at once."""
        async for number in signals:
            if self.stopped.is_set() or not self.is_open.is_set():
                self.everything.cancel()
            self.stopped.set()
            if self.capture is None:
                self.opening.cancel()
            else:
                self.capture.stop(number)

    async def record(self) -> None:
        """Browser after browser, until there is none to wait for any more; the page then says why.

        Raises BrowserError if there has been none; StoreError, InvalidInputError.
        """
        error: BrowserError | None = None
        try:
            with self.opening:
                attached = self.attached
                async with open_capture(
                    self.options, say=say, beside=attached.show, left_off=attached.left_off, store=self.store
                ) as self.capture:
                    self.ready.set()
                    await self.capture.wait_stopped()
        except BrowserError as caught:
            if self.capture is None:
                raise
            error = caught
        finally:
            self.over.set()
        if error is not None or (self.capture and self.capture.stop_reason is StopReason.BROWSER):
            why = "the browser was closed" if error is None else str(error)
            say(Notice("viewer", f"{why}: the viewer goes on without it"))
            self.attached.waits = False
            self.attached.note_change(why)

    async def route(self, browser: Browser, worker: Worker, text: str) -> tuple[Trigger, str]:
        """By the lab that the browser was started in, or that of another terminal, if there is one."""
        lab = self.capture.lab_socket if self.capture else None
        if lab is None and not await find_labs():
            return push(text), ""
        return await route_push(browser, text, lab, worker)


def waiting(options: CaptureOptions) -> tuple[str, str]:
    """What the page shows while there is no browser yet, and when it has gone, until more is known."""
    if options.attach is None:
        return "the browser is being started", "the browser disconnected"
    return f"there is no browser at {options.place} yet", f"the browser at {options.place} disconnected"
