"""One context: armed, kept armed, and everything handed on."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.browser.observing import PUSH, SYNC, Scene, open_scene, wait_until
from tests.scripted import DEFAULT, Json, Received, ScriptedBrowser, wire_event

SET = "BackgroundService.setRecording"


def order(commands: list[Received]) -> list[tuple[str, str]]:
    return [
        (command.method.partition(".")[2], command.params.get("service", ""))
        for command in commands
        if command.session_id
    ]


async def test_a_service_is_observed_before_it_is_switched_on() -> None:
    async with open_scene() as scene:
        assert order(scene.scripted.commands) == [
            ("enable", ""),
            ("startObserving", SYNC),
            ("setRecording", SYNC),
            ("startObserving", PUSH),
            ("setRecording", PUSH),
        ]


async def test_the_state_that_was_found_is_known_and_for_how_long_it_is_armed() -> None:
    before = datetime.now(UTC)
    async with open_scene(lambda scripted: scripted.recording.add((DEFAULT, PUSH))) as scene:
        found = {service: state.was_recording for service, state in scene.observer.recordings.items()}
        assert found == {SYNC: False, PUSH: True}
        await wait_until(lambda: all(state.is_recording for state in scene.observer.recordings.values()))
        for lapse in scene.observer.armed_until.values():
            assert before + timedelta(days=3) <= lapse <= datetime.now(UTC) + timedelta(days=3)


async def test_without_arming_nothing_is_switched() -> None:
    async with open_scene(arm=False) as scene:
        assert scene.switched() == []
        assert scene.observer.armed_until == {}


async def test_the_replay_is_handed_on_before_it_is_ready_and_new_events_after_it() -> None:
    def happened(scripted: ScriptedBrowser) -> None:
        scripted.events += [wire_event(number) for number in range(1200)]

    async with open_scene(happened) as scene:
        assert scene.kept == [f"tag-{number}" for number in range(1200)]
        await scene.scripted.emit(wire_event(1200))
        await wait_until(lambda: scene.kept[-1] == "tag-1200")


async def test_what_another_client_switches_off_is_said_and_switched_on_again(caplog: pytest.LogCaptureFixture) -> None:
    async with open_scene() as scene:
        await scene.scripted.switch(SYNC, False)
        await scene.scripted.wait_received(SET, 3)
        assert scene.switched()[2:] == [(SYNC, True)]
        assert f"recording of {SYNC} was switched off by another client" in caplog.text
        assert "switching it on again" in caplog.text
        await wait_until(lambda: set(scene.observer.armed_until) == {SYNC, PUSH})
        assert (DEFAULT, SYNC) in scene.scripted.recording


async def replace_target(scene: Scene) -> None:
    """The target goes away; it ends with another observing."""
    enabled = len(scene.scripted.received("ServiceWorker.enable"))
    await scene.scripted.remove_target(scene.session().target.target_id)
    await scene.scripted.wait_received("ServiceWorker.enable", enabled + 1)
    await wait_until(lambda: scene.session().observing == {SYNC, PUSH})
    await wait_until(lambda: scene.observer.session is not None and not scene.observer.session.connection.pending)


async def test_it_is_left_off_where_that_was_asked_for(caplog: pytest.LogCaptureFixture) -> None:
    async with open_scene(rearm=False, renew_every=timedelta(milliseconds=200)) as scene:
        scripted = scene.scripted

        async def switch_off_after_it(params: Json) -> Json:
            """At the end of a renewal: the next one does not cross it."""
            await scripted.switch(params["service"], params["shouldRecord"])
            if params["service"] == PUSH:
                del scripted.answers[SET]
                await scripted.switch(SYNC, False)
            return {}

        scripted.answers[SET] = switch_off_after_it
        await wait_until(lambda: "it is left off" in caplog.text)
        await scene.scripted.wait_received(SET, len(scene.switched()) + 1)  # The other one is renewed.
        await replace_target(scene)
        await scene.scripted.wait_received(SET, len(scene.switched()) + 1)
        assert (DEFAULT, SYNC) not in scene.scripted.recording
        assert set(scene.observer.armed_until) == {PUSH}


async def test_what_was_switched_off_while_the_target_was_gone_is_left_off_too(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with open_scene(rearm=False) as scene:
        scene.scripted.recording.discard((DEFAULT, SYNC))  # Without a notification.
        await replace_target(scene)
        await wait_until(lambda: "it is left off" in caplog.text)
        assert (DEFAULT, SYNC) not in scene.scripted.recording


async def test_recording_is_renewed_now_and_then() -> None:
    async with open_scene(renew_every=timedelta(milliseconds=20)) as scene:
        armed = dict(scene.observer.armed_until)
        await scene.scripted.wait_received(SET, 8)
        assert scene.switched()[:8] == [(SYNC, True), (PUSH, True)] * 4
        await wait_until(lambda: all(scene.observer.armed_until[each] > armed[each] for each in (SYNC, PUSH)))


async def test_a_service_that_the_browser_does_not_have_is_skipped(caplog: pytest.LogCaptureFixture) -> None:
    async with open_scene(services=(SYNC, "telepathy", PUSH)) as scene:
        assert set(scene.observer.armed_until) == set(scene.observer.recordings) == {SYNC, PUSH}
        assert "this browser has no service telepathy" in caplog.text
        await scene.scripted.emit(wire_event(1))
        await wait_until(lambda: scene.kept == ["tag-1"])


async def test_what_makes_no_sense_is_counted_and_the_rest_handed_on() -> None:
    async with open_scene() as scene:
        session = scene.session().session_id
        received = "BackgroundService.backgroundServiceEventReceived"
        await scene.scripted.notify(received, {"backgroundServiceEvent": {"timestamp": "?"}}, session)
        await scene.scripted.notify("BackgroundService.recordingStateChanged", {"isRecording": "?"}, session)
        await scene.scripted.notify("ServiceWorker.workerVersionUpdated", {"versions": 5}, session)
        await scene.scripted.notify("Tomorrow.invented", {}, session)
        await scene.scripted.send_raw("no message at all")
        await scene.scripted.send_raw(b"\xff binary")
        await scene.scripted.notify(received, {"backgroundServiceEvent": wire_event(1, service="telepathy")}, session)
        await wait_until(lambda: scene.kept == ["tag-1"])
        assert scene.observer.reception.not_understood == 3
        assert scene.browser.connection.not_understood == 2


async def test_a_target_that_goes_is_replaced_and_what_was_missed_comes_with_the_replay() -> None:
    async with open_scene() as scene:
        await scene.scripted.emit(wire_event(1))
        await wait_until(lambda: scene.kept == ["tag-1"])
        scene.scripted.events.append(wire_event(2))  # While it is not observed.
        await replace_target(scene)
        await wait_until(lambda: scene.kept == ["tag-1", "tag-1", "tag-2"])
        await scene.scripted.emit(wire_event(3))
        await wait_until(lambda: scene.kept[-1] == "tag-3")


async def test_what_came_before_the_connection_was_lost_is_handed_on() -> None:
    async with open_scene() as scene:
        for number in range(100):
            await scene.scripted.emit(wire_event(number))
        await scene.scripted.close()
        await scene.observer.over.wait()
        assert scene.kept == [f"tag-{number}" for number in range(100)]
        await scene.observation.stop(stop_recording=True)  # There is nothing more to stop.


async def test_stopping_switches_off_only_what_it_was_asked_to() -> None:
    async with open_scene() as scene:
        await scene.observer.stop(stop_recording=[PUSH])
        assert scene.scripted.recording == {(DEFAULT, SYNC)}
        assert scene.session().observing == set()


async def test_stopping_leaves_recording_on_and_hands_on_what_came() -> None:
    async with open_scene() as scene:
        await scene.scripted.emit(wire_event(1))
        await scene.observer.stop()
        assert scene.kept == ["tag-1"]
        assert scene.switched() == [(SYNC, True), (PUSH, True)]


async def test_a_service_that_is_reported_while_it_stops_does_not_disturb() -> None:
    async with open_scene(services=(SYNC,)) as scene:

        async def report(params: Json) -> Json:
            state = {"service": PUSH, "isRecording": True}
            await scene.scripted.notify("BackgroundService.recordingStateChanged", state, scene.session().session_id)
            await wait_until(lambda: PUSH in scene.observer.recordings)
            return {}

        scene.scripted.answers["BackgroundService.stopObserving"] = report
        await scene.observer.stop()
        assert set(scene.observer.recordings) == {SYNC, PUSH}


async def test_one_that_is_stopped_before_it_is_armed_switches_nothing_on() -> None:
    async with open_scene() as scene:

        async def stop(params: Json) -> Json:
            await scene.observation.observers["NEW"].stop()
            return {}

        scene.scripted.answers["ServiceWorker.enable"] = stop
        await scene.scripted.add_context("NEW")
        await wait_until(lambda: "NEW" in scene.observation.observers)
        await scene.observation.observers["NEW"].over.wait()
        assert scene.switched() == [(SYNC, True), (PUSH, True)]  # In the default context, before.
