"""A browser that is slow, stalls, hangs up or talks nonsense: nothing hangs, and nothing that it sent is lost."""

import math
from pathlib import Path

import msgspec
import pytest
import trio

from cdp_bgservices.browser.calls import NoAnswerError
from cdp_bgservices.browser.endpoint import find_endpoint
from cdp_bgservices.browser.opening import Browser, open_browser
from cdp_bgservices.errors import BrowserError, BrowserLostError
from cdp_bgservices.protocol.commands import command
from cdp_bgservices.protocol.frames import FrameSplitter
from cdp_bgservices.recorder import open_recorder
from cdp_bgservices.statistics import Statistics
from cdp_bgservices.store import open_store
from tests.browser.observing import AT_ONCE, open_scene
from tests.browser.peers import open_trickle
from tests.browser.recording import DEADLINE, LIMIT, SYNC, open_taken, recent, set_limit, stored_tags, tags
from tests.scripted import DEFAULT, SILENCE, Json, Refusal, ScriptedBrowser, open_scripted_browser
from tests.waiting import look_again

START = "BackgroundService.startObserving"
STOP = "BackgroundService.stopObserving"
SET = "BackgroundService.setRecording"
EVENT = "BackgroundService.backgroundServiceEventReceived"
EVERYTHING = (
    *("Browser.getVersion", "Target.getBrowserContexts", "Target.createTarget", "Target.attachToTarget"),
    *("ServiceWorker.enable", START, SET, STOP, "Target.setDiscoverTargets", "Target.closeTarget"),
)


def slowly(scripted: ScriptedBrowser, seconds: float) -> None:
    """Every answer takes this long."""
    own_result = scripted.own_result

    async def answer_late(command: object) -> Json:
        await trio.sleep(seconds)
        return await own_result(command)  # type: ignore[arg-type]

    scripted.own_result = answer_late  # type: ignore[method-assign]


# It is slow.


async def test_a_browser_that_takes_its_time_is_recorded_like_any_other(tmp_path: Path) -> None:
    def prepare(scripted: ScriptedBrowser) -> None:
        scripted.events += [recent(0), recent(1)]
        slowly(scripted, 0.05)

    async with open_taken(tmp_path / "events.db", prepare, limit=1) as taken:
        await taken.scripted.emit(recent(2))
        assert await taken.wait_stored(3) == tags(range(3))


async def test_a_replay_that_takes_longer_than_any_answer_may_is_waited_for(tmp_path: Path) -> None:
    """Everything else waits, too: it comes after the replay."""

    def prepare(scripted: ScriptedBrowser) -> None:
        async def replay(params: Json) -> Json:
            del scripted.answers[START]
            [session] = scripted.sessions.values()
            session.observing.add(params["service"])
            for number in range(12):
                await trio.sleep(LIMIT / 4)
                await scripted.tell_event(recent(number), session.session_id)
            return {}

        scripted.answers[START] = replay

    async with open_taken(tmp_path / "events.db", prepare, limit=LIMIT) as taken:
        assert await taken.wait_stored(12) == tags(range(12))


async def test_who_answers_a_byte_at_a_time_is_not_waited_for() -> None:
    async with open_trickle() as port:
        with trio.fail_after(DEADLINE), pytest.raises(BrowserError, match=r"did not answer within 0\.5 s"):
            await find_endpoint(str(port), deadline=LIMIT)


# It stalls.


def silence(scripted: ScriptedBrowser, method: str) -> None:
    scripted.answers[method] = SILENCE


@pytest.mark.parametrize(
    "method",
    [
        *("Target.getBrowserContexts", "Target.createTarget", "Target.attachToTarget", "ServiceWorker.enable"),
        *(START, SET, "Target.setDiscoverTargets"),
    ],
)
async def test_a_browser_that_stalls_at_the_start_is_an_error_within_the_limit(tmp_path: Path, method: str) -> None:
    started = trio.current_time()
    with pytest.raises(NoAnswerError) as caught:
        async with open_taken(tmp_path / "events.db", lambda scripted: silence(scripted, method), limit=LIMIT):
            raise AssertionError("it was recorded")
    assert LIMIT <= trio.current_time() - started < LIMIT + 10
    assert str(caught.value) == f"the browser did not answer {method} within {LIMIT:g} s"
    assert "hangs" in caught.value.remedy


async def test_a_stall_of_all_is_the_end_of_the_connection(tmp_path: Path) -> None:
    """The target has gone, and no other can be used."""
    async with open_taken(tmp_path / "events.db") as taken:
        await taken.scripted.emit(recent(0))
        await taken.wait_stored(1)
        set_limit(taken.browser, LIMIT)
        taken.scripted.answers["Target.createTarget"] = SILENCE
        await taken.scripted.remove_target(taken.session().target.target_id)
        with trio.fail_after(LIMIT + 3):
            await taken.browser.wait_lost()
        assert str(taken.browser.connection.reason).startswith("the browser did not answer Target.createTarget")
        await taken.recorder.observation.observers[DEFAULT].over.wait()  # type: ignore[union-attr]
    assert stored_tags(tmp_path / "events.db") == tags([0])


@pytest.mark.parametrize("method", ["ServiceWorker.enable", START, SET])
async def test_a_stall_of_one_target_ends_with_another_one(
    tmp_path: Path, method: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with open_taken(tmp_path / "events.db") as taken:
        set_limit(taken.browser, 2 * LIMIT)  # What else is asked is answered within it.
        taken.scripted.answers[method] = SILENCE
        await taken.scripted.remove_target(taken.session().target.target_id)
        asked = len(taken.scripted.received("Target.createTarget"))
        await taken.scripted.wait_received("Target.createTarget", asked + 3)  # Attempt after attempt.
        set_limit(taken.browser, DEADLINE)
        del taken.scripted.answers[method]
        taken.scripted.events.append(recent(0))  # Not seen by any observer.
        assert await taken.wait_stored(1) == tags([0])
        while not taken.scripted.observers(DEFAULT, SYNC):
            await trio.lowlevel.checkpoint()
        await taken.scripted.emit(recent(1))
        assert await taken.wait_stored(2) == tags([0, 1])
        assert not taken.browser.connection.lost.is_set()
    said = [record for record in caplog.records if "did not answer" in record.message]
    assert len(said) == 1, "once, not at every attempt"


async def test_calls_of_targets_that_stalled_are_forgotten() -> None:
    async with open_scene() as scene:
        scene.browser.connection.replay_limit = 0.02
        silence(scene.scripted, START)
        await scene.scripted.remove_target(scene.session().target.target_id)
        await scene.scripted.wait_received(START, 14)
        assert len(scene.browser.connection.pending) < 7


@pytest.mark.parametrize("method", [STOP, "Target.closeTarget", SET])
async def test_a_stop_that_is_not_answered_ends(tmp_path: Path, method: str) -> None:
    """Of many contexts as soon as of one."""
    stopped = math.inf

    def prepare(scripted: ScriptedBrowser) -> None:
        scripted.contexts += [f"CONTEXT-{number}" for number in range(20)]

    async with open_taken(tmp_path / "events.db", prepare, stop_recording=True) as taken:
        session = taken.recorder.observers[0].session
        assert session is not None
        received = session.received
        for number in range(100):
            await taken.scripted.emit(recent(number))
        while session.received < received + 100:  # What has not arrived by then is left to the next recording.
            await trio.lowlevel.checkpoint()
        set_limit(taken.browser, LIMIT)
        taken.scripted.answers[method] = SILENCE
        stopped = trio.current_time()
    assert trio.current_time() - stopped < LIMIT * 2 + 7
    assert stored_tags(tmp_path / "events.db") == tags(range(100))


async def test_a_stop_without_any_target_ends(tmp_path: Path) -> None:
    async with open_taken(tmp_path / "events.db") as taken:
        taken.scripted.answers["Target.createTarget"] = SILENCE
        asked = len(taken.scripted.received("Target.createTarget"))
        await taken.scripted.remove_target(taken.session().target.target_id)
        await taken.scripted.wait_received("Target.createTarget", asked + 1)
        set_limit(taken.browser, LIMIT)  # Of leave-taking: that of the call is its own.
        stopped = trio.current_time()
    assert trio.current_time() - stopped < LIMIT + 10


async def test_a_browser_that_takes_no_commands_is_given_up() -> None:
    """It does not read, so that nothing more goes into its socket."""

    async def stall(_: Json) -> Json:
        await trio.sleep_forever()

    async def send_for_ever(browser: Browser) -> None:
        while True:
            await browser.root.send(command("Some.method", text="x" * (1 << 19)), limit=math.inf)

    with trio.fail_after(DEADLINE):
        async with open_scripted_browser() as scripted, open_browser(scripted.url) as browser:
            scripted.answers["Some.method"] = stall
            set_limit(browser, LIMIT)
            with pytest.raises(NoAnswerError, match=r"took no command for 0\.5 s"):
                await send_for_ever(browser)
            await browser.wait_lost()


# It cuts the connection.


def frame(data: bytes) -> bytes:
    """A text frame, as Chromium sends it."""
    if len(data) < 126:
        return bytes([0x81, len(data)]) + data
    if len(data) < 1 << 16:
        return b"\x81\x7e" + len(data).to_bytes(2) + data
    return b"\x81\x7f" + len(data).to_bytes(8) + data


def reported(event: Json, session: str) -> bytes:
    params = {"backgroundServiceEvent": event}
    return msgspec.json.encode({"method": EVENT, "params": params, "sessionId": session})


@pytest.mark.parametrize("length", [0, 1, 5, 10, 100, -1])
async def test_a_connection_that_is_cut_in_the_middle_of_a_frame_has_lost_nothing(tmp_path: Path, length: int) -> None:
    path = tmp_path / "events.db"
    async with open_scripted_browser() as scripted:
        async with open_taken(path, scripted=scripted) as taken:
            for number in range(50):
                await scripted.emit(recent(number))
            scripted.events.append(recent(50))
            await scripted.send_bytes(frame(reported(recent(50), taken.session().session_id))[:length])
            await scripted.hang_up()
            with trio.fail_after(AT_ONCE):
                await taken.browser.wait_lost()
            assert "closed the connection" in str(taken.browser.connection.reason)
        assert stored_tags(path) == tags(range(50))
        async with open_taken(path, scripted=scripted) as again:
            assert (again.recorder.statistics.known, again.recorder.statistics.stored) == (50, 1)
    assert stored_tags(path) == tags(range(51))


# It sends much.


@pytest.mark.parametrize("size", [500_000, 5_000_000])
async def test_a_large_message_is_one_like_any_other(tmp_path: Path, size: int) -> None:
    content = "ä" * (size // 2)
    async with open_taken(tmp_path / "events.db") as taken:
        await taken.scripted.emit(recent(0, eventMetadata=[{"key": "Payload", "value": content}]))
        await taken.scripted.emit(recent(1))
        assert await taken.wait_stored(2) == tags([0, 1])
        [large, _] = [event async for event in taken.store.events()]
    assert large.metadata == {"Payload": content}


# It talks nonsense.

NONSENSE: dict[str, tuple[bytes, int]] = {
    "text": (frame(b"Hello?"), 1),
    "nothing": (frame(b""), 1),
    "other JSON": (frame(b'[{"id": 1}]'), 1),
    "deep JSON": (frame(b"[" * 100_000), 1),
    "half a message": (frame(b'{"method": "Target.targetCr'), 1),
    "numbers beyond all bounds": (frame(b'{"id": 1e999}'), 1),
    "binary": (b"\x82\x05\x00\xff\xfe\x00\x01", 1),
    "text that is not Unicode": (frame(b'{"method": "A.b", "params": {"x": "\xff\xfe \\ud800"}}'), 0),
    "an unknown method": (frame(b'{"method": "Tomorrow.invented"}'), 0),
    "an unknown session": (frame(b'{"method": "A.b", "sessionId": "unknown"}'), 1),
    "a reply to nothing": (frame(b'{"id": 987654, "result": {}}'), 1),
    "a reply to nothing, below zero": (frame(b'{"id": -1, "error": {"code": 1}}'), 1),
    "an event of an unknown session": (frame(reported(recent(99), "unknown")), 1),
    "pieces": (b"\x01\x03{" + b'"x' + b"\x80\x05" + b'": 1}', 1),
    "a ping in the middle of pieces": (b"\x01\x02{}" + b"\x89\x02hi" + b"\x80\x00", 1),
    "pings and pongs": (b"\x89\x02hi\x8a\x00\x89\x00" * 100, 0),
}


@pytest.mark.parametrize("name", NONSENSE)
async def test_nonsense_is_counted_and_the_rest_is_recorded(tmp_path: Path, name: str) -> None:
    data, count = NONSENSE[name]
    async with open_taken(tmp_path / "events.db") as taken:
        await taken.scripted.emit(recent(0))
        for number in range(1, 4):
            await taken.scripted.send_bytes(data)
            await taken.scripted.emit(recent(number))
        assert await taken.wait_stored(4) == tags(range(4))
    assert taken.recorder.statistics.not_understood == 3 * count


LETHAL: dict[str, bytes] = {
    "a frame with a mask": b"\x81\x82\x00\x00\x00\x00{}",
    "a kind of frame that there is not": b"\x83\x02{}",
    "a compressed frame": b"\xc1\x02{}",
    "an end without a beginning": b"\x80\x02{}",
    "a beginning in the middle": b"\x01\x01{\x81\x02{}",
    "a ping of a gigabyte": b"\x89\x7f" + (1 << 30).to_bytes(8),
    "a message of an exabyte": b"\x81\x7f" + (1 << 60).to_bytes(8),
    "a message of a negative length": b"\x81\x7f" + (1 << 63).to_bytes(8),
    "binary, then text that is not Unicode": b"\x82\x00" + b"\x81\x02\xff\xfe",
    "HTTP": b"HTTP/1.1 400 Bad Request\r\n\r\n",
    "zeroes": bytes(1000),
}


@pytest.mark.parametrize("name", LETHAL)
async def test_invalid_websocket_frames_end_the_connection_and_nothing_is_lost(tmp_path: Path, name: str) -> None:
    path = tmp_path / "events.db"
    async with open_scripted_browser() as scripted:
        async with open_taken(path, scripted=scripted) as taken:
            await scripted.emit(recent(0))
            await scripted.send_bytes(LETHAL[name])
            with trio.fail_after(AT_ONCE):
                await taken.browser.wait_lost()
            assert isinstance(taken.browser.connection.reason, BrowserLostError)
            scripted.events.append(recent(1))
        assert stored_tags(path) == tags([0])
        async with open_taken(path, scripted=scripted):
            pass
    assert stored_tags(path) == tags([0, 1])


def test_a_ping_of_any_length_is_not_waited_for() -> None:
    """Else it would be kept until its end, which may be never."""
    splitter = FrameSplitter(1 << 20)
    assert splitter.split(b"\x89\x7e\x00\x7e" + bytes(10)) == ([], b"\x89\x7e\x00\x7e" + bytes(10))
    assert splitter.buffer == b""


async def test_events_that_come_behind_the_reply_are_stored_too(tmp_path: Path) -> None:
    """Chromium sends them before it; not every server of the protocol does."""

    def prepare(scripted: ScriptedBrowser) -> None:
        async def answer_first(params: Json) -> Json:
            [session] = scripted.sessions.values()
            session.observing.add(params["service"])

            async def replay() -> None:
                for number in range(20):
                    await scripted.tell_event(recent(number), session.session_id)

            if params["service"] == SYNC:
                scripted.after_reply.append(replay)
            return {}

        scripted.answers[START] = answer_first

    async with open_taken(tmp_path / "events.db", prepare) as taken:
        assert await taken.wait_stored(20) == tags(range(20))


async def test_everything_is_sent_twice(tmp_path: Path) -> None:
    """Each message, replies too; a session's first ones before the reply that it exists."""

    async def send_twice(data: str | bytes) -> None:
        for _ in range(2):
            await send_raw(data)

    async with open_scripted_browser() as scripted:
        send_raw = scripted.send_raw
        scripted.send_raw = send_twice  # type: ignore[method-assign]
        async with open_taken(tmp_path / "events.db", scripted=scripted) as taken:
            for number in range(20):
                await scripted.emit(recent(number))
            await taken.wait_stored(20)
        assert stored_tags(tmp_path / "events.db") == tags(range(20))
        assert taken.recorder.statistics.not_understood == 0


# It refuses.


def refuse_everything(scripted: ScriptedBrowser) -> None:
    scripted.answers.update(dict.fromkeys(EVERYTHING, Refusal(-32000, "Not today")))


async def test_a_browser_that_refuses_every_command_is_an_error(tmp_path: Path) -> None:
    async with open_scripted_browser() as scripted:
        refuse_everything(scripted)
        with trio.fail_after(DEADLINE), pytest.raises(BrowserError, match="Not today"):
            async with open_browser(scripted.url):
                raise AssertionError("it was opened")
    with pytest.raises(BrowserError, match="Not today") as caught:
        async with open_taken(tmp_path / "events.db", refuse_everything):
            raise AssertionError("it was recorded")
    assert caught.value.remedy


async def test_a_browser_that_refuses_everything_for_a_while_is_observed_again_after_it(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with open_taken(tmp_path / "events.db") as taken:
        refuse_everything(taken.scripted)
        asked = len(taken.scripted.received("Target.createTarget"))
        await taken.scripted.remove_target(taken.session().target.target_id)
        await taken.scripted.wait_received("Target.createTarget", asked + 4)
        taken.scripted.answers.clear()
        taken.scripted.events.append(recent(0))
        assert await taken.wait_stored(1) == tags([0])
    assert len([record for record in caplog.records if "observing it again" in record.message]) == 1


async def test_a_default_context_that_is_not_there_any_more_is_the_end(tmp_path: Path) -> None:
    """Silence would look as if nothing happened."""
    async with open_taken(tmp_path / "events.db") as taken:
        taken.scripted.answers["Target.createTarget"] = Refusal(-32000, "Failed to find browser context with id X")
        for target_id in list(taken.scripted.targets):  # Its page, too: what else could it be observed from?
            await taken.scripted.remove_target(target_id)
        with trio.fail_after(AT_ONCE):
            await taken.browser.wait_lost()
        assert "default context cannot be observed any more" in str(taken.browser.connection.reason)


# Its replay has no end.


def replay_for_ever(scripted: ScriptedBrowser) -> None:
    """Of one service; every command behind it waits."""

    async def replay(params: Json) -> Json:
        [session] = scripted.sessions
        while scripted.websocket is not None and not scripted.websocket.closed:
            known = len(scripted.events)
            scripted.events += [recent(number) for number in range(known, known + 100)]
            await scripted.send_bytes(b"".join(frame(reported(event, session)) for event in scripted.events[known:]))
            scripted.changed.set()
            scripted.changed = trio.Event()
        return {}

    scripted.answers[START] = replay


async def test_what_came_of_an_endless_replay_is_in_the_store_when_it_is_cancelled(tmp_path: Path) -> None:
    path = tmp_path / "events.db"
    async with open_scripted_browser() as scripted:
        cancelled, statistics = math.inf, Statistics()
        with trio.fail_after(DEADLINE), trio.CancelScope() as scope:
            async with open_store(path) as store, open_browser(scripted.url) as browser:
                replay_for_ever(scripted)
                async with trio.open_nursery() as nursery:

                    async def stop_at(count: int) -> None:
                        nonlocal cancelled
                        while statistics.stored < count:
                            await look_again()
                        cancelled = trio.current_time()
                        scope.cancel()

                    nursery.start_soon(stop_at, 12_000)
                    async with open_recorder(browser, store, services=(SYNC,), statistics=statistics):
                        raise AssertionError("it came to an end")
        assert scope.cancelled_caught
        assert trio.current_time() - cancelled < 20, "it is 3 on an idle machine"
        found = stored_tags(path)
        assert len(found) > 12_000
        assert found == tags(range(len(found))), "without a hole"
        assert len(found) == statistics.received, "all that was received"
        scripted.answers.clear()
        async with open_taken(path, scripted=scripted) as again:
            assert again.recorder.statistics.known == len(found)
        assert stored_tags(path) == tags(range(len(scripted.events)))


async def test_a_recorder_in_the_middle_of_an_endless_replay_stops(tmp_path: Path) -> None:
    """That of a target which took the place of another one."""
    path = tmp_path / "events.db"
    async with open_scripted_browser() as scripted:
        async with open_taken(path, scripted=scripted) as taken:
            replay_for_ever(scripted)
            await scripted.remove_target(taken.session().target.target_id)
            await taken.wait_stored(100)
            stopped = trio.current_time()
        assert trio.current_time() - stopped < 20, "it is 3 on an idle machine"
        found = stored_tags(path)
        assert found == tags(range(len(found)))
        assert taken.recorder.statistics.received == len(found)
