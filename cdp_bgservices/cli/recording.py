"""What the record command does, once its command line is understood."""

import signal
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from functools import partial

import msgspec
import trio

from cdp_bgservices.browser.launch import Launch
from cdp_bgservices.browser.opening import Browser, open_browser
from cdp_bgservices.browser.pages import grant, open_page
from cdp_bgservices.cli.output import print_following, say
from cdp_bgservices.errors import BrowserError, BrowserLostError
from cdp_bgservices.query import Query, format_duration
from cdp_bgservices.recorder import Recorder, open_recorder
from cdp_bgservices.store import Store, open_store
from cdp_bgservices.tasks import open_tasks

STOPPING = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))
INTERRUPTED = 130


class Recording(msgspec.Struct, frozen=True, kw_only=True):
    """One run of ``record``, as it was asked for."""

    store: str | None
    attach: str | None = None
    launch: Launch = Launch()
    urls: tuple[str, ...] = ()
    grants: tuple[str, ...] = ()
    services: tuple[str, ...]
    source: str | None = None
    length: timedelta | None = None
    until: tuple[str, str] | None = None
    """A service and the name of an event."""
    retention: timedelta | None = None
    stop_recording: bool = False
    rearm: bool = True
    format: str | None = None
    """None: a table on a terminal, JSON lines in a pipe."""


class Ending:
    """Why a recording ends: the first reason counts."""

    def __init__(self) -> None:
        self.reason = ""
        self.found = trio.Event()

    def set(self, reason: str) -> None:
        if not self.found.is_set():
            self.reason = reason
            self.found.set()


async def run_recording(recording: Recording) -> int:
    """Record until something ends it; the exit status. Raises BrowserError, StoreError, InvalidInputError."""
    ending = Ending()
    status = INTERRUPTED
    with trio.open_signal_receiver(*STOPPING) as signals, trio.CancelScope() as everything:
        async with open_tasks() as tasks:
            ready = trio.Event()

            async def heed_signals() -> None:
                async for _ in signals:
                    # The first one once we record: stop in order. Before that, or a second one: stop at once.
                    if not ready.is_set() or ending.found.is_set():
                        everything.cancel()
                    ending.set("signal")

            tasks.start_soon(heed_signals)
            status = await record(recording, ending, ready)
    return status


async def record(recording: Recording, ending: Ending, ready: trio.Event) -> int:
    started = datetime.now(UTC)
    finished = trio.Event()
    async with (
        open_store(recording.store, retention=recording.retention) as store,
        open_tasks() as printing,
        open_browser(recording.attach, launch=recording.launch) as browser,
    ):
        printed = trio.Event()
        async with open_recorder(
            browser,
            store,
            services=recording.services,
            source=recording.source,
            rearm=recording.rearm,
            stop_recording=recording.stop_recording,
        ) as recorder:
            say(introduction(recording, recorder))
            if recording.launch.port is not None and browser.endpoint:
                say(f"others can attach at {browser.endpoint}")
            ready.set()

            async def show() -> None:
                try:
                    await print_following(recorder.follower(), recording.format, finished)
                except BrokenPipeError:
                    ending.set("nobody reads")
                finally:
                    printed.set()

            printing.start_soon(show)
            async with open_tasks() as tasks:
                tasks.start_soon(open_pages, recording, recorder)
                tasks.start_soon(watch_browser, browser, ending)
                if recording.length is not None:
                    tasks.start_soon(watch_clock, recording.length, ending)
                if recording.until is not None:
                    tasks.start_soon(watch_events, recording.until, started, recorder, ending)
                await ending.found.wait()
        finished.set()
        await printed.wait()
        say(summary(recording, recorder))
        return await verdict(recording, ending, browser, store, recorder.source, started)


def introduction(recording: Recording, recorder: Recorder) -> str:
    contexts = len(recorder.contexts)
    what = "1 browser context" if contexts == 1 else f"{contexts} browser contexts"
    how_long = "" if recording.length is None else f" for {format_duration(recording.length)}"
    until = "" if recording.until is None else f" until {':'.join(recording.until)}"
    return f"recording {what} of {recorder.browser.product} into {recorder.store.path}{how_long}{until}"


def summary(recording: Recording, recorder: Recorder) -> str:
    statistics = recorder.statistics
    lines = [f"stored {statistics.stored} events in {recorder.store.path}"]
    others = [
        f"{number} {what}"
        for number, what in (
            (statistics.known, "were there already"),
            (statistics.too_old, "were past retention"),
            (statistics.not_understood, "messages were not understood"),
        )
        if number
    ]
    lines[0] += f" ({', '.join(others)})" if others else ""
    if recording.attach is not None and not recording.stop_recording and recorder.armed_until:
        lines.append(f"the browser goes on recording by itself until {recorder.armed_until:%Y-%m-%d %H:%M} UTC")
    return "\n".join(lines)


async def open_pages(recording: Recording, recorder: Recorder) -> None:
    """What cannot be granted or opened is said; recording goes on."""
    browser = recorder.browser
    steps: list[Callable[[], Awaitable[object]]] = [
        *(partial(grant, browser, origin, context) for origin in recording.grants for context in recorder.contexts),
        *(partial(open_page, browser, url, reuse_blank=not number) for number, url in enumerate(recording.urls)),
    ]
    for step in steps:
        try:
            await step()
        except BrowserLostError:
            return
        except BrowserError as error:
            say(f"warning: {error}")


async def watch_browser(browser: Browser, ending: Ending) -> None:
    await browser.wait_lost()
    ending.set("browser")


async def watch_clock(length: timedelta, ending: Ending) -> None:
    await trio.sleep(length.total_seconds())
    ending.set("time")


async def watch_events(until: tuple[str, str], since: datetime, recorder: Recorder, ending: Ending) -> None:
    await recorder.wait_event(wanted(until, since))
    ending.set("event")


def wanted(until: tuple[str, str], since: datetime) -> Query:
    """What ``--until`` waits for: not what a replay brings from before this recording."""
    return Query(services=until[:1], event_names=until[1:], since=since)


async def verdict(
    recording: Recording, ending: Ending, browser: Browser, store: Store, source: str, started: datetime
) -> int:
    """The exit status. Raises BrowserError where the browser has ended what was to go on."""
    if recording.until is not None:
        query = msgspec.structs.replace(wanted(recording.until, started), sources=(source,), limit=1)
        # Whatever ended it: the event may have been the last to come.
        if [event async for event in store.events(query)]:
            return 0
        say(f"{':'.join(recording.until)} was not seen")
    if ending.reason == "browser":
        await raise_lost(recording, browser)
        return 0 if recording.until is None else 1
    if ending.reason == "signal":
        return INTERRUPTED if recording.until or recording.length else 0
    return 0 if recording.until is None else 1


async def raise_lost(recording: Recording, browser: Browser) -> None:
    """The end of the browser is an error, but where somebody just closed the one that was launched."""
    if browser.process is None:
        raise BrowserLostError(
            f"the browser at {recording.attach} went away",
            "Start it again, and record again: nothing is lost.",
        )
    death = await browser.process.death()
    if browser.process.process.returncode != 0 or recording.length is not None:
        raise death


def main(recording: Recording) -> int:
    """For the command line."""
    return trio.run(run_recording, recording)
