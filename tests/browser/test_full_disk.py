"""The store fails in the middle of more events than may wait for it: the end comes soon, and is said."""

import math
import resource
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import trio

from cdp_bgservices.browser.opening import open_browser
from cdp_bgservices.errors import StoreError
from cdp_bgservices.recorder import open_recorder
from cdp_bgservices.store import open_store
from cdp_bgservices.store.trio_store import Store
from tests.browser.recording import SYNC, open_taken, recent, stored_tags, tags
from tests.browser.test_bad_wire import START, frame, replay_for_ever, reported
from tests.cli.running import open_command
from tests.scripted import DEFAULT, SILENCE, Json, ScriptedBrowser, open_scripted_browser

DEADLINE = 60
SOON = 6.0
"""Seconds from the first event to the end, on a machine that has other things to do; 3 are promised."""
ATTEMPTS = 3
"""At most: other work on this machine may hold one up."""
COUNT = 30_000
"""Events: three times as many as may wait for the store."""
EVENTS = [recent(number) for number in range(COUNT)]


async def fill(store: Store) -> None:
    """The file cannot grow but for a little: SQLite says what it says on a full disk."""
    # By the connection that the recorder writes by.
    await store.write(
        lambda engine: engine.connection.execute("PRAGMA max_page_count = 100")  # type: ignore[attr-defined]
    )


async def burst(scripted: ScriptedBrowser) -> None:
    """Everything happens at once."""
    while not (observers := scripted.observers(DEFAULT, SYNC)):
        await scripted.changed.wait()
    scripted.events = EVENTS
    for start in range(0, COUNT, 100):
        frames = [frame(reported(event, observers[0].session_id)) for event in EVENTS[start : start + 100]]
        await scripted.send_bytes(b"".join(frames))


def replay(scripted: ScriptedBrowser) -> None:
    """Everything has happened already."""

    async def answer(params: Json) -> Json:
        del scripted.answers[START]
        [session] = scripted.sessions.values()
        session.observing.add(params["service"])
        await burst(scripted)
        return {}

    scripted.answers[START] = answer


@asynccontextmanager
async def open_acting(when: str) -> AsyncIterator[ScriptedBrowser]:
    """One that has everything in its log, or to which everything happens as soon as it is observed."""
    async with open_scripted_browser() as scripted, trio.open_nursery() as nursery:
        if when == "replay":
            replay(scripted)
        else:
            nursery.start_soon(burst, scripted)
        yield scripted
        nursery.cancel_scope.cancel()


def are_more(took: list[float], most: float = SOON) -> bool:
    return not took or (min(took) >= most and len(took) < ATTEMPTS)


async def check_recorded_again(path: Path, scripted: ScriptedBrowser, source: str | None = None) -> None:
    """There is room again: every event is there, once."""
    assert len(stored_tags(path)) < COUNT
    scripted.answers.clear()
    async with open_taken(path, scripted=scripted, source=source):
        pass
    assert stored_tags(path) == tags(range(COUNT))


@pytest.mark.slow
@pytest.mark.parametrize("silent", [(), ("BackgroundService.stopObserving", "Target.closeTarget")])
@pytest.mark.parametrize("when", ["replay", "burst"])
async def test_a_store_that_fails_ends_the_recording_soon(tmp_path: Path, when: str, silent: tuple[str, ...]) -> None:
    async def record(path: Path, scripted: ScriptedBrowser) -> None:
        async with open_store(path) as store, open_browser(scripted.url) as browser:
            await fill(store)
            async with open_recorder(browser, store, services=(SYNC,)):
                await trio.sleep_forever()

    took = list[float]()
    with trio.fail_after(DEADLINE):
        while are_more(took):
            path, began = tmp_path / f"{len(took)}.db", trio.current_time()
            async with open_acting(when) as scripted:
                scripted.answers |= dict.fromkeys(silent, SILENCE)
                with pytest.raises(StoreError, match="the disk is full") as caught:
                    await record(path, scripted)
                took.append(trio.current_time() - began)
                assert "Free some space" in caught.value.remedy
                await check_recorded_again(path, scripted)
    print(f"{when}: it ended {[round(each, 1) for each in took]} s after the first event")
    assert min(took) < SOON


async def test_a_store_that_fails_in_an_endless_replay_ends_the_recording_soon(tmp_path: Path) -> None:
    """That of a target which took the place of another one; the browser answers nothing behind it."""
    began = math.inf

    async def record(path: Path, scripted: ScriptedBrowser) -> None:
        nonlocal began
        async with open_store(path) as store, open_browser(scripted.url) as browser:
            await fill(store)
            async with open_recorder(browser, store, services=(SYNC,)):
                replay_for_ever(scripted)
                [session] = scripted.sessions.values()
                began = trio.current_time()
                await scripted.remove_target(session.target.target_id)
                await trio.sleep_forever()

    took = list[float]()
    with trio.fail_after(DEADLINE):
        while are_more(took):
            async with open_scripted_browser() as scripted:
                with pytest.raises(StoreError, match="the disk is full"):
                    await record(tmp_path / f"{len(took)}.db", scripted)
                took.append(trio.current_time() - began)
    assert min(took) < SOON


@pytest.mark.slow
@pytest.mark.parametrize("when", ["replay", "burst"])
async def test_record_on_a_full_disk_is_status_4_and_one_clear_line(tmp_path: Path, when: str) -> None:
    """No file of it may grow beyond a megabyte; the next one's may."""
    took = list[float]()
    with trio.fail_after(DEADLINE):
        while are_more(took, SOON + 2):
            path, began = tmp_path / f"{len(took)}.db", trio.current_time()
            async with open_acting(when) as scripted:
                arguments = ("record", "--attach", scripted.url, "--source", "it", "--service", SYNC)
                async with open_command(path, *arguments) as command:
                    hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
                    resource.prlimit(command.process.pid, resource.RLIMIT_FSIZE, (1 << 20, hard))
                    result = await command.wait()
                took.append(trio.current_time() - began)
                assert result.status == 4, result.err
                *before, error, remedy = result.err.splitlines()
                assert error.startswith(f"error: The store {path}"), result.err
                assert "disk" in remedy
                assert not [line for line in before if "error" in line]
                found = stored_tags(path)
                assert found == tags(range(len(found)))
                await check_recorded_again(path, scripted, "it")
    print(f"record, {when}: it ended {[round(each, 1) for each in took]} s after it was started")
    assert min(took) < SOON + 2
