"""The browsers of a capture, recorded one after the other."""

from datetime import UTC, datetime
from functools import partial
from logging import getLogger
from typing import Any
from urllib.parse import urlsplit

import trio

from cdp_bgservices.browser.opening import Browser
from cdp_bgservices.capture.command import run_beside, variables
from cdp_bgservices.capture.crashes import SOON
from cdp_bgservices.capture.health import State
from cdp_bgservices.capture.idle import watch_activity
from cdp_bgservices.capture.lab import open_capture_lab
from cdp_bgservices.capture.options import CaptureOptions
from cdp_bgservices.capture.pages import allow, open_pages
from cdp_bgservices.capture.reconnect import open_browsers, raise_lost
from cdp_bgservices.capture.run import Run
from cdp_bgservices.capture.stop_reason import StopReason
from cdp_bgservices.capture.subject import CaptureSubject
from cdp_bgservices.errors import BrowserLostError
from cdp_bgservices.events import Service
from cdp_bgservices.notices import Notice
from cdp_bgservices.query import Query, format_duration
from cdp_bgservices.recorder import Recorder, open_recorder
from cdp_bgservices.tasks import open_tasks, wait_any

log = getLogger(__name__)

SETTLE = 0.5
"""Seconds between the end of the command of ``--run`` and that of the recording: what it has triggered ends by then."""


async def record_browsers(run: Run) -> None:
    """From the start of the first browser to the end of the last one. Raises BrowserError, StoreError,
    InvalidInputError.
    """
    stop = run.stop
    lost: Browser | None = None
    async with (
        open_tasks() as tasks,
        open_capture_lab(run.options, run.say, CaptureSubject(run)) as lab,
        open_browsers(run, lab) as browsers,
    ):
        run.lab = lab
        while not stop.found.is_set():
            async with browsers.open() as browser:
                if browser is None:
                    break
                lost = None
                was_armed = await attend(run, browser, tasks)
                run.phase.enter(State.WAITING)
            if stop.reason in (None, StopReason.BROWSER):
                lost = browser
            if not stop.found.is_set() and not await browsers.is_awaited(browser, was_armed=was_armed):
                stop.set(StopReason.BROWSER)
        run.finished.set()
        await run.recorded.done.wait()
        if lost is not None and not run.recorded.is_until_seen:
            await raise_lost(lost, run)


async def attend(run: Run, browser: Browser, tasks: trio.Nursery) -> bool:
    """Record one browser until it goes away, or the capture stops; False if it went away before it was armed.

    Raises BrowserLostError if it was the first one that did so.
    """
    reattachments = run.statistics.reattachments
    try:
        await record_one(run, browser, tasks)
    except BrowserLostError as error:
        if not run.ready.is_set() or run.statistics.reattachments > reattachments:
            raise
        log.debug("it went away again before it was recorded: %s", error)
        return False
    return True


async def record_one(run: Run, browser: Browser, tasks: trio.Nursery) -> None:
    """``tasks`` are those of the whole capture."""
    options = run.options
    source = run.source_of(browser)
    if run.sources and source not in run.sources:
        said = f"another browser is at {options.place} now: its events are stored as those of {source}"
        run.say(Notice("anotherBrowser", said, source=source))
    run.add_source(source)
    async with (
        open_recorder(
            browser,
            run.store,
            services=options.services or tuple(Service),
            source=source,
            rearm=options.rearm,
            left_off=run.left_off,
            stop_recording=options.stop_recording,
            statistics=run.statistics,
        ) as recorder,
        watch_activity(run, recorder),
    ):
        run.recorder = recorder
        recorder.browser_ends = browser.process is not None
        for each in recorder.sources:
            run.add_source(each)
        recorder.on_source = run.add_source
        again = run.ready.is_set()
        if again:
            run.statistics.reattachments += 1
        else:
            begin(run, recorder, tasks)
            await run.begun.wait()  # Who hears that it records may stop it, in order.
        if not run.crashes.are_many:
            introduce(run, recorder, again=again)
        run.phase.enter(State.RECORDING)
        await use(run, recorder)


def introduce(run: Run, recorder: Recorder, *, again: bool) -> None:
    options, endpoint = run.options, recorder.browser.endpoint
    run.say(Notice("recording", introduction(options, recorder, again=again), **facts(recorder)))
    if options.attach is None and options.launched.debugging_port is not None and endpoint:
        run.say(Notice("reachable", f"others can attach at {short_address(endpoint)}", endpoint=endpoint))


async def introduce_late(run: Run, recorder: Recorder) -> None:
    """Once it has not crashed soon, as those before it did."""
    await trio.sleep(SOON)
    run.crashes.settle()
    run.phase.tell()
    introduce(run, recorder, again=True)


def introduction(options: CaptureOptions, recorder: Recorder, *, again: bool) -> str:
    contexts = len(recorder.contexts)
    what = "1 browser context" if contexts == 1 else f"{contexts} browser contexts"
    how_long = "" if options.length is None else f" for {format_duration(options.length)}"
    until = "" if options.until is None else f" until {':'.join(options.until)}"
    repeated = " again" if again else ""
    redacted = ", without payloads," if recorder.store.redacts else ""
    product, name = recorder.browser.product, recorder.store.name
    return f"recording {what}{repeated} of {product}{redacted} into {name}{how_long}{until}"


def facts(recorder: Recorder) -> dict[str, Any]:
    """The same, for a program."""
    return {
        "browser": recorder.browser.product,
        "source": recorder.source,
        "contexts": len(recorder.contexts),
        "store": recorder.store.name,
    }


def short_address(endpoint: str) -> str:
    """``port 9222``, as ``--attach`` takes it; or the address, if it is not the usual one of this machine."""
    parts = urlsplit(endpoint)
    return f"port {parts.port}" if parts.hostname == "127.0.0.1" else f"http://{parts.netloc}"


def begin(run: Run, recorder: Recorder, tasks: trio.Nursery) -> None:
    """The first browser is recorded."""
    run.cursor, run.ready_at = recorder.cursor, datetime.now(UTC)
    run.ready.set()
    if run.options.reads_events:
        tasks.start_soon(run.recorded.follow, run.pages())
    else:
        run.recorded.done.set()
    if run.options.length is not None:
        tasks.start_soon(run.stop.after, partial(trio.sleep, run.options.length.total_seconds()), StopReason.TIME)


async def use(run: Run, recorder: Recorder) -> None:
    """Do with a browser what the options ask for, until it goes away or the capture stops."""
    options, stop, browser = run.options, run.stop, recorder.browser
    async with open_tasks() as tasks:
        if run.crashes.are_many:
            tasks.start_soon(introduce_late, run, recorder)
        if run.beside is not None:
            tasks.start_soon(run.beside, recorder)
        if options.until is not None:
            # Not what a replay brings from before this capture.
            query = Query(services=options.until[:1], event_names=options.until[1:], since=run.started_at)
            tasks.start_soon(stop.after, partial(recorder.wait_event, query), StopReason.EVENT)
        await tasks.start(allow, run, recorder)
        run.usable.set()
        tasks.start_soon(open_pages, run, recorder)
        if options.command is not None:
            tasks.start_soon(stop.after, browser.wait_lost, StopReason.BROWSER)
            run.status = await run_beside(options.command, variables(browser, run), stop)
            await trio.sleep(SETTLE if stop.reason is StopReason.COMMAND else 0)
        await wait_any(browser.wait_lost, stop.found.wait)
