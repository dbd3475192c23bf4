"""The browser behind a viewer, on a real Chromium: its recording, a clean slate, triggers, its coming and going."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
import trio

from cdp_bgservices.browser import firing
from cdp_bgservices.browser.context_list import list_contexts
from cdp_bgservices.browser.launch import Launch
from cdp_bgservices.browser.opening import Browser, open_browser
from cdp_bgservices.browser.pages import Page
from cdp_bgservices.browser.targets import open_target
from cdp_bgservices.coverage.values import State
from cdp_bgservices.errors import InvalidInputError, TriggerError
from cdp_bgservices.events import Service
from cdp_bgservices.protocol import commands
from cdp_bgservices.query import Query
from cdp_bgservices.recorder import open_recorder
from cdp_bgservices.store import open_engine, open_store
from cdp_bgservices.tasks import open_tasks
from cdp_bgservices.web.attached import Attached, NoBrowserError
from tests.acting import log_of, open_made_context, open_site, states_of, stored
from tests.making import NOW, event
from tests.web.attaching import ALL_ON, DEADLINE, PUSH, SYNC, Scene, open_blank, open_scene, switch, wait_reported

pytestmark = pytest.mark.browser


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    async with open_scene(tmp_path) as opened:
        yield opened


def is_reported(scene: Scene, recording: dict[str, bool]) -> bool:
    return scene.recording == recording


async def test_everything_is_armed_at_the_start_and_reported(scene: Scene) -> None:
    state = scene.attached.state()
    assert state["recording"] == ALL_ON
    assert state["browser"]["product"].startswith("Chrome/")
    endpoint = scene.browser.endpoint
    assert state["browser"]["endpoint"] == endpoint
    scene.browser.endpoint = f"{endpoint}?token=s3cret"  # As one behind a gate has it; a page is for many eyes.
    assert scene.attached.state()["browser"]["endpoint"] == endpoint
    assert state["browser"]["lost"] == ""
    assert state["browser"]["armed_until"] == scene.recorder.armed_until
    [default] = await list_contexts(scene.browser)
    assert state["browser"]["contexts"] == [{"id": default, "default": True, "recording": ALL_ON}]


async def test_another_client_s_switch_is_followed(scene: Scene) -> None:
    for on in (False, True, False):
        await switch(scene.other, SYNC, on=on)
        await scene.wait(partial(is_reported, scene, {**ALL_ON, SYNC: on}))
    # It was not switched on again silently.
    await scene.recorder.settle()
    [default] = await list_contexts(scene.other)
    assert (await states_of(scene.other, default))[SYNC] is False


async def test_the_button_is_seen_by_the_other_client_and_in_every_context(scene: Scene) -> None:
    async with open_made_context(scene.browser) as made:
        await open_blank(scene.browser, made)
        await scene.wait(lambda: len(scene.attached.state()["browser"]["contexts"]) == 2)
        for on in (False, True):
            await scene.attached.set_recording(SYNC, on=on)
            assert scene.recording == {**ALL_ON, SYNC: on}, "the browser has confirmed it when the call returns"
            for context in await list_contexts(scene.other):
                assert (await states_of(scene.other, context))[SYNC] is on
    await scene.wait(lambda: len(scene.attached.state()["browser"]["contexts"]) == 1)


async def test_contexts_that_come_later_do_not_record_what_was_switched_off(scene: Scene) -> None:
    """Once here, once by another client; and each context has its own state."""
    await scene.attached.set_recording(SYNC, on=False)
    await switch(scene.other, PUSH, on=False)
    await scene.wait(lambda: scene.recording[PUSH] is False)
    wanted = {**ALL_ON, SYNC: False, PUSH: False}
    async with open_made_context(scene.browser) as made:
        await open_blank(scene.browser, made)
        await scene.wait(lambda: state_of(scene, made) == wanted)
        await scene.recorder.settle()
        assert await states_of(scene.other, made) == wanted
        async with open_target(scene.other, made) as session:
            await session.call(commands.set_recording("notifications", should_record=False))
        await scene.wait(lambda: state_of(scene, made) == {**wanted, "notifications": False})
        assert scene.recording == wanted, "of the default context alone"


def state_of(scene: Scene, context: str) -> object:
    contexts = scene.attached.state()["browser"]["contexts"]
    return next((each["recording"] for each in contexts if each["id"] == context), None)


async def test_what_any_client_switched_on_is_kept_on(scene: Scene) -> None:
    """For three days from then, and renewed as what was armed here is; also where all of them were off before."""
    for service in Service:
        await scene.attached.set_recording(service, on=False)
    assert scene.attached.state()["browser"]["armed_until"] is None
    await switch(scene.other, SYNC, on=True)
    await scene.wait(lambda: scene.recording[SYNC])
    observer = scene.attached.contexts.observers[0]
    assert set(observer.armed_until) == {SYNC}
    assert observer.arming.due(timedelta(days=3)) == set()
    assert observer.arming.due(timedelta(0)) == {SYNC}


async def test_what_was_not_recorded_is_a_gap_of_coverage(scene: Scene, tmp_path: Path) -> None:
    await scene.attached.set_recording(SYNC, on=False)
    await scene.attached.set_recording(SYNC, on=True)
    await scene.recorder.account()
    with open_engine(tmp_path / "events.db") as database:
        [coverage] = database.coverage()
    gaps = [(span.service, span.state) for span in coverage.intervals if span.state.is_gap]
    assert gaps == [(SYNC, State.SWITCHED_OFF)]


async def test_a_service_that_is_none_is_refused(scene: Scene) -> None:
    with pytest.raises(InvalidInputError, match="not a background service"):
        await scene.attached.set_recording("teapot", on=True)
    with pytest.raises(InvalidInputError, match="not a background service"):
        await scene.attached.clear(["teapot"])


async def test_clear_is_in_the_store_and_in_the_browser_s_log(scene: Scene, site: str) -> None:
    await open_site(scene.browser, site)
    await scene.attached.trigger("sync", "one", site, None, last_chance=False)
    await scene.attached.trigger("push", "two", site, None)
    assert {each.service for each in await log_of(scene.other)} >= {SYNC, PUSH}
    before = await stored(scene.store, Query(services=(SYNC,)))
    changed = scene.attached.changed
    assert await scene.attached.clear([SYNC]) == len(before) > 0
    assert changed.is_set()
    assert SYNC not in {each.service for each in await stored(scene.store)}
    assert PUSH in {each.service for each in await stored(scene.store)}
    assert SYNC not in {each.service for each in await log_of(scene.other)}
    assert await scene.attached.clear() > 0
    assert await stored(scene.store) == []
    assert await log_of(scene.other) == []


async def test_clear_takes_what_is_newer_than_we_are_too(scene: Scene, site: str) -> None:
    """The page names every service that is stored; and the browser's log of the others is left alone."""
    await open_site(scene.browser, site)
    await scene.attached.trigger("push", "kept", site, None)
    now = NOW - datetime.now(UTC)
    await scene.store.add([event(1, service="teleportation", age=now), event(2, service="notifications", age=now)])
    assert await scene.attached.clear(["teleportation"]) == 1
    assert {each.service for each in await log_of(scene.other)} >= {PUSH}
    assert {each.service for each in await stored(scene.store)} >= {PUSH, "notifications"}


async def test_each_trigger_is_answered_with_the_event_that_proves_it(scene: Scene, site: str) -> None:
    await open_site(scene.browser, site)
    attached = scene.attached
    for answer, event_name, instance_id, metadata in (
        (
            await attached.trigger("sync", "a", site, None, last_chance=False),
            "Dispatched sync event",
            "a",
            {"Last Chance": "No"},
        ),
        (
            await attached.trigger("sync", "b", site, None, last_chance=True),
            "Dispatched sync event",
            "b",
            {"Last Chance": "Yes"},
        ),
        (
            await attached.trigger("periodic-sync", "not registered", None, None),
            "Dispatched periodicsync event",
            None,
            {},
        ),
        (await attached.trigger("push", "hello", None, None), "Push event completed", "", {"Status": "Success"}),
        (await attached.trigger("push", "", None, None), "Push event completed", "", {"Status": "Success"}),
    ):
        came = answer.event
        assert (came.event_name, came.metadata) == (event_name, metadata)
        assert instance_id in (None, came.instance_id)
        assert came.received_at is not None
        assert came in await stored(scene.store)
        assert (answer.threw, answer.remark, answer.way) == ("", "", "")


async def test_what_a_handler_threw_is_reported(scene: Scene, site: str) -> None:
    await open_site(scene.browser, site)
    attached = scene.attached
    answers = [
        (await attached.trigger("sync", "reject", site, None, last_chance=True), "sync rejected", ""),
        (await attached.trigger("periodic-sync", "reject", site, None), "periodicsync rejected", ""),
        (await attached.trigger("push", "throw", site, None), "push threw", "waitUntil Rejected"),
    ]
    for answer, threw, remark in answers:
        assert threw in answer.threw
        assert remark in answer.remark
    again = await attached.trigger("sync", "good", site, None, last_chance=True)
    assert again.threw == "", "what was thrown before is not taken for it"


async def test_a_trigger_that_no_worker_takes_says_why(scene: Scene, site: str) -> None:
    with pytest.raises(TriggerError, match="no page has registered"):
        await scene.attached.trigger("sync", "tag", site, None, last_chance=False)
    await open_site(scene.browser, site)
    with pytest.raises(TriggerError, match="no service worker has the scope") as caught:
        await scene.attached.trigger("push", "data", "http://elsewhere/", None)
    assert site in caught.value.remedy
    with pytest.raises(TriggerError, match="the browser context no such context has no service worker"):
        await scene.attached.trigger("periodic-sync", "tag", site, "no such context")
    await scene.attached.set_recording(PUSH, on=False)
    with pytest.raises(TriggerError, match="not being recorded") as caught:
        await scene.attached.trigger("push", "data", site, None)
    assert caught.value.remedy == "Start recording it."


async def test_a_worker_that_does_not_get_it_is_an_error_and_not_an_endless_wait(
    scene: Scene, site: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Offline by DevTools' emulation on the worker: Chromium passes the sync over in silence."""
    monkeypatch.setattr(firing, "PATIENCE", timedelta(seconds=1))
    page = await open_site(scene.browser, site)
    await page.evaluate("site.sync('it runs')")
    async with offline_worker(scene.other):
        with pytest.raises(TriggerError, match="no event followed within 1s"):
            await scene.attached.trigger("sync", "tag", site, None, last_chance=False)


@asynccontextmanager
async def offline_worker(other: Browser) -> AsyncIterator[None]:
    from cdp import network
    from cdp import target as target_domain

    targets = await other.root.call(target_domain.get_targets())
    [worker] = [info.target_id for info in targets if info.type_ == "service_worker"]
    session_id = await other.root.call(target_domain.attach_to_target(worker, flatten=True))
    session = other.connection.attached(str(session_id))
    await session.call(network.enable())
    await session.call(network.emulate_network_conditions(True, 0, 0, 0))
    yield


async def test_the_same_scope_in_two_contexts_needs_the_context(scene: Scene, site: str) -> None:
    await open_site(scene.browser, site)
    async with open_made_context(scene.browser) as made:
        await open_site(scene.browser, site, made)
        await scene.wait(lambda: len(scene.attached.contexts.workers) == 2)
        assert [(each["scope"], each["is_default"]) for each in await scene.attached.workers()].count((site, True)) == 1
        with pytest.raises(TriggerError, match="several browser contexts"):
            await scene.attached.trigger("sync", "tag", site, None, last_chance=False)
        answer = await scene.attached.trigger("sync", "tag", site, made, last_chance=False)
        assert answer.event.browser_context == made


async def test_workers_are_reported_as_they_come_run_and_go(scene: Scene, site: str) -> None:
    assert await scene.attached.workers() == []
    page: Page = await open_site(scene.browser, site)
    await scene.wait(lambda: [each.status for each in scene.attached.contexts.workers] == ["activated"])
    await scene.attached.trigger("push", "throw", site, None)
    # The page's session reports it, too, and later than the worker's own.
    await scene.wait(lambda: any(observer.registrations.errors for observer in scene.recorder.observers))
    [worker] = await scene.attached.workers()
    assert (worker["scope"], worker["script_url"], worker["is_default"]) == (site, f"{site}worker.js", True)
    assert "push threw" in worker["error"]
    await page.evaluate("site.unregister()")
    await page.session.call(commands.navigate("about:blank"))
    await scene.wait(lambda: not scene.attached.contexts.workers)


async def test_while_the_browser_is_away_it_says_so_and_comes_back_as_it_was_left(tmp_path: Path, site: str) -> None:
    attached = Attached("it is waited for", gone="it went away, and is waited for")
    with pytest.raises(NoBrowserError, match="it is waited for"):
        await attached.workers()
    with trio.fail_after(DEADLINE):
        async with open_store(tmp_path / "events.db") as store:
            for number in range(2):
                async with (
                    open_browser(launch=Launch(profile=tmp_path / f"profile-{number}")) as browser,
                    open_recorder(browser, store, rearm=False, left_off=attached.left_off) as recorder,
                    open_tasks() as tasks,
                ):
                    tasks.start_soon(attached.show, recorder)
                    await wait_reported(attached, lambda: attached.recorder)
                    assert attached.state()["recording"] == {**ALL_ON, SYNC: number == 0}
                    await attached.set_recording(SYNC, on=False)
                state = attached.state()
                assert state["browser"]["lost"] == "it went away, and is waited for"
                assert set(state["recording"].values()) == {None}
                for action in (
                    attached.clear(),
                    attached.set_recording(SYNC, on=True),
                    attached.trigger("sync", "tag", site, None, last_chance=False),
                    attached.trigger("push", "", site, None),
                ):
                    with pytest.raises(NoBrowserError, match="it went away, and is waited for"):
                        await action
            assert attached.left_off == {SYNC}, "a request without a browser changes nothing"


async def test_what_was_switched_on_without_a_recorder_is_still_recorded(tmp_path: Path) -> None:
    attached = Attached("it is waited for")
    launch = Launch(profile=tmp_path / "profile", port=0)
    with trio.fail_after(DEADLINE):
        async with open_store(tmp_path / "events.db") as store, open_browser(launch=launch) as browser:
            for on in (False, True):
                async with (
                    open_browser(str(launch.profile)) as each,
                    open_recorder(each, store, rearm=False, left_off=attached.left_off) as recorder,
                    open_tasks() as tasks,
                ):
                    tasks.start_soon(attached.show, recorder)
                    await wait_reported(attached, lambda: attached.recorder)
                    observer = attached.contexts.observers[0]
                    assert attached.state()["recording"] == ALL_ON
                    assert SYNC in observer.armed_until, "else it would lapse three days from now"
                    await attached.set_recording(SYNC, on=on)
                assert attached.left_off == (set() if on else {SYNC})
                await switch(browser, SYNC, on=True)
