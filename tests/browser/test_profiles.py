"""Several profiles of a running Chromium, each in windows of its own: all are recorded, each under its own source."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trio
from cdp import target as target_domain

from cdp_bgservices.browser.context_list import read_contexts
from cdp_bgservices.browser.each_context import list_workers, read_recordings
from cdp_bgservices.browser.firing import fire
from cdp_bgservices.browser.opening import Browser, open_browser
from cdp_bgservices.browser.triggers import sync
from cdp_bgservices.coverage.report import report
from cdp_bgservices.coverage.values import DEFAULT, State
from cdp_bgservices.query import Query
from cdp_bgservices.recorder import Recorder, open_recorder
from cdp_bgservices.store import open_engine, open_store
from tests.browser.windows import Windows, close_page, find_page, open_screen, open_windows, own_log, window
from tests.cli.running import run
from tests.waiting import look_again

DEADLINE = 240
pytestmark = [pytest.mark.browser, pytest.mark.timeout(DEADLINE + 30)]
FIVE_MINUTES = timedelta(minutes=5)
FIRST, SECOND = "Default", "Profile 1"


@pytest.fixture(scope="module")
def display() -> Iterator[str]:
    with open_screen() as name:
        yield name


async def act(recorder: Recorder, browser: Browser, url: str, tag: str) -> None:
    """A sync in the page at that address, until it is stored."""
    page = await find_page(browser, url)
    await page.evaluate(f"site.sync({tag!r})")
    await recorder.wait_event(Query(event_names=("Sync completed",), instance_ids=(tag,)))


def states(store: Path, source: str, later: timedelta = timedelta()) -> list[State]:
    """The report of background sync, as of now or later, without a recorder."""
    with open_engine(store) as database:
        (reported,) = [each for each in database.coverage() if each.source == source]
    now = datetime.now(UTC)
    reports = report(reported.intervals, reported.series, now - timedelta(hours=1), now + later)
    (series,) = [series for series in reports if (series.service, series.context_kind) == ("backgroundSync", DEFAULT)]
    return [interval.state for interval in series.intervals]


async def test_every_profile_is_recorded_under_its_own_source(
    chromium: Path, site: str, tmp_path: Path, display: str
) -> None:
    path, folder = tmp_path / "events.db", tmp_path / "data"
    first, second = str(folder), f"{folder}/{SECOND}"
    one, two = f"{site}?profile=one", f"{site}?profile=two"
    folder.mkdir()
    with trio.fail_after(DEADLINE):
        async with open_windows(chromium, folder, display) as windows, open_store(path) as store:
            await windows.start(*window(FIRST, one))
            await windows.open_window(SECOND, two)
            async with open_browser(str(folder)) as browser:
                await find_page(browser, one)
                await find_page(browser, two)
                async with open_recorder(browser, store) as recorder:
                    assert set(recorder.sources) == {first, second}
                    await act(recorder, browser, one, "one-a")
                    await act(recorder, browser, two, "two-a")
                    assert len(await list_workers(browser)) == 2
                await windows.kill()
            # The other window is first now, and the first one is used last.
            await windows.start(*window(SECOND, two))
            await windows.open_window(FIRST, one)
            async with open_browser(str(folder)) as browser:
                await find_page(browser, one)
                await find_page(browser, two)
                async with open_recorder(browser, store) as recorder:
                    assert (
                        states(path, first)[-3:] == states(path, second)[-3:] == [State.LIVE, State.BROWSER, State.LIVE]
                    )
                    await act(recorder, browser, one, "one-b")
                    await act(recorder, browser, two, "two-b")
                    await check_stored(recorder, browser, {one: first, two: second})
                    await check_reported(browser)
                    await check_a_window_that_closes(recorder, browser, windows, one, two)
                    context = await context_of(browser, two)
                    event = await fire(browser, sync("two-e"), browser_context=context)
                    assert event.source == second
                    await recorder.wait_event(Query(instance_ids=("two-e",)))
                    await check_cleared(browser, folder, one, two)
    with open_engine(path) as database:
        found = {event.instance_id: event.source for event in database.events()}
    assert found == {
        **dict.fromkeys(("one-a", "one-b", "one-c"), first),
        **dict.fromkeys(("two-a", "two-b", "two-d", "two-e"), second),
    }


async def context_of(browser: Browser, url: str) -> str:
    """The browser context of the page at that address."""
    targets = await browser.root.call(target_domain.get_targets())
    return next(str(info.browser_context_id) for info in targets if info.url == url)


async def check_stored(recorder: Recorder, browser: Browser, sources: dict[str, str]) -> None:
    """The store against each profile's own log, as the browser replays it."""
    await recorder.settle()
    for url, source in sources.items():
        page = await find_page(browser, url)
        kept = await own_log(page.session, source)
        stored = {event.id async for event in recorder.store.events(Query(sources=(source,)))}
        assert stored == set(kept)
        assert len({event.instance_id for event in kept.values()}) == 2


async def check_cleared(browser: Browser, folder: Path, *urls: str) -> None:
    """``clear --attach`` empties the log of each profile."""
    sessions = [(await find_page(browser, url)).session for url in urls]
    for session in sessions:
        assert await own_log(session, "")
    cleared = await run(folder / "no store", "clear", "--yes", "--attach", str(folder))
    assert cleared.status == 0, cleared.err
    for session in sessions:
        assert await own_log(session, "") == {}


async def check_reported(browser: Browser) -> None:
    """Each profile is reported by its folder, with the time in its own Preferences."""
    reported = await read_recordings(browser)
    assert {context.profile for context in reported.contexts} == {FIRST, SECOND}
    now = datetime.now(UTC)
    for context in reported.contexts:
        for state in context.services.values():
            assert state.recording
            assert state.armed_until is not None
            assert timedelta(days=2, hours=23) < state.armed_until - now < timedelta(days=3, minutes=1)


async def check_a_window_that_closes(
    recorder: Recorder, browser: Browser, windows: Windows, one: str, two: str
) -> None:
    """Its profile is then like a browser without a recorder; opened again, what it recorded comes."""
    path, second, context = Path(recorder.store.name), f"{windows.folder}/{SECOND}", await context_of(browser, two)
    await close_page(browser, await find_page(browser, two))
    while context in recorder.contexts:
        await look_again()
    await recorder.account()
    await act(recorder, browser, one, "one-c")
    assert windows.is_alive
    assert states(path, second, FIVE_MINUTES)[-2:] == [State.LIVE, State.PENDING]
    assert context not in (await read_contexts(browser)).shown
    await windows.open_window(SECOND, two)
    await act(recorder, browser, two, "two-d")
    await recorder.settle()  # Its events come before its replay has ended, and the account only after that.
    await recorder.account()
    again = [State.BROWSER, State.LIVE]
    assert states(path, second)[-5:] == [State.LIVE, *again, *again]
