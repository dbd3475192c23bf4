"""Every context: those that are there, those that come, those that go."""

import json

import pytest
import trio

from cdp_bgservices.errors import BrowserError, BrowserLostError
from tests.browser.observing import AT_ONCE, PUSH, SYNC, open_scene, wait_until
from tests.scripted import DEFAULT, Json, Refusal, ScriptedBrowser, wire_event

SIX = ("backgroundFetch", SYNC, PUSH, "notifications", "paymentHandler", "periodicBackgroundSync")


async def test_contexts_that_are_there_are_observed_the_default_one_armed_first() -> None:
    async with open_scene(lambda scripted: scripted.contexts.extend(["A", "B"]), services=SIX) as scene:
        scripted = scene.scripted
        assert list(scene.observation.observers) == [DEFAULT, "A", "B"]
        assert scripted.recording == {(context, service) for context in (DEFAULT, "A", "B") for service in SIX}
        first = scene.session().session_id
        armed = [each.session_id for each in scripted.received("BackgroundService.setRecording")]
        assert armed[:6] == [first] * 6
        assert {target.type for target in scripted.targets.values()} == {"page", "other"}


async def test_a_context_that_comes_is_observed() -> None:
    async with open_scene() as scene:
        await scene.scripted.add_context("NEW")
        await wait_until(lambda: "NEW" in scene.observation.observers)
        await scene.observation.observers["NEW"].replayed.wait()
        assert scene.session("NEW").observing == {SYNC, PUSH}
        await scene.scripted.emit(wire_event(1), "NEW")
        await wait_until(lambda: scene.kept == ["tag-1"])


async def test_the_helping_context_of_ours_is_not_observed() -> None:
    async with open_scene(lambda scripted: scripted.targets.clear()) as scene:
        assert scene.scripted.received("Target.createBrowserContext")
        await scene.scripted.add_context("NEW")
        await wait_until(lambda: "NEW" in scene.observation.observers)
        assert list(scene.observation.observers) == [DEFAULT, "NEW"]


async def test_a_context_that_goes_is_over_quietly(caplog: pytest.LogCaptureFixture) -> None:
    async with open_scene() as scene:
        await scene.scripted.add_context("NEW")
        await wait_until(lambda: "NEW" in scene.observation.observers)
        observer = scene.observation.observers["NEW"]
        await observer.replayed.wait()
        await scene.scripted.emit(wire_event(1), "NEW")
        await scene.scripted.remove_context("NEW")
        await observer.over.wait()
        assert scene.kept == ["tag-1"]
        assert observer.failure is None
        assert not scene.observer.over.is_set()
    assert caplog.records == []


async def test_one_that_comes_while_it_is_asked_which_there_are_goes_on() -> None:
    """The answer does not have it yet, and by then another one, which came later, was read."""
    async with open_scene() as scene:
        scripted, observers = scene.scripted, scene.observation.observers
        await scripted.add_context("OLD")
        await wait_until(lambda: "OLD" in observers)

        async def answer(params: Json) -> Json:
            del scripted.answers["Target.getBrowserContexts"]
            there = {"browserContextIds": scripted.contexts[1:], "defaultBrowserContextId": DEFAULT}
            await scripted.add_context("NEW")
            await wait_until(lambda: "NEW" in observers)
            scene.browser.made_contexts.add("NEW")
            return there

        await observers["OLD"].replayed.wait()
        scripted.answers["Target.getBrowserContexts"] = answer
        await scripted.remove_context("OLD")
        await observers["OLD"].over.wait()
        await observers["NEW"].replayed.wait()
        assert not observers["NEW"].over.is_set()


@pytest.mark.parametrize("when", ["Target.attachToTarget", "ServiceWorker.enable", "BackgroundService.startObserving"])
async def test_a_context_that_goes_while_it_is_taken_up_is_over_quietly(
    when: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with open_scene() as scene:
        scripted = scene.scripted

        async def go(params: Json) -> Json:
            del scripted.answers[when]
            await scripted.remove_context("BRIEF")
            if when == "Target.attachToTarget":
                raise Refusal(-32602, "No target with given id found")
            raise Refusal(-32001, "Session with given id not found.")

        scripted.answers[when] = go
        await scripted.add_context("BRIEF")
        await wait_until(lambda: "BRIEF" in scene.observation.observers)
        observer = scene.observation.observers["BRIEF"]
        await observer.over.wait()
        assert observer.failure is None
    assert caplog.records == []


async def test_recording_is_switched_off_only_where_it_was_switched_on_by_us() -> None:
    def found(scripted: ScriptedBrowser) -> None:
        scripted.contexts.append("A")
        scripted.recording |= {(DEFAULT, PUSH), ("A", SYNC)}

    async with open_scene(found) as scene:
        await scene.scripted.add_context("NEW")  # It inherits both from the default one, where we armed SYNC.
        await wait_until(lambda: "NEW" in scene.observation.observers)
        await scene.observation.observers["NEW"].replayed.wait()
        await scene.observation.stop(stop_recording=True)
        assert scene.scripted.recording == {(DEFAULT, PUSH), ("A", SYNC), ("NEW", PUSH)}


async def test_stopping_leaves_recording_on_everywhere() -> None:
    async with open_scene(lambda scripted: scripted.contexts.append("A")) as scene:
        await scene.observation.stop()
        assert scene.scripted.recording == {(context, each) for context in (DEFAULT, "A") for each in (SYNC, PUSH)}


async def test_the_default_context_of_a_browser_that_does_not_name_it_is_the_one_of_its_page() -> None:
    def old(scripted: ScriptedBrowser) -> None:
        scripted.contexts.append("A")
        scripted.knows_hidden = False
        scripted.answers["Target.getBrowserContexts"] = {"browserContextIds": ["A"]}

    async with open_scene(old) as scene:
        assert list(scene.observation.observers) == [DEFAULT, "A"]
        assert [target.context for target in scene.scripted.targets.values()] == [DEFAULT, "A"]


async def test_a_browser_without_background_services_is_refused() -> None:
    def old(scripted: ScriptedBrowser) -> None:
        scripted.answers["BackgroundService.setRecording"] = Refusal(-32601, "'setRecording' wasn't found")

    with pytest.raises(BrowserError, match="cannot be observed") as caught:
        async with open_scene(old):
            raise AssertionError("it was observed")
    assert "full Chromium" in caught.value.remedy


async def test_a_context_that_cannot_be_observed_is_said_and_the_others_go_on(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with open_scene() as scene:
        scene.scripted.answers["ServiceWorker.enable"] = Refusal(-32000, "it is broken")
        await scene.scripted.add_context("NEW")
        await wait_until(lambda: "context NEW cannot be observed" in caplog.text)
        await scene.scripted.emit(wire_event(1))
        await wait_until(lambda: scene.kept == ["tag-1"])


async def test_targets_that_make_no_sense_are_not_fatal() -> None:
    async with open_scene() as scene:
        for params in ({}, {"targetInfo": 5}, {"targetInfo": {"targetId": "x", "title": "\ud800"}}):
            await scene.scripted.send_raw(f'{{"method":"Target.targetCreated","params":{json.dumps(params)}}}')
        await scene.scripted.notify("Target.targetDestroyed", {})
        await scene.scripted.add_context("NEW")
        await wait_until(lambda: "NEW" in scene.observation.observers)


async def test_the_end_of_the_connection_ends_every_observer_at_once() -> None:
    async with open_scene(lambda scripted: scripted.contexts.append("A")) as scene:
        await scene.scripted.close()
        with trio.fail_after(AT_ONCE):
            await scene.browser.wait_lost()
            for observer in scene.observation.observers.values():
                await observer.over.wait()


async def test_a_browser_that_goes_while_it_is_taken_up_is_lost() -> None:
    def go(scripted: ScriptedBrowser) -> None:
        async def close(params: Json) -> Json:
            await scripted.close()
            return {}

        scripted.answers["ServiceWorker.enable"] = close

    with pytest.raises(BrowserLostError):
        async with open_scene(go):
            raise AssertionError("it was observed")


async def test_nothing_piles_up_without_an_observer() -> None:
    async with open_scene() as scene:
        browser = scene.browser
        assert browser.root.listening
        await scene.observation.stop()
    assert not browser.root.listening
    assert browser.root.inbox == []


async def test_an_endpoint_of_a_single_page_does_not_lead_to_the_browser() -> None:
    """As Chromium 156 answers at ``/devtools/page/…``."""

    def single_page(scripted: ScriptedBrowser) -> None:
        scripted.answers["Target.getBrowserContexts"] = Refusal(-32000, "Not allowed")

    with pytest.raises(BrowserError, match="does not reach the whole browser") as caught:
        async with open_scene(single_page):
            pass
    assert "port or profile folder" in caught.value.remedy
