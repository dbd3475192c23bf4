"""What the record command does, once its command line is understood."""

import signal
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from logging import getLogger

import trio

from cdp_bgservices.browser.opening import Browser
from cdp_bgservices.capture.command import run_beside, variables
from cdp_bgservices.capture.conclusion import conclude
from cdp_bgservices.capture.idle import watch_activity
from cdp_bgservices.capture.lab import open_laboratory
from cdp_bgservices.capture.messages import conclusion, introduction
from cdp_bgservices.capture.metrics import open_metrics
from cdp_bgservices.capture.options import Named, Recording
from cdp_bgservices.capture.pages import allow, open_pages
from cdp_bgservices.capture.reconnect import open_browsers, raise_lost
from cdp_bgservices.capture.reports import check_files
from cdp_bgservices.capture.run import Run, Show
from cdp_bgservices.capture.say import Say
from cdp_bgservices.capture.stop_reason import Reason, watch_browser, watch_clock, watch_events
from cdp_bgservices.capture.verdicts import INTERRUPTED, is_seen
from cdp_bgservices.errors import BackgroundServicesError, BrowserLostError, StoreError
from cdp_bgservices.query import Query
from cdp_bgservices.recorder import open_recorder
from cdp_bgservices.store import open_store
from cdp_bgservices.store.trio_store import Follower
from cdp_bgservices.tasks import open_tasks, wait_any

log = getLogger(__name__)

STOPPING = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))
SETTLE = 0.5
"""Seconds between the end of the command of ``--run`` and that of the recording: what it has triggered ends by then."""


async def run_recording(recording: Recording, say: Say, show: Show) -> int:
    """Record until something ends it; the exit status. Raises BrowserError, StoreError, InvalidInputError.

    Once it was ready, what was asked for is judged and reported, whatever ended it.
    """
    check_files(recording)
    with trio.open_signal_receiver(*STOPPING) as signals, trio.CancelScope() as everything:
        async with open_tasks() as tasks, open_store(recording.store, retention=recording.retention) as store:
            run = Run(recording, store, say, show)
            error: BackgroundServicesError | None = None
            capturing = trio.CancelScope()

            async def heed_signals() -> None:
                async for number in signals:
                    # The first one once we record: stop in order. Before that, or a second one: stop at once.
                    if not run.ready.is_set():
                        everything.cancel()
                    if run.ending.found.is_set():
                        capturing.cancel()
                    run.ending.signal = number
                    run.ending.set(Reason.SIGNAL)

            tasks.start_soon(heed_signals)
            try:
                if recording.redact is not None:
                    await store.set_redaction(recording.redact)
                async with open_metrics(run):
                    with capturing:
                        await capture(run)
            except* BackgroundServicesError as caught:
                # A store that fails is an error of its writer and of its readers.
                error = first_error(caught)
            if not run.ready.is_set() and error is not None:
                raise error
            if not isinstance(error, StoreError):
                await run.recorded.read_thrown(store, run.sources)
            return conclude(run, error, cut_short=capturing.cancelled_caught)
    return INTERRUPTED


def first_error(group: BaseExceptionGroup[BackgroundServicesError]) -> BackgroundServicesError:
    found: BaseException = group
    while isinstance(found, BaseExceptionGroup):
        found = found.exceptions[0]
    assert isinstance(found, BackgroundServicesError)
    return found


async def capture(run: Run) -> None:
    """From the start of the first browser to the end of the last one. Raises BrowserError, StoreError,
    InvalidInputError.
    """
    recording, ending = run.recording, run.ending
    lost: Browser | None = None
    async with (
        open_tasks() as following,
        open_tasks() as watching,
        open_laboratory(recording, run.say) as laboratory,
        open_browsers(recording, ending, laboratory, run.say) as browsers,
    ):
        run.lab_socket, run.lab_variables = laboratory.socket, laboratory.variables
        while not ending.found.is_set():
            async with browsers.open() as browser:
                if browser is None:
                    break
                lost = None
                armed = await attend(run, browser, following, watching)
            if ending.reason in (None, Reason.BROWSER):
                lost = browser
            if not ending.found.is_set() and not await browsers.is_awaited(browser, was_armed=armed):
                ending.set(Reason.BROWSER)
        run.finished.set()
        for done in run.following:
            await done.wait()
        run.say(conclusion(run))
        if lost is not None and not is_seen(recording, run.recorded.events):
            await raise_lost(recording, lost, run)


async def attend(run: Run, browser: Browser, following: trio.Nursery, watching: trio.Nursery) -> bool:
    """Record one browser until it goes away, or the recording ends; False where it went away before it was armed.

    Raises BrowserLostError where it was the first one that did so.
    """
    reattachments = run.statistics.reattachments
    try:
        await record_one(run, browser, following, watching)
    except BrowserLostError as error:
        if not run.ready.is_set() or run.statistics.reattachments > reattachments:
            raise
        log.debug("it went away again before it was recorded: %s", error)
        return False
    return True


async def record_one(run: Run, browser: Browser, following: trio.Nursery, watching: trio.Nursery) -> None:
    recording, ending = run.recording, run.ending
    first = not run.ready.is_set()
    source = run.source_of(browser)
    if run.sources and source not in run.sources:
        run.say(f"another browser is at {recording.place} now: its events are stored as those of {source}")
    run.follow(source)
    async with (
        open_recorder(
            browser,
            run.store,
            services=recording.services,
            source=source,
            rearm=recording.rearm,
            left_off=run.left_off,
            stop_recording=recording.stop_recording,
            statistics=run.statistics,
        ) as recorder,
        watch_activity(run, recorder),
    ):
        run.recorder = recorder
        recorder.browser_ends = browser.process is not None
        for each in recorder.sources:
            run.follow(each)
        recorder.on_source = run.follow
        run.say(introduction(recording, recorder, again=not first))
        if recording.launch.port is not None and browser.endpoint:
            run.say(f"others can attach at {browser.endpoint}")
        async with open_tasks() as tasks:
            if first:
                run.ready_at = datetime.now(UTC)
                run.ready.set()
                if run.show is not None:
                    run.following = [
                        start(following, show, run, run.show, run.follower(recorder)),
                        start(following, run.recorded.follow, run.follower(recorder), run.finished),
                    ]
                if recording.length is not None:
                    watching.start_soon(watch_clock, recording.length, ending)
            else:
                run.statistics.reattachments += 1
            if run.beside is not None:
                tasks.start_soon(run.beside, recorder)
            if recording.until is not None:
                tasks.start_soon(watch_events, wanted(recording.until, run.started_at), recorder, ending)
            await tasks.start(allow, run, recorder)
            tasks.start_soon(open_pages, run, recorder)
            if recording.command is not None:
                tasks.start_soon(watch_browser, browser, ending)
                run.status = await run_beside(recording.command, variables(browser, run), ending)
                await trio.sleep(SETTLE if ending.reason is Reason.COMMAND else 0)
            await wait_any(browser.wait_lost, ending.found.wait)


def start(tasks: trio.Nursery, function: Callable[..., Awaitable[None]], *arguments: object) -> trio.Event:
    """In the background; the event is set when it is done."""
    done = trio.Event()

    async def run() -> None:
        try:
            await function(*arguments)
        finally:
            done.set()

    tasks.start_soon(run)
    return done


async def show(run: Run, present: Show, follower: Follower) -> None:
    """Events on standard output. A command, or a recording with a verdict, goes on without a reader."""
    try:
        await present(follower, run.finished)
    except BrokenPipeError:
        if run.recording.command is None and not run.recording.rules:
            run.ending.set(Reason.NO_READER)


def wanted(until: Named, since: datetime) -> Query:
    """What ``--until`` waits for: not what a replay brings from before this recording."""
    return Query(services=until[:1], event_names=until[1:], since=since)


def main(recording: Recording, say: Say, show: Show) -> int:
    """For the command line."""
    return trio.run(run_recording, recording, say, show)
