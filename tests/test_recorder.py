"""A real Chromium, the bundled site, and what of it reaches the store."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trio
from cdp import target as target_domain

from cdp_bgservices.browser.context_list import list_contexts
from cdp_bgservices.browser.firing import fire
from cdp_bgservices.browser.launch import Launch
from cdp_bgservices.browser.opening import open_browser
from cdp_bgservices.browser.targets import open_target
from cdp_bgservices.browser.triggers import push, sync
from cdp_bgservices.protocol import commands
from cdp_bgservices.query import Query
from cdp_bgservices.recorder import open_recorder
from cdp_bgservices.store import open_store
from tests.acting import log_of, open_made_context, open_site, states_of, stored, wait_logged
from tests.waiting import look_again

pytestmark = pytest.mark.browser

DEADLINE = 60
AT_ONCE = timedelta(seconds=0.3)


async def test_what_happened_before_and_while_recording_is_stored_once(site: str, tmp_path: Path) -> None:
    with trio.fail_after(DEADLINE):
        async with open_store(tmp_path / "events.db") as store, open_browser() as browser:
            async with open_recorder(browser, store) as recorder:
                page = await open_site(browser, site)
                await page.evaluate("site.sync('one')")
                await recorder.wait_event(Query(event_names=("Sync completed",), instance_ids=("one",)))
            await page.evaluate("site.sync('two')")  # Only the browser records now.
            await wait_logged(browser, "two")
            async with open_recorder(browser, store) as again:
                await again.wait_event(Query(event_names=("Sync completed",), instance_ids=("two",)))
                assert again.statistics.known == recorder.statistics.stored
            events = await stored(store)
            names = [(event.instance_id, event.event_name) for event in events]
            expected = ["Registered sync", "Dispatched sync event", "Sync completed"]
            assert names == [(tag, name) for tag in ("one", "two") for name in expected]
            assert {event.id for event in await log_of(browser)} == {event.id for event in events}
    for event in events:
        assert event.scope == site
        assert event.origin == event.storage_key == site
        assert event.source == str(browser.profile)
        assert event.received_at is not None
        assert event.received_at > event.timestamp


async def test_a_restarted_browser_is_the_same_source_and_replays_what_is_known(site: str, tmp_path: Path) -> None:
    launch = Launch(profile=tmp_path / "profile")
    with trio.fail_after(DEADLINE):
        async with open_store(tmp_path / "events.db") as store:
            async with open_browser(launch=launch) as browser, open_recorder(browser, store) as first:
                page = await open_site(browser, site)
                await page.evaluate("site.sync('before')")
                await first.wait_event(Query(event_names=("Sync completed",)))
                await wait_logged(browser, "before")
            before = await stored(store)
            async with open_browser(launch=launch) as browser, open_recorder(browser, store) as second:
                assert second.statistics.known == len(before)
                assert second.statistics.stored == 0
                observation = second.observation
                assert observation is not None
                states = observation.observers[observation.default_context].recordings
                assert all(state.was_recording for state in states.values()), "recording outlives the browser"
                await fire(browser, sync("after"))
                await second.wait_event(Query(instance_ids=("after",)))
            after = await stored(store, Query(instance_ids=("after",)))
    assert [event.scope for event in after] == [site], "the scope of a stored registration is known"
    assert {event.source for event in before} == {event.source for event in after}


async def test_a_new_context_is_observed_soon_and_nothing_before_that_is_lost(site: str, tmp_path: Path) -> None:
    with trio.fail_after(DEADLINE):
        async with (
            open_store(tmp_path / "events.db") as store,
            open_browser() as browser,
            open_recorder(browser, store) as recorder,
            open_made_context(browser) as context,
        ):
            page = await open_site(browser, site, context)
            await page.evaluate("site.sync('in-context')")
            event = await recorder.wait_event(Query(event_names=("Sync completed",), instance_ids=("in-context",)))
            assert event.browser_context == context
            assert recorder.observation is not None
            # Its own log is replayed, this event too, before it counts as armed.
            await recorder.observation.observers[context].armed.wait()
            names = [event.event_name for event in await stored(store)]
            assert names == ["Registered sync", "Dispatched sync event", "Sync completed"]


async def test_contexts_that_are_there_already_are_recorded_too(site: str, tmp_path: Path) -> None:
    with trio.fail_after(DEADLINE):
        async with (
            open_store(tmp_path / "events.db") as store,
            open_browser() as browser,
            open_made_context(browser) as one,
            open_made_context(browser) as two,
        ):
            pages = {context: await open_site(browser, site, context) for context in (one, two)}
            async with open_recorder(browser, store) as recorder:
                assert set(recorder.contexts) >= {one, two}
                for context, page in pages.items():
                    await page.evaluate(f"site.sync('{context}')")
                    event = await recorder.wait_event(Query(event_names=("Sync completed",), instance_ids=(context,)))
                    assert event.browser_context == context


async def test_a_context_that_goes_away_ends_quietly(site: str, tmp_path: Path) -> None:
    with trio.fail_after(DEADLINE):
        async with (
            open_store(tmp_path / "events.db") as store,
            open_browser() as browser,
            open_recorder(browser, store) as recorder,
        ):
            async with open_made_context(browser) as context:
                page = await open_site(browser, site, context)
                await page.evaluate("site.sync('short-lived')")
                await recorder.wait_event(Query(event_names=("Sync completed",)))
                assert recorder.observation is not None
                observer = recorder.observation.observers[context]
            await observer.over.wait()
            assert observer.failure is None
            assert context not in recorder.contexts
            page = await open_site(browser, site)
            await page.evaluate("site.sync('after')")
            await recorder.wait_event(Query(event_names=("Sync completed",), instance_ids=("after",)))


async def test_a_hidden_target_that_is_closed_is_replaced_and_nothing_is_missed(site: str, tmp_path: Path) -> None:
    with trio.fail_after(DEADLINE):
        async with (
            open_store(tmp_path / "events.db") as store,
            open_browser() as browser,
            open_recorder(browser, store) as recorder,
        ):
            page = await open_site(browser, site)
            assert recorder.observation is not None
            session = recorder.observation.observers[recorder.observation.default_context].session
            assert session is not None
            hidden = [
                info.target_id
                for info in await browser.root.call(target_domain.get_targets())
                if info.type_ == "other" and info.attached
            ]
            await browser.root.call(target_domain.close_target(hidden[0]))
            await session.ended.wait()
            await page.evaluate("site.sync('between')")
            await recorder.wait_event(Query(event_names=("Sync completed",)))
            await recorder.settle()  # What came before the new target is in its replay.
            assert {event.id for event in await log_of(browser)} == {event.id for event in await stored(store)}


async def test_a_lost_browser_is_reported_and_what_came_is_stored(site: str, tmp_path: Path) -> None:
    with trio.fail_after(DEADLINE):
        async with open_store(tmp_path / "events.db") as store, open_browser() as browser:
            async with open_recorder(browser, store):
                page = await open_site(browser, site)
                await page.evaluate("site.sync('last-words')")
                kept = {event.id for event in await log_of(browser)}
                assert browser.process is not None
                browser.process.process.kill()
                await browser.wait_lost()
            assert {event.id for event in await stored(store)} >= kept


async def test_two_recorders_on_one_store_simply_work(site: str, tmp_path: Path) -> None:
    with trio.fail_after(DEADLINE):
        async with (
            open_browser() as browser,
            open_store(tmp_path / "events.db") as one,
            open_store(tmp_path / "events.db") as two,
            open_recorder(browser, one) as first,
            open_recorder(browser, two) as second,
        ):
            page = await open_site(browser, site)
            for number in range(20):
                await page.evaluate(f"site.sync('tag-{number}')")
            for recorder in (first, second):
                for number in range(20):  # They run side by side: the last one to begin need not be the last to end.
                    await recorder.wait_event(Query(event_names=("Sync completed",), instance_ids=(f"tag-{number}",)))
            kept = await log_of(browser)
            assert sorted(event.id for event in await stored(one)) == sorted(event.id for event in kept)


async def test_stop_recording_switches_off_only_what_was_switched_on(tmp_path: Path) -> None:
    with trio.fail_after(DEADLINE):
        async with open_store(tmp_path / "events.db") as store, open_browser() as browser:
            default = (await list_contexts(browser))[0]
            async with open_target(browser, default) as session:
                await session.call(commands.set_recording("notifications", should_record=True))
            async with open_recorder(browser, store, stop_recording=True):
                pass
            states = await states_of(browser, default)
            assert {service for service, on in states.items() if on} == {"notifications"}
            async with open_recorder(browser, store):
                pass
            assert all((await states_of(browser, default)).values()), "left on by default"


async def test_another_client_switching_off_is_answered(site: str, tmp_path: Path) -> None:
    with trio.fail_after(DEADLINE):
        async with (
            open_store(tmp_path / "events.db") as store,
            open_browser() as browser,
            open_recorder(browser, store) as recorder,
        ):
            page = await open_site(browser, site)
            default = (await list_contexts(browser))[0]
            async with open_target(browser, default) as outsider:
                await outsider.call(commands.set_recording("backgroundSync", should_record=False))
            while not (await states_of(browser, default))["backgroundSync"]:
                await look_again()
            await page.evaluate("site.sync('recorded-again')")
            await recorder.wait_event(Query(event_names=("Sync completed",)))


async def test_events_past_retention_are_not_stored_from_a_replay(site: str, tmp_path: Path) -> None:
    """A real Chromium's log, looked at with the clock of three days later."""
    with trio.fail_after(DEADLINE):
        async with open_browser() as browser:
            async with open_store(tmp_path / "now.db") as store, open_recorder(browser, store) as recorder:
                page = await open_site(browser, site)
                await page.evaluate("site.sync('old')")
                await recorder.wait_event(Query(event_names=("Sync completed",)))
                assert len(await stored(store)) == 3
            later = datetime.now(UTC) + timedelta(days=3)
            async with open_store(tmp_path / "later.db", clock=lambda: later) as store:
                async with open_recorder(browser, store) as recorder:
                    assert recorder.statistics.too_old == 3
                assert await stored(store) == []
            async with open_store(tmp_path / "now.db", clock=lambda: later) as store:
                assert await stored(store) == [], "never returned after three days"
                assert (await store.prune()).events == 3


async def test_an_event_shows_in_another_connection_s_store_at_once(site: str, tmp_path: Path) -> None:
    with trio.fail_after(DEADLINE):
        async with (
            open_browser() as browser,
            open_store(tmp_path / "events.db") as store,
            open_recorder(browser, store),
            open_store(tmp_path / "events.db") as other,
        ):
            page = await open_site(browser, site)
            delays: list[timedelta] = []
            while (number := len(delays)) < 5 and min(delays, default=AT_ONCE) >= AT_ONCE:  # Other work may hold it up.
                cursor = await other.cursor()
                await page.evaluate(f"site.sync('seen-{number}')")
                async for event in other.follow(Query(event_names=("Sync completed",)), after=cursor):
                    assert event.received_at is not None
                    delays.append(datetime.now(UTC) - event.received_at)
                    break
            assert min(delays) < AT_ONCE


async def test_a_push_is_recorded_with_its_payload(site: str, tmp_path: Path) -> None:
    text = "Grüße\u2028\x1b[31m\U0001f600"
    with trio.fail_after(DEADLINE):
        async with (
            open_store(tmp_path / "events.db") as store,
            open_browser() as browser,
            open_recorder(browser, store) as recorder,
        ):
            await open_site(browser, site)
            await fire(browser, push(text))
            event = await recorder.wait_event(Query(event_names=("Push event dispatched",)))
    assert event.metadata == {"Payload": text}
