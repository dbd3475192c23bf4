"""What the view command does, once its command line is understood; with a browser behind the viewer, it records it, and
lets the page drive it."""

import sys
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import TYPE_CHECKING

import trio

from cdp_bgservices.browser.opening import Browser
from cdp_bgservices.browser.triggers import Trigger, push
from cdp_bgservices.capture.opening import Capture, open_capture
from cdp_bgservices.capture.options import CaptureOptions
from cdp_bgservices.capture.push_route import find_labs, route_push
from cdp_bgservices.capture.stop_reason import StopReason
from cdp_bgservices.capture.verdicts import INTERRUPTED
from cdp_bgservices.cli.output import say, write_now
from cdp_bgservices.cli.record_run import open_stop_signals
from cdp_bgservices.errors import BrowserError, InvalidInputError
from cdp_bgservices.protocol.workers import Worker
from cdp_bgservices.store import open_store
from cdp_bgservices.store.trio_store import Store
from cdp_bgservices.tasks import open_tasks, wait_any
from cdp_bgservices.web.attached import Attached

if TYPE_CHECKING:
    from cdp_bgservices.web.server import Viewer

TURN = 0.0005
"""Seconds for which a thread that computes may keep Python's lock, when others want it. Each row that SQLite gives
takes it again, so that with Python's own 5 ms a page of a hundred rows could wait half a second."""


async def run_viewer(store: str | None, port: int, show: bool) -> None:
    """Until a signal. ``show``: in the default browser. Raises InvalidInputError, StoreError."""
    with open_stop_signals() as signals:
        async with open_shown(store, port, show):
            await anext(signals)


@asynccontextmanager
async def open_shown(
    store: Store | str | None, port: int, show: bool, attached: Attached | None = None
) -> AsyncIterator[None]:
    """Serve until the body ends, and say where. Raises as ``run_viewer``.

    ``attached`` is the browser behind the viewer; it is recorded into ``store``, which is then open.
    """
    sys.setswitchinterval(TURN)
    async with serve(store, port, attached) as viewer:
        write_now(f"{viewer.address}\n")
        say("Ctrl-C stops the viewer.")
        async with open_tasks() as tasks:
            if show:
                tasks.start_soon(open_page, viewer.address)
            yield


def serve(store: Store | str | None, port: int, attached: Attached | None) -> "AbstractAsyncContextManager[Viewer]":
    """Raises InvalidInputError where what it needs is not installed."""
    try:
        from cdp_bgservices.web.server import open_viewer, serve_store
    except ImportError as error:
        raise InvalidInputError(
            f"the viewer needs starlette and hypercorn ({error})", "Install them: pip install 'cdp-bgservices[view]'"
        ) from error
    if isinstance(store, Store):
        return serve_store(store, port=port, attached=attached)
    return open_viewer(store, port=port)


async def open_page(address: str) -> None:
    """In the default browser. Some are waited for until they are closed."""
    import webbrowser

    try:
        opened = await trio.to_thread.run_sync(webbrowser.open, address, abandon_on_cancel=True)
    except (webbrowser.Error, OSError):
        opened = False
    if not opened:
        say("no browser could be started: open the address yourself")


async def run_viewed(options: CaptureOptions, port: int, show: bool) -> int:
    """Until a signal ends it; the exit status. The browser may go, the viewer stays.

    Raises BrowserError if it is not there at the start and is not waited for; StoreError, InvalidInputError.
    """
    with open_stop_signals() as signals, trio.CancelScope() as everything:
        async with open_store(options.store) as store, open_tasks() as tasks:
            viewed = Viewed(options, store, everything)
            tasks.start_soon(viewed.heed, signals)
            tasks.start_soon(viewed.record)
            if not options.wait:
                await wait_any(viewed.ready.wait, viewed.over.wait)
            async with open_shown(store, port, show, viewed.attached):
                viewed.is_open.set()
                await viewed.stopped.wait()
            await viewed.over.wait()  # What was received is stored first.
        return 0
    return INTERRUPTED


class Viewed:
    """The browser behind the viewer, and its capture."""

    def __init__(self, options: CaptureOptions, store: Store, everything: trio.CancelScope) -> None:
        self.options = options
        self.store = store
        self.everything = everything
        self.opening = trio.CancelScope()
        self.capture: Capture | None = None
        """Once it is ready."""
        self.attached = Attached(*waiting(options), route=self.route)
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
            say(f"{why}: the viewer goes on without it")
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
        return "the browser is being started", "the browser went away"
    return f"waiting for the browser at {options.place}", f"the browser at {options.place} went away"
