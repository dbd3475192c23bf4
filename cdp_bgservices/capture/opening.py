"""``open_capture``: what ``record`` runs, for programs too."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, nullcontext
from logging import getLogger
from pathlib import Path
from typing import TYPE_CHECKING

from cdp_bgservices.browser.opening import Browser
from cdp_bgservices.capture.conclusion import CaptureResult, closing_notice, conclude
from cdp_bgservices.capture.opening_store import open_recorded
from cdp_bgservices.capture.options import CaptureOptions, check_options
from cdp_bgservices.capture.proof import warn
from cdp_bgservices.capture.pulse import Outlet, open_pulse
from cdp_bgservices.capture.recording import record_browsers
from cdp_bgservices.capture.reports import check_files
from cdp_bgservices.capture.run import Beside, Pages, Run
from cdp_bgservices.capture.stop_reason import StopReason
from cdp_bgservices.errors import BackgroundServicesError, BrowserError, StoreError
from cdp_bgservices.events import Event
from cdp_bgservices.notices import Notice, Say
from cdp_bgservices.query import Query
from cdp_bgservices.rules.spelling import doubt, doubts
from cdp_bgservices.store.location import PostgresLocation, resolve_location
from cdp_bgservices.store.postgres_location import PASSWORD_PLACES
from cdp_bgservices.store.trio_store import PageIterator, Store
from cdp_bgservices.tasks import open_tasks, wait_any

if TYPE_CHECKING:
    from cdp_bgservices.lab.opening import Lab

log = getLogger(__name__)


class Capture:
    """Made by :func:`open_capture`."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.outcome: CaptureResult | None = None

    @property
    def store(self) -> Store:
        return self.run.store

    @property
    def result(self) -> CaptureResult:
        """The outcome, once the body of ``open_capture`` has ended."""
        assert self.outcome is not None, "the capture has not ended"
        return self.outcome

    @property
    def stop_reason(self) -> StopReason | None:
        """None while nothing stops it."""
        return self.run.stop.reason

    @property
    def browser(self) -> Browser:
        """The present one, or the last."""
        assert self.run.recorder is not None, "the body has begun"
        return self.run.recorder.browser

    @property
    def lab(self) -> "Lab | None":
        """What the browser was started in."""
        return self.run.lab.lab if self.run.lab else None

    @property
    def lab_socket(self) -> Path | None:
        """Where another process drives the lab, if there is one: the ``--lab`` of other commands."""
        return self.run.lab.socket if self.run.lab else None

    def events(self, query: Query | None = None) -> AsyncIterator[Event]:
        """What this capture stores, from its beginning, as it is stored; it ends with the capture.

        The store is the buffer between: a slow reader loses nothing.
        """
        return PageIterator(self.pages(query).next_page)

    def pages(self, query: Query | None = None) -> Pages:
        """``events`` in lists, as they are stored."""
        return self.run.pages(query)

    async def wait_usable(self) -> None:
        """Until the browser has its permissions, too, or the capture is over."""
        await wait_any(self.run.usable.wait, self.run.over.wait)

    async def wait_stopped(self) -> StopReason:
        """Until something stops it, which may be the caller."""
        await self.run.stop.found.wait()
        assert self.run.stop.reason is not None
        return self.run.stop.reason

    def stop(self, signal: int | None = None) -> None:
        """In order. ``signal`` is the number of the one that asks for it, which the command gets, too."""
        if self.stop_reason is None:
            self.run.stop.signal = signal
        self.run.stop.set(StopReason.CALLER if signal is None else StopReason.SIGNAL)

    def abort(self) -> None:
        """Stop at once: what was received is stored, but neither browser nor command is waited for."""
        self.stop()
        self.run.scope.cancel()
        self.run.store.hurry()


@asynccontextmanager
async def open_capture(
    options: CaptureOptions,
    *,
    say: Say = log.info,
    beside: Beside | None = None,
    left_off: set[str] | None = None,
    store: Store | None = None,
    outlets: Iterable[Outlet] = (),
) -> AsyncIterator[Capture]:
    """Record a browser, and each that comes in its place, until the body ends.

    When the body begins, the first browser is recorded and its replay is stored. ``options`` may stop the capture
    earlier, after a time, at an event, with a command: the body does not end by that, but its ``events()`` do, and
    ``wait_stopped()`` returns.

    ``say`` takes what ``record`` prints on standard error. ``beside`` runs for as long as a browser is recorded, once
    for each. ``left_off`` has services that are not switched on; it may change in the meantime. ``store`` is one that
    is open already, as that of ``options``. ``outlets`` are shown how the capture is, again and again.

    Resource handling: at the end, what was received is stored first; then browser, command and lab are ended, the
    verdicts are reached and the reports are written. ``result`` has the outcome. None of this happens if the body is
    cancelled or raises an error that is not one of this package's, except that what was received is stored.

    Error handling: before the body, InvalidInputError, BrowserError and StoreError. An error of the store cancels the
    body, and comes out of it. A browser that is lost permanently stops the capture; its BrowserError comes out once the
    body has ended. Either way, the reports are written first.
    """
    check(options, say)
    opening = open_recorded(options, say) if store is None else nullcontext(store)
    async with opening as store:
        run = Run(options, store, say)
        run.beside = beside
        run.left_off = set() if left_off is None else left_off
        capture = Capture(run)
        error: BackgroundServicesError | None = None
        try:
            async with open_pulse(run, outlets), open_tasks() as tasks:
                tasks.start_soon(record, run)
                await run.ready.wait()
                run.begun.set()
                yield capture
                run.stop.set(StopReason.CALLER)
                await run.over.wait()
        except* BackgroundServicesError as caught:
            # A store that fails is an error of its writer and of its readers.
            error = first_error(caught)
        if error is not None and not run.ready.is_set():
            raise error
        if error is None and not run.scope.cancelled_caught:
            say(closing_notice(run))
        error = error or run.error
        if not isinstance(error, StoreError):
            await run.recorded.read_learned(store, run.sources)
        capture.outcome = conclude(run, error)
        if error is not None:
            raise error


def check(options: CaptureOptions, say: Say) -> None:
    """Before anything is started: warn of names that may be misspelt. Raises InvalidInputError."""
    check_options(options)
    awaited = doubt(*options.until) if options.until else ""
    warn([*doubts(options.rules), *([f"{awaited} (--until)"] if awaited else [])], say, strict=options.strict)
    check_files(options)
    place = resolve_location(options.store)
    if options.command is not None and isinstance(place, PostgresLocation) and place.has_password:
        text = f"the command of --run does not get the password in the store's URL: {PASSWORD_PLACES}"
        say(Notice("password", text, level="warning"))


async def record(run: Run) -> None:
    """In the background. Once the capture is ready, an error of the browser waits for the end of the body."""
    try:
        with run.scope:
            await record_browsers(run)
    except BrowserError as error:
        if not run.ready.is_set():
            raise
        run.error = error
        run.stop.set(StopReason.BROWSER)
    finally:
        run.finished.set()
        run.over.set()


def first_error(group: BaseExceptionGroup[BackgroundServicesError]) -> BackgroundServicesError:
    found: BaseException = group
    while isinstance(found, BaseExceptionGroup):
        found = found.exceptions[0]
    assert isinstance(found, BackgroundServicesError)
    return found
