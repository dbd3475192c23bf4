"""What the record command says, and its exit status, where a browser stalls, hangs up or talks nonsense."""

import signal
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
import trio

from tests.browser.peers import open_peer
from tests.browser.recording import recent, stored_tags, tags
from tests.browser.test_bad_wire import (
    EVENT,
    NONSENSE,
    START,
    STOP,
    refuse_everything,
    replay_for_ever,
    reported,
)
from tests.cli.running import Result, Running, open_command, run
from tests.scripted import SILENCE, ScriptedBrowser, open_scripted_browser

DEADLINE = 100
STALLS = 30.0
"""Seconds: the limit of every answer."""
SOON = 5.0
"""Seconds for everything beside that; a Python has to start."""
RECORDING = "recording 1 browser context"


async def attach(tmp_path: Path, scripted: ScriptedBrowser, *arguments: str) -> Result:
    """Record it until that ends by itself."""
    with trio.fail_after(DEADLINE):
        return await run(tmp_path / "events.db", "record", "--attach", scripted.url, *arguments)


def check_error(result: Result, said: str) -> None:
    """One line that says what is wrong, and one that says what to do about it, where something can be done."""
    assert result.status == 3, result.err
    lines = result.err.splitlines()
    assert len(lines) <= 2, result.err
    assert lines[0].startswith("error: ")
    assert said in lines[0]


@pytest.mark.slow
async def test_a_browser_that_stalls_at_the_start_is_status_3_within_the_limit(tmp_path: Path) -> None:
    """Wherever it does, all at once: it takes the limit."""
    results: dict[str, tuple[Result, float]] = {}

    async def note(name: str, record: Callable[[], Awaitable[Result]]) -> None:
        started = time.monotonic()
        result = await record()
        results[name] = result, time.monotonic() - started

    async def stall(method: str) -> Result:
        async with open_scripted_browser() as scripted:
            scripted.answers[method] = SILENCE
            return await run(tmp_path / f"{method}.db", "record", "--attach", scripted.url)

    async def take_and_say_nothing(scheme: str) -> Result:
        async with open_peer(None) as port:
            return await run(tmp_path / f"{scheme}.db", "record", "--attach", f"{scheme}://127.0.0.1:{port}")

    said = {
        "http": "did not answer within 10 s",
        "ws": "did not finish the handshake within 30 s",
        "Browser.getVersion": "did not answer within 30 s",
        "Target.createTarget": "the browser did not answer Target.createTarget within 30 s",
        "ServiceWorker.enable": "the browser did not answer ServiceWorker.enable within 30 s",
    }
    with trio.fail_after(DEADLINE):
        async with trio.open_nursery() as nursery:
            for name in said:
                ask = stall if "." in name else take_and_say_nothing
                nursery.start_soon(note, name, lambda ask=ask, name=name: ask(name))
    for name, text in said.items():
        result, seconds = results[name]
        check_error(result, text)
        assert seconds < STALLS + 2 * SOON


async def test_a_browser_that_refuses_every_command_is_status_3(tmp_path: Path) -> None:
    async with open_scripted_browser() as scripted:
        refuse_everything(scripted)
        check_error(await attach(tmp_path, scripted), "Not today")


async def test_nonsense_is_counted_in_what_is_said_at_the_end(tmp_path: Path) -> None:
    nonsense = {name: each for name, each in NONSENSE.items() if "Unicode" not in name}  # It ends what came in pieces.
    async with (
        open_scripted_browser() as scripted,
        open_command(tmp_path / "events.db", "record", "--attach", scripted.url) as command,
    ):
        with trio.fail_after(DEADLINE):
            await command.wait_said(RECORDING)
            await scripted.emit(recent(0))
            [session] = scripted.sessions
            for data in nonsense.values():
                await scripted.send_bytes(data[0])
            await scripted.notify(EVENT, {"backgroundServiceEvent": {"timestamp": "?"}}, session)
            await scripted.emit(recent(1))
            await command.wait_said("tag-1", "out")
            result = await command.stop(signal.SIGINT)
    assert result.status == 0, result.err
    count = sum(count for _, count in nonsense.values()) + 1
    assert f"stored 2 events in {tmp_path / 'events.db'} ({count} messages were not understood)" in result.err
    assert stored_tags(tmp_path / "events.db") == tags([0, 1])


async def wait_printed(command: Running, count: int) -> None:
    while command.out.count(b"\n") < count:
        await command.changed.wait()


async def test_a_connection_that_is_cut_again_and_again_is_taken_up_again(tmp_path: Path) -> None:
    """In the middle of a frame, each time; said once each time, and every event is there once."""
    async with (
        open_scripted_browser() as scripted,
        open_command(tmp_path / "events.db", "record", "--attach", scripted.url, "--source", "it") as command,
    ):
        # It has no HTTP endpoint to find its websocket by, as a real one that comes back elsewhere.
        with trio.fail_after(DEADLINE):
            await command.wait_said(RECORDING)
            for number in range(100):
                await scripted.emit(recent(number))
            await wait_printed(command, 100)
            [session] = scripted.sessions
            scripted.events.append(recent(100))
            await scripted.send_bytes(reported(scripted.events[-1], session)[:50])
            await scripted.hang_up()
            await command.wait_said("went away: waiting for it to come back")
            result = await command.stop(signal.SIGINT)
    assert result.status == 0, result.err
    assert result.err.count("went away") == 1
    assert stored_tags(tmp_path / "events.db") == tags(range(100))
    async with open_scripted_browser() as back:
        back.events = scripted.events
        result = await attach(tmp_path, back, "--source", "it", "--for", "100ms")
    assert result.status == 0, result.err
    assert "stored 1 events" in result.err
    assert "100 were there already" in result.err
    assert stored_tags(tmp_path / "events.db") == tags(range(101))


async def test_a_connection_that_is_cut_is_status_3_where_it_is_not_to_be_waited_for(tmp_path: Path) -> None:
    async with (
        open_scripted_browser() as scripted,
        open_command(tmp_path / "events.db", "record", "--attach", scripted.url, "--no-wait") as command,
    ):
        with trio.fail_after(DEADLINE):
            await command.wait_said(RECORDING)
            await scripted.emit(recent(0))
            await scripted.send_bytes(b"\x81")
            await scripted.hang_up()
            result = await command.wait()
    assert result.status == 3, result.err
    assert f"error: the browser at {scripted.url} went away" in result.err
    assert stored_tags(tmp_path / "events.db") == tags([0])


async def test_ctrl_c_does_not_wait_long_for_a_browser_that_does_not_answer(tmp_path: Path) -> None:
    async with (
        open_scripted_browser() as scripted,
        open_command(tmp_path / "events.db", "record", "--attach", scripted.url) as command,
    ):
        with trio.fail_after(DEADLINE):
            await command.wait_said(RECORDING)
            scripted.answers |= {STOP: SILENCE, "Target.closeTarget": SILENCE}
            await scripted.emit(recent(0))
            stopped = trio.current_time()
            result = await command.stop(signal.SIGINT)
    assert trio.current_time() - stopped < 10 + SOON
    assert result.status == 0, result.err
    assert stored_tags(tmp_path / "events.db") == tags([0])


def memory(pid: int) -> int:
    """Bytes of it that are in memory."""
    [line] = [line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmRSS")]
    return int(line.split()[1]) * 1024


@pytest.mark.slow
async def test_an_endless_replay_takes_bounded_memory_and_ends_at_ctrl_c(tmp_path: Path) -> None:
    path = tmp_path / "events.db"
    async with open_scripted_browser() as scripted:
        replay_for_ever(scripted)
        arguments = ("record", "--attach", scripted.url, "--service", "backgroundSync", "--source", "it")
        async with open_command(path, *arguments) as command:
            with trio.fail_after(DEADLINE):
                await wait_sent(scripted, 180_000)  # All that may wait, waits.
                early = memory(command.process.pid)
                await wait_sent(scripted, 360_000)
                late = memory(command.process.pid)
                stopped = trio.current_time()
                result = await command.stop(signal.SIGINT)
                took = trio.current_time() - stopped
    found = stored_tags(path)
    print(
        f"{len(found)} events stored; {early >> 20} MiB, then {late >> 20} MiB; it ended {took:.1f} s after the signal"
    )
    assert took < 2 * SOON
    assert late - early < 16 << 20, "after 180,000 events more"
    assert result.status == 130, result.err
    assert "Traceback" not in result.err
    assert len(found) >= 300_000, "which is many more than may wait for the store"
    assert found == tags(range(len(found))), "without a hole"
    assert START in [command.method for command in scripted.commands]


async def wait_sent(scripted: ScriptedBrowser, count: int) -> None:
    while len(scripted.events) < count:
        await scripted.changed.wait()
