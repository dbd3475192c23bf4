"""What the record command does, once its command line is understood."""

import signal
from collections.abc import Awaitable, Callable
from datetime import datetime

import trio

from cdp_bgservices.browser.opening import open_browser
from cdp_bgservices.cli.asked import Named, Recording
from cdp_bgservices.cli.concluding import conclude
from cdp_bgservices.cli.ending import Reason, raise_lost, watch_browser, watch_clock, watch_events
from cdp_bgservices.cli.judged import INTERRUPTED, is_seen
from cdp_bgservices.cli.output import print_following, say
from cdp_bgservices.cli.pages import allow, open_pages
from cdp_bgservices.cli.recorded import Run
from cdp_bgservices.cli.reports import check_files
from cdp_bgservices.cli.running_beside import run_beside, variables
from cdp_bgservices.cli.telling import conclusion, introduction
from cdp_bgservices.errors import BackgroundServicesError
from cdp_bgservices.query import Query
from cdp_bgservices.recorder import Recorder, open_recorder
from cdp_bgservices.store import open_store
from cdp_bgservices.tasks import open_tasks

STOPPING = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))
SETTLE = 0.5
"""Seconds between the end of the command of ``--run`` and that of the recording: what it set off ends in them."""


async def run_recording(recording: Recording) -> int:
    """Record until something ends it; the exit status. Raises BrowserError, StoreError, InvalidInputError.

    Once it was ready, what was asked for is judged and reported, whatever ended it.
    """
    check_files(recording)
    with trio.open_signal_receiver(*STOPPING) as signals, trio.CancelScope() as everything:
        async with open_tasks() as tasks, open_store(recording.store, retention=recording.retention) as store:
            run = Run(recording, store)
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
                with capturing:
                    await capture(run)
            except* BackgroundServicesError as caught:
                # A store that fails is an error of whoever writes to it and of whoever reads.
                error = first_error(caught)
            if not run.ready.is_set() and error is not None:
                raise error
            return conclude(run, error, cut_short=capturing.cancelled_caught)
    return INTERRUPTED


def first_error(group: BaseExceptionGroup[BackgroundServicesError]) -> BackgroundServicesError:
    found: BaseException = group
    while isinstance(found, BaseExceptionGroup):
        found = found.exceptions[0]
    assert isinstance(found, BackgroundServicesError)
    return found


async def capture(run: Run) -> None:
    """From the start of the browser to its end. Raises BrowserError, StoreError, InvalidInputError."""
    recording, ending = run.recording, run.ending
    async with (
        open_tasks() as following,
        open_browser(recording.attach, launch=recording.launch) as browser,
    ):
        finished = trio.Event()
        async with open_recorder(
            browser,
            run.store,
            services=recording.services,
            source=recording.source,
            rearm=recording.rearm,
            stop_recording=recording.stop_recording,
        ) as recorder:
            say(introduction(recording, recorder))
            if recording.launch.port is not None and browser.endpoint:
                say(f"others can attach at {browser.endpoint}")
            run.ready.set()
            shown = start(following, show, run, recorder, finished)
            kept = start(following, run.recorded.follow, recorder.follower(), finished)
            async with open_tasks() as tasks:
                tasks.start_soon(watch_browser, browser, ending)
                if recording.length is not None:
                    tasks.start_soon(watch_clock, recording.length, ending)
                if recording.until is not None:
                    tasks.start_soon(watch_events, wanted(recording.until, run.started_at), recorder, ending)
                await tasks.start(allow, recording, recorder)
                tasks.start_soon(open_pages, recording, recorder)
                if recording.command is not None:
                    run.status = await run_beside(recording.command, variables(browser, run.store.path), ending)
                    await trio.sleep(SETTLE if ending.reason is Reason.COMMAND else 0)
                await ending.found.wait()
        finished.set()
        await shown.wait()
        await kept.wait()
        say(conclusion(recording, recorder))
        if ending.reason is Reason.BROWSER and not is_seen(recording, run.recorded.events):
            await raise_lost(recording, browser, run.status)


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


async def show(run: Run, recorder: Recorder, finished: trio.Event) -> None:
    """Events on standard output. A command goes on without anybody who reads them."""
    try:
        await print_following(recorder.follower(), run.recording.format, finished)
    except BrokenPipeError:
        if run.recording.command is None:
            run.ending.set(Reason.NOBODY_READS)


def wanted(until: Named, since: datetime) -> Query:
    """What ``--until`` waits for: not what a replay brings from before this recording."""
    return Query(services=until[:1], event_names=until[1:], since=since)


def main(recording: Recording) -> int:
    """For the command line."""
    return trio.run(run_recording, recording)
