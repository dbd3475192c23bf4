"""A browser that crashes again and again is not a line of the log each time."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
import trio
from trio.testing import MockClock

from cdp_bgservices import Capture, CaptureOptions, open_capture
from cdp_bgservices.browser.opening import open_browser
from cdp_bgservices.capture.crashes import SOON, Crashes
from cdp_bgservices.capture.health import Listening, State
from cdp_bgservices.capture.health_outlets import HealthFile
from cdp_bgservices.capture.lab import open_capture_lab
from cdp_bgservices.capture.pulse import Outlet
from cdp_bgservices.capture.reconnect import open_browsers
from cdp_bgservices.capture.run import Run
from cdp_bgservices.capture.service_manager import ServiceManager
from cdp_bgservices.capture.subject import CaptureSubject
from cdp_bgservices.cli.running import run as run_here
from cdp_bgservices.errors import BrowserError
from cdp_bgservices.notices import Notice
from cdp_bgservices.store import open_store
from cdp_bgservices.tasks import open_tasks
from tests.browser.peers import free_port
from tests.capture.test_health import open_manager, wait_state
from tests.scripted import Json
from tests.waiting import look_again

DEATH = BrowserError("the browser was killed by signal 11", "")


async def test_the_change_is_said_and_then_nothing_until_one_stays(mock_clock: MockClock) -> None:
    said: list[Notice] = []
    crashes = Crashes(said.append)
    assert crashes.loop is None
    began = datetime.now(UTC)
    for _ in range(1000):
        crashes.add(DEATH)
        mock_clock.jump(SOON / 2)
    assert crashes.are_many
    assert [(notice.event, notice.level) for notice in said] == [("restarting", "info"), ("restarting", "warning")]
    assert said[0] == "starting the browser again: the browser was killed by signal 11"
    assert "again and again" in said[1]
    assert "was killed by signal 11" in said[1]
    assert crashes.loop is not None
    assert crashes.loop.count == 1000
    assert began <= crashes.loop.since <= datetime.now(UTC)
    mock_clock.jump(SOON / 2)
    crashes.settle()
    assert crashes.loop is None
    crashes.add(DEATH)
    assert not crashes.are_many
    assert crashes.loop is None
    assert len(said) == 3


@pytest.mark.parametrize("pause", [SOON, SOON * 100])
async def test_a_crash_now_and_then_is_said_each_time(mock_clock: MockClock, pause: float) -> None:
    said: list[Notice] = []
    crashes = Crashes(said.append)
    for _ in range(3):
        crashes.add(DEATH)
        mock_clock.jump(pause)
        assert not crashes.are_many
    assert [notice.level for notice in said] == ["info"] * 3


DEADLINE = 60


async def crash(capture: Capture) -> None:
    """And wait until the next browser is recorded."""
    process = capture.browser.process
    assert process is not None
    process.process.kill()
    while capture.browser.process is process:
        await look_again()


async def asked(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """Exit status of ``status --health``, what it prints, and its error."""
    capsys.readouterr()
    status = await trio.to_thread.run_sync(run_here, ["status", "--health", *arguments])
    out, err = capsys.readouterr()
    return status, out, err


async def asked_port(capsys: pytest.CaptureFixture[str], port: int) -> Json:
    """What it answers, with the exit status."""
    status, out, _ = await asked(capsys, str(port), "--format", "json")
    return {**json.loads(out), "status": status}


@pytest.mark.browser
async def test_one_that_keeps_ending_is_not_well_until_it_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """In the file, at the port, in its JSON, and in the status that a service manager shows."""
    file, port, notify = tmp_path / "health", free_port(), str(tmp_path / "notify")
    options = CaptureOptions(store=tmp_path / "events.db", restart=True, health=Listening("127.0.0.1", port))
    outlets: list[Outlet] = [HealthFile(file, print), ServiceManager(notify, watchdog=None)]
    with trio.fail_after(DEADLINE):
        async with (
            open_manager(notify, monkeypatch) as manager,
            open_tasks() as tasks,
            open_capture(options, outlets=outlets) as capture,
        ):
            tasks.start_soon(manager.wait_heard, "STOPPING=1")
            await crash(capture)
            await wait_state(file, State.RECORDING)
            assert (await asked(capsys, str(file)))[0] == 0, "once is not a loop"
            await crash(capture)
            while (found := await wait_state(file, State.RECORDING)).crash_loop is None:
                await look_again()
            keeps_ending = f"the browser keeps ending: 2 times since {found.crash_loop.since:%Y-%m-%d %H:%M:%S} UTC"
            status, out, err = await asked(capsys, str(file))
            assert (status, err.splitlines()[0]) == (1, f"error: {keeps_ending}")
            assert "recording Chrome" in out
            while (answer := await asked_port(capsys, port))["healthy"]:  # It is shown there after the file is written.
                await look_again()
            assert (answer["status"], answer["trouble"]) == (1, keeps_ending)
            assert answer["crash_loop"]["count"] == 2
            while not any(line.startswith("STATUS=") and line.endswith(keeps_ending) for line in manager.heard):
                await look_again()
            monkeypatch.setattr("cdp_bgservices.capture.recording.SOON", 0.1)
            await crash(capture)
            while (await wait_state(file, State.RECORDING)).crash_loop is not None:
                await look_again()
            while not (answer := await asked_port(capsys, port))["healthy"]:
                await look_again()
            assert (answer["status"], answer["trouble"]) == (0, "")


@pytest.mark.browser
async def test_one_that_ends_before_it_is_recorded_counts_too(tmp_path: Path) -> None:
    options = CaptureOptions(restart=True)
    with trio.fail_after(DEADLINE):
        async with open_store(tmp_path / "events.db") as store, open_browser() as browser:
            run = Run(options, store, print)
            async with (
                open_capture_lab(options, print, CaptureSubject(run)) as lab,
                open_browsers(run, lab) as browsers,
            ):
                assert browser.process is not None
                browser.process.process.kill()
                await browser.wait_lost()
                for _ in range(2):
                    assert await browsers.is_awaited(browser, was_armed=False)
    assert run.crashes.loop is not None
    assert run.crashes.loop.count == 2
