"""Much at once: events, browser contexts, a replay."""

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
import trio

from cdp_bgservices.browser.launch import Launch
from cdp_bgservices.browser.opening import Browser, open_browser
from cdp_bgservices.browser.pages import Page
from cdp_bgservices.events import Event
from tests.acting import log_of, open_made_context, open_site
from tests.scripted import Json, open_scripted_browser, wire_event
from tests.soak.bursts import assert_store_is_the_log, open_burst
from tests.soak.killing import READY
from tests.soak.recording import MIB, memory, open_quiet, percentile
from tests.store.sqlite.opening import open_sqlite

RATE, LENGTH = 2_000, 60
"""Events a second, and for how many seconds."""
LAG = 5.0
"""Seconds from an event's timestamp to its arrival in the store, for 99 of 100. Generous: the machine has others."""
CONTEXTS, TAGS = 50, 10
REPLAY = 1_000_000
GROWTH = 48 * MIB
"""What a recorder's memory may grow by between 100,000 events and all: SQLite's caches are 32,000 KiB each."""
MEMORY = 256 * MIB


@pytest.mark.timeout(0)
async def test_two_thousand_a_second(tmp_path: Path, figure: Callable[[str], None]) -> None:
    store = tmp_path / "events.db"
    with trio.fail_after(LENGTH * 5):
        async with open_burst(tmp_path) as burst:
            async with open_quiet(store, "record", "--attach", burst.endpoint) as command:
                await command.wait_said(READY)
                started = time.monotonic()
                await burst.dispatch(RATE * LENGTH, RATE)
                seconds = time.monotonic() - started
                most = memory(command, "VmHWM")
                result = await command.stop(signal.SIGINT)
            assert result.status == 0, result.err
            events = await assert_store_is_the_log(store, burst)
    with open_sqlite(store) as database:
        lags = [row[0] / 1e6 for row in database.rows("SELECT received_at - timestamp FROM events")]
    figure(
        f"{len(events)} events at {len(events) / seconds:.0f} a second, all stored; lag: median "
        f"{percentile(lags, 0.5) * 1e3:.1f} ms, 99th percentile {percentile(lags, 0.99) * 1e3:.1f} ms, "
        f"most {max(lags) * 1e3:.1f} ms; at most {most / MIB:.0f} MiB of memory"
    )
    assert len(events) / seconds > 0.95 * RATE, "the browser was not that quick: the machine is busy"
    assert percentile(lags, 0.99) < LAG


async def act(browser: Browser, site: str, context: str, pages: dict[str, Page]) -> None:
    page = pages.get(context) or await open_site(browser, site, context)
    for number in range(TAGS):
        await page.evaluate(f"site.sync('{context[:8]}-{number}')")
        await page.evaluate(f"site.notify('{context[:8]}-{number}')")


async def logs_of(browser: Browser) -> dict[str, list[Event]]:
    """Each context's own log."""
    logs: dict[str, list[Event]] = {}
    for event in await log_of(browser):
        logs.setdefault(event.browser_context, []).append(event)
    return logs


def is_complete(logs: dict[str, list[Event]]) -> bool:
    """Whether every sync of every context has ended."""
    ended = [event for log in logs.values() for event in log if event.event_name == "Sync completed"]
    return len(ended) == CONTEXTS * TAGS


@pytest.mark.timeout(0)
async def test_fifty_browser_contexts(site: str, tmp_path: Path, figure: Callable[[str], None]) -> None:
    """Half of them are there when the recorder comes."""
    store, started = tmp_path / "events.db", time.monotonic()
    pages: dict[str, Page] = {}
    with trio.fail_after(600):
        async with (
            open_browser(launch=Launch(profile=tmp_path / "profile", port=0)) as browser,
            AsyncExitStack() as made,
        ):
            for _ in range(CONTEXTS // 2):
                context = await made.enter_async_context(open_made_context(browser))
                pages[context] = await open_site(browser, site, context)
            async with open_quiet(store, "record", "--attach", str(browser.profile)) as command:
                await command.wait_said("browser contexts of")
                contexts = [*pages]
                for _ in range(CONTEXTS // 2):
                    contexts.append(await made.enter_async_context(open_made_context(browser)))
                async with trio.open_nursery() as nursery:
                    for context in contexts:
                        nursery.start_soon(act, browser, site, context, pages)
                while not is_complete(logs := await logs_of(browser)):
                    pass
                most = memory(command, "VmHWM")
                result = await command.stop(signal.SIGINT)
            assert result.status == 0, result.err
            logs = await logs_of(browser)
    with open_sqlite(store) as database:
        stored = [(event.browser_context, event.id) for event in database.events()]
    assert set(logs) == set(contexts)
    for context, log in logs.items():
        found = sorted(event_id for where, event_id in stored if where == context)
        assert found == sorted(event.id for event in log), f"the events of {context}"
    figure(
        f"{len(stored)} events of {len(logs)} contexts at once, each context as in its own log, "
        f"{time.monotonic() - started:.0f} s; at most {most / MIB:.0f} MiB of memory"
    )


class Million(list[Json]):
    """The log of a browser that never ends: made while it is sent, a millisecond apart, the last event now."""

    def __init__(self, count: int) -> None:
        super().__init__()
        self.number = count
        self.reported = 0

    def __iter__(self) -> Iterator[Json]:
        first = time.time() - self.number / 1_000
        for number in range(self.number):
            self.reported = number
            yield wire_event(number, timestamp=round(first + number / 1_000, 3))


@pytest.mark.timeout(0)
async def test_a_replay_of_a_million(tmp_path: Path, figure: Callable[[str], None]) -> None:
    store = tmp_path / "events.db"
    log = Million(REPLAY)
    with trio.fail_after(1_800):
        async with open_scripted_browser() as browser:
            browser.events = log
            arguments = ("record", "--attach", browser.url, "--service", "backgroundSync")
            started = time.monotonic()
            async with open_quiet(store, *arguments) as command:
                while log.reported < REPLAY // 10:  # noqa: ASYNC110 a generator notifies no one
                    await trio.sleep(0.05)
                early = memory(command, "VmHWM")
                await command.wait_said(READY)
                seconds = time.monotonic() - started
                most = memory(command, "VmHWM")
                result = await command.stop(signal.SIGINT)
    assert result.status == 0, result.err
    with open_sqlite(store) as database:
        ((count, tags),) = database.rows("SELECT count(*), count(DISTINCT instance_id) FROM events")
    figure(
        f"{count} events in {seconds:.0f} s, {count / seconds:.0f} a second; at most {most / MIB:.0f} MiB of memory, "
        f"{early / MIB:.0f} MiB after {REPLAY // 10}"
    )
    assert count == tags == REPLAY
    assert most - early < GROWTH
    assert most < MEMORY
