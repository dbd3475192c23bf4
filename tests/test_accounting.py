"""A real Chromium, recorders that come and go, and what the store then says of the time between."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trio

from cdp_bgservices.browser.context_list import list_contexts
from cdp_bgservices.browser.each_context import clear_log
from cdp_bgservices.browser.opening import Browser, open_browser
from cdp_bgservices.browser.targets import open_target
from cdp_bgservices.coverage.report import SeriesReport, gaps, report
from cdp_bgservices.coverage.values import DEFAULT, OTHER, Interval, State
from cdp_bgservices.events import Service
from cdp_bgservices.protocol import commands
from cdp_bgservices.query import Query
from cdp_bgservices.recorder import Recorder, open_recorder
from cdp_bgservices.store import open_engine, open_store
from cdp_bgservices.store.trio_store import Store
from tests.acting import log_of, open_made_context, open_site, states_of, stored, wait_logged
from tests.waiting import look_again

pytestmark = pytest.mark.browser

DEADLINE = 60
SYNC = "backgroundSync"


@asynccontextmanager
async def recording(
    browser: Browser, path: Path, *, rearm: bool = True, stop_recording: bool = False
) -> AsyncIterator[Recorder]:
    async with (
        open_store(path) as store,
        open_recorder(browser, store, rearm=rearm, stop_recording=stop_recording) as recorder,
    ):
        yield recorder


def read(path: Path) -> list[SeriesReport]:
    """Since the first recording."""
    now = datetime.now(UTC)
    with open_engine(path) as database:
        (reported,) = database.coverage()
    begin = min(interval.begin for interval in reported.intervals)
    return report(reported.intervals, reported.series, begin, now)


def states(path: Path, service: str = SYNC, kind: str = DEFAULT) -> list[State]:
    (series,) = [series for series in read(path) if (series.service, series.context_kind) == (service, kind)]
    found = [interval.state for interval in series.intervals]
    return found[found[0] is State.NEVER_RECORDED :]  # They are switched on one after the other.


async def sync(recorder: Recorder, browser: Browser, site: str, tag: str) -> None:
    page = await open_site(browser, site)
    await page.evaluate(f"site.sync({tag!r})")
    await recorder.wait_event(Query(event_names=("Sync completed",), instance_ids=(tag,)))


async def sync_unseen(browser: Browser, site: str, tag: str) -> None:
    page = await open_site(browser, site)
    await page.evaluate(f"site.sync({tag!r})")
    await wait_logged(browser, tag)


async def test_while_it_is_recorded_it_is_live(tmp_path: Path) -> None:
    path = tmp_path / "events.db"
    with trio.fail_after(DEADLINE):
        async with open_browser() as browser, recording(browser, path):
            pass
    reports = read(path)
    assert {(series.context_kind, series.service) for series in reports} == {(DEFAULT, service) for service in Service}
    now = datetime.now(UTC)
    for series in reports:
        (live,) = [interval for interval in series.intervals if interval.state is State.LIVE]
        assert now - live.end < timedelta(seconds=DEADLINE)
        assert not gaps([series], from_the_start=False)


async def test_what_the_browser_recorded_unattended_is_certain(site: str, tmp_path: Path) -> None:
    path = tmp_path / "events.db"
    with trio.fail_after(DEADLINE):
        async with open_browser() as browser:
            async with recording(browser, path) as first:
                await sync(first, browser, site, "before")
            await sync_unseen(browser, site, "between")
            async with recording(browser, path) as second:
                assert second.statistics.gaps == 0
                assert {event.id for event in await stored(second.store)} == {
                    event.id for event in await log_of(browser)
                }
    assert states(path) == [State.LIVE, State.BROWSER, State.LIVE]


async def test_what_was_switched_off_unattended_is_a_gap(site: str, tmp_path: Path) -> None:
    path = tmp_path / "events.db"
    with trio.fail_after(DEADLINE):
        async with open_browser() as browser:
            async with recording(browser, path):
                pass
            default = (await list_contexts(browser))[0]
            async with open_target(browser, default) as other:
                await other.call(commands.set_recording(SYNC, should_record=False))
            async with recording(browser, path) as second:
                assert second.statistics.gaps == 1
    assert states(path) == [State.LIVE, State.SWITCHED_OFF, State.LIVE]
    assert states(path, "pushMessaging") == [State.LIVE, State.BROWSER, State.LIVE]


async def test_what_we_switched_off_ourselves_is_a_gap_too(tmp_path: Path) -> None:
    path = tmp_path / "events.db"
    with trio.fail_after(DEADLINE):
        async with open_browser() as browser:
            async with recording(browser, path, stop_recording=True):
                pass
            async with recording(browser, path):
                pass
    assert states(path) == [State.LIVE, State.SWITCHED_OFF, State.LIVE]


async def test_what_lapsed_is_a_gap_though_the_browser_says_that_it_records(tmp_path: Path) -> None:
    path = tmp_path / "events.db"
    with trio.fail_after(DEADLINE):
        async with open_browser() as browser:
            async with recording(browser, path):
                pass
            with sqlite3.connect(path) as connection:  # As though it had been armed three days ago.
                connection.execute("UPDATE lanes SET armed_until = seen_until + 1000")
            connection.close()
            async with recording(browser, path) as second:
                assert second.statistics.gaps == 1, "of all services at once"
    assert states(path) == [State.LIVE, State.BROWSER, State.LAPSED, State.LIVE]


async def test_a_worker_that_was_unregistered_took_its_events_along(site: str, tmp_path: Path) -> None:
    path = tmp_path / "events.db"
    with trio.fail_after(DEADLINE):
        async with open_browser() as browser:
            async with recording(browser, path) as first:
                await sync(first, browser, site, "before")
            page = await open_site(browser, site)
            await page.evaluate("site.unregister()")
            await page.session.call(commands.navigate("about:blank"))
            while await log_of(browser):
                await look_again()
            async with recording(browser, path):
                pass
    assert states(path) == [State.LIVE, State.UNREGISTERED, State.LIVE]
    (series,) = [series for series in read(path) if series.service == SYNC]
    assert [interval.detail for interval in series.intervals if interval.state is State.UNREGISTERED] == [site]
    assert states(path, "notifications") == [State.LIVE, State.BROWSER, State.LIVE], "it had none of these"


async def test_one_that_was_unregistered_before_our_eyes_took_nothing_along(site: str, tmp_path: Path) -> None:
    path = tmp_path / "events.db"
    with trio.fail_after(DEADLINE):
        async with open_browser() as browser:
            async with recording(browser, path) as first:
                await sync(first, browser, site, "before")
                await first.account()
                page = await open_site(browser, site)
                await page.evaluate("site.unregister()")
                await page.session.call(commands.navigate("about:blank"))
                assert first.observation is not None
                observer = first.observation.observers[first.observation.default_context]
                while observer.registrations.registrations:
                    await look_again()
            async with recording(browser, path) as second:
                assert second.statistics.gaps == 0
    assert states(path) == [State.LIVE, State.BROWSER, State.LIVE]


async def test_a_log_that_another_client_cleared_is_a_gap(site: str, tmp_path: Path) -> None:
    path = tmp_path / "events.db"
    with trio.fail_after(DEADLINE):
        async with open_browser() as browser:
            async with recording(browser, path) as first:
                await sync(first, browser, site, "before")
            await sync_unseen(browser, site, "lost")
            await clear_log(browser, tuple(Service))
            while await log_of(browser):
                await look_again()
            async with recording(browser, path) as second:
                assert {event.instance_id for event in await stored(second.store)} == {"before"}
    assert states(path) == [State.LIVE, State.CLEARED, State.LIVE]


async def test_a_log_that_its_owner_cleared_here_is_none(site: str, tmp_path: Path) -> None:
    path = tmp_path / "events.db"
    with trio.fail_after(DEADLINE):
        async with open_browser() as browser:
            async with recording(browser, path) as first:
                await sync(first, browser, site, "before")
            await clear_log(browser, tuple(Service))
            with open_engine(path) as database:
                database.clear()
            async with recording(browser, path) as second:
                assert second.statistics.gaps == 0


async def test_contexts_that_ended_unattended_took_their_events_along(site: str, tmp_path: Path) -> None:
    path = tmp_path / "events.db"
    with trio.fail_after(DEADLINE):
        async with open_browser() as browser:
            async with open_made_context(browser) as context:
                async with recording(browser, path) as first:
                    page = await open_site(browser, site, context)
                    await page.evaluate("site.sync('tag')")
                    await first.wait_event(Query(event_names=("Sync completed",)))
                assert states(path, kind=OTHER) == [State.LIVE]
            async with recording(browser, path):
                pass
    assert states(path, kind=OTHER) == [State.LIVE, State.CONTEXT_ENDED, State.LIVE]
    assert states(path) == [State.LIVE, State.BROWSER, State.LIVE]


async def test_a_context_that_was_there_and_not_recorded(site: str, tmp_path: Path) -> None:
    path = tmp_path / "events.db"
    with trio.fail_after(DEADLINE):
        async with open_browser() as browser, open_made_context(browser) as context:
            await open_site(browser, site, context)
            async with recording(browser, path):
                pass
    assert states(path, kind=OTHER) == [State.LIVE]
    with open_engine(path) as database:
        (reported,) = database.coverage()
    ours = [interval for interval in reported.intervals if (interval.context_kind, interval.service) == (OTHER, SYNC)]
    assert [interval.state for interval in ours] == [State.LIVE], "not before it was switched on there"


@pytest.mark.parametrize("rearm", [True, False])
async def test_what_is_switched_off_before_our_eyes_is_a_gap_until_it_is_on_again(tmp_path: Path, rearm: bool) -> None:
    path = tmp_path / "events.db"
    with trio.fail_after(DEADLINE):
        async with open_browser() as browser:
            async with recording(browser, path, rearm=rearm) as recorder:
                await recorder.account()
                default = (await list_contexts(browser))[0]
                async with open_target(browser, default) as other:
                    await other.call(commands.set_recording(SYNC, should_record=False))
                if rearm:
                    while not (await states_of(browser, default))[SYNC]:
                        await look_again()
                await recorder.account()
                assert recorder.statistics.gaps == 1
            if not rearm:
                assert states(path) == [State.LIVE, State.SWITCHED_OFF]
                async with recording(browser, path) as again:
                    assert again.statistics.gaps == 1
    assert states(path) == [State.LIVE, State.SWITCHED_OFF, State.LIVE]


async def test_what_is_switched_off_is_a_gap_within_seconds_and_says_where_that_was_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "events.db"
    with trio.fail_after(DEADLINE):
        async with open_browser() as browser, recording(browser, path, rearm=False) as recorder:
            (observer,) = recorder.observers
            for service in (SYNC, Service.NOTIFICATIONS):
                await observer.set_recording(service, on=False, where="in the viewer")
            off: list[Interval] = []
            while len(off) < 2:
                await recorder.store.wait_committed(recorder.store.commits, 1.0)
                off = [each for each in await account_of(recorder.store) if each.state is State.SWITCHED_OFF]
            assert {(each.service, each.detail) for each in off} == {
                (SYNC, "in the viewer"),
                (Service.NOTIFICATIONS, "in the viewer"),
            }
            assert datetime.now(UTC) - off[0].begin < timedelta(seconds=10)
            await observer.set_recording(SYNC, on=True)
            while recorder.interrupted() != {(observer.context_id, Service.NOTIFICATIONS)}:
                await look_again()
            async with open_target(browser, observer.context_id) as other:
                await other.call(commands.set_recording(SYNC, should_record=False))
            while {each.detail for each in off if each.service == SYNC} != {"", "in the viewer"}:
                await recorder.store.wait_committed(recorder.store.commits, 1.0)
                off = [each for each in await account_of(recorder.store) if each.state is State.SWITCHED_OFF]


async def test_two_recorders_at_once_make_no_gaps(site: str, tmp_path: Path) -> None:
    path = tmp_path / "events.db"
    with trio.fail_after(DEADLINE):
        async with (
            open_browser() as browser,
            open_made_context(browser) as context,
            recording(browser, path) as one,
        ):
            await open_site(browser, site, context)
            await one.account()
            async with recording(browser, path) as two:
                await sync(two, browser, site, "tag")
                await two.account()
            await one.account()
    assert not gaps(read(path), from_the_start=False)


async def account_of(store: Store) -> list[Interval]:
    with open_engine(store.name) as database:
        return [interval for reported in database.coverage() for interval in reported.intervals]


async def test_a_browser_that_is_lost_is_vouched_for_until_it_was_last_heard_of(tmp_path: Path) -> None:
    path = tmp_path / "events.db"
    with trio.fail_after(DEADLINE):
        async with open_browser() as browser, recording(browser, path) as recorder:
            before = await account_of(recorder.store)
            assert browser.process is not None
            browser.process.process.kill()
            await browser.wait_lost()
        lost_at = datetime.now(UTC)
        async with open_store(path) as store:
            after = await account_of(store)
    assert [interval for interval in after if interval.state is State.LIVE] == before
    ended = [interval for interval in after if interval.state is State.CONTEXT_ENDED]
    assert {interval.service for interval in ended} == set(Service), (
        "its profile is gone, and what it did in the end with it"
    )
    assert all(interval.end <= lost_at for interval in ended)
    assert states(path)[-1] is State.CONTEXT_ENDED
