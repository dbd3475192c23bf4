"""record --health and sd_notify: what others see of a recorder that runs for weeks."""

import json
import os
import signal
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
import trio

from cdp_bgservices.capture.health import STALE, Health, Listening, State, is_health, parse_health, trouble
from cdp_bgservices.capture.health_outlets import HealthPort
from cdp_bgservices.capture.service_manager import find_service_manager
from cdp_bgservices.cli.running import run as run_here
from tests.browser.peers import free_port
from tests.cli.running import open_command, run
from tests.scripted import open_scripted_browser, wire_event
from tests.waiting import look_again

DEADLINE = 60
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
HEALTH = Health(
    state=State.RECORDING,
    since=NOW,
    beat=NOW,
    browser="Chrome/156",
    place="9222",
    sources=("kiosk",),
    store="events.db",
    stored=3,
    last_commit=NOW,
    lag=None,
    started=NOW,
    host="here",
    pid=7,
    version="0",
)


def attach_to(port: int) -> str:
    """Where a scripted browser is, once it is there."""
    return f"ws://127.0.0.1:{port}/devtools/browser/scripted"


async def wait_state(file: Path, state: State) -> Health:
    """Until a recorder writes that it is in this state."""
    while True:
        with suppress(FileNotFoundError):
            found = msgspec.json.decode(await trio.Path(file).read_bytes(), type=Health)
            if found.state is state:
                return found
        await look_again()


async def test_a_file_says_waiting_then_recording_then_waiting(tmp_path: Path) -> None:
    port, file = free_port(), tmp_path / "health"
    arguments = (
        "record",
        "--wait",
        "--attach",
        attach_to(port),
        "--health",
        str(file),
        "--source",
        "kiosk",
    )
    with trio.fail_after(DEADLINE):
        async with open_command(tmp_path / "events.db", *arguments) as command:
            waiting = await wait_state(file, State.WAITING)
            assert waiting.browser is None
            assert waiting.last_commit is None
            assert run_here(["status", "--health", str(file)]) == 0
            async with open_scripted_browser(port=port) as scripted:
                recording = await wait_state(file, State.RECORDING)
                assert recording.since >= waiting.since
                assert (recording.sources, recording.stored) == (("kiosk",), 0)
                assert recording.store == str(tmp_path / "events.db")
                session = scripted.observers("DEFAULT", "backgroundSync")[0]
                event = wire_event(timestamp=datetime.now(UTC).timestamp())
                await scripted.tell_event(event, session.session_id)
                await command.wait_said(event["instanceId"], "out")
            again = await wait_state(file, State.WAITING)
            assert again.since > recording.since
            assert again.stored == 1
            assert again.last_commit is not None
            await command.wait_said("went away: waiting for it")  # It is said once the connection is closed.
            result = await command.stop(signal.SIGTERM)
    assert result.status == 0
    assert result.err.count("waiting for it") == 2
    assert [name for name in os.listdir(tmp_path) if "health" in name] == [], "what has ended is not well"


async def test_a_port_answers_also_when_the_recorder_is_stuck(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    port = str(free_port())
    arguments = ("record", "--wait", "--attach", str(free_port()), "--health", port)
    with trio.fail_after(DEADLINE):
        async with open_command(tmp_path / "events.db", *arguments) as command:
            await command.wait_said(f"health at http://127.0.0.1:{port}/health\n")
            await command.wait_said("waiting for it")
            while await trio.to_thread.run_sync(run_here, ["status", "--health", port]):
                await look_again()
            capsys.readouterr()
            assert run_here(["status", "--health", f"127.0.0.1:{port}", "--format", "json"]) == 0
            found = json.loads(capsys.readouterr().out)
            assert (found["healthy"], found["state"], found["trouble"]) == (True, "waiting", "")
            await command.stop(signal.SIGTERM)
    assert run_here(["status", "--health", port]) == 1
    assert capsys.readouterr().err.startswith(f"error: no recorder answers at 127.0.0.1:{port} (Connection refused)\n")


async def test_one_port_for_metrics_and_health(tmp_path: Path) -> None:
    port = str(free_port())
    arguments = ("record", "--wait", "--attach", str(free_port()), "--health", port, "--metrics-port", port)
    with trio.fail_after(DEADLINE):
        async with open_command(tmp_path / "events.db", *arguments) as command:
            await command.wait_said(f"metrics at http://127.0.0.1:{port}/metrics\n")
            await command.wait_said("waiting for it")
            while await trio.to_thread.run_sync(run_here, ["status", "--health", port]):
                await look_again()


def test_what_is_stuck_or_was_killed_is_not_well(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    moment = timedelta(seconds=1)
    assert trouble(HEALTH, STALE) == ""
    assert "no sign of life since 2026-11-21 12:00:00 UTC" in trouble(HEALTH, STALE + moment)
    assert "no sign of life" in trouble(HEALTH, -STALE - moment), "the clock was set back"
    assert trouble(msgspec.structs.replace(HEALTH, problem="the store is locked"), moment) == "the store is locked"
    assert trouble(msgspec.structs.replace(HEALTH, state=State.STARTING), moment) == "the recorder is starting"
    file = tmp_path / "health"
    file.write_bytes(msgspec.json.encode(HEALTH))  # Days ago.
    assert run_here(["status", "--health", str(file)]) == 1
    out, err = capsys.readouterr()
    assert "recording Chrome/156 since 2026-11-21 12:00:00 UTC" in out
    assert err.splitlines()[0].startswith("error: the recorder (process 7 on here) is stuck or was killed: no sign of")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "no recorder writes "),
        ("", "is not the health of a recorder"),
        ("[1]", "is not the health of a recorder"),
    ],
)
def test_a_file_of_something_else(
    text: str | None, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if text is not None:
        (tmp_path / "health").write_text(text)
    assert run_here(["status", "--health", str(tmp_path / "health")]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert message in err
    assert len(err.splitlines()) == 2


def test_another_server_is_not_a_recorder(capsys: pytest.CaptureFixture[str]) -> None:
    from cdp_bgservices.site import serve_site

    with serve_site() as url:
        assert run_here(["status", "--health", url.rsplit(":", 1)[1].rstrip("/")]) == 1
    assert "is not a recorder" in capsys.readouterr().err


def test_a_recorder_or_a_browser_is_asked(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_here(["status", "--health", "9201", "--attach", "9222"]) == 2
    assert "leave one of them out" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("health", "message"),
    [
        ("no-such-folder/health", "cannot be written: No such file or directory"),
        (".", "--health: . is not a file"),
        ("/dev/null", "--health: /dev/null is not a file"),
        ("70000", "70000 is not a port"),
        (":9201", "Write 0.0.0.0:9201"),
        ("", "it is empty"),
        ("192.0.2.1:9201", "--health: nothing can listen at 192.0.2.1:9201"),
    ],
)
async def test_where_it_cannot_be_shown(health: str, message: str, tmp_path: Path) -> None:
    result = await run(tmp_path / "events.db", "record", "--wait", "--attach", "1", "--health", health)
    assert result.status == 2
    assert message in result.err
    assert len(result.err.splitlines()) == 2


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("9201", Listening("127.0.0.1", 9201)),
        ("0.0.0.0:9201", Listening("0.0.0.0", 9201)),
        ("[::]:9201", Listening("::", 9201)),
        ("./9201", Path("9201")),
        ("/run/recorder/health", Path("/run/recorder/health")),
        ("C:\\health:1", Path("C:\\health:1")),
    ],
)
def test_a_file_or_a_port(text: str, place: Path | Listening) -> None:
    assert parse_health(text) == place


async def test_what_is_not_a_health_is_not_replaced(tmp_path: Path) -> None:
    """It is replaced as a whole, and deleted at the end: a store would be lost."""
    store, other = tmp_path / "events.db", tmp_path / "notes.json"
    other.write_text('{"state": "of mind"}')
    for file, option, message in (
        (other, "--no-rearm", f"--health: {other} is there, and is not the health of a recorder"),
        (store, "--no-rearm", f"--health and the store are the same file: {store}"),
        (tmp_path / "new", f"--output={tmp_path / 'new'}", f"--health and --output are the same file: {tmp_path}"),
    ):
        result = await run(store, "record", "--wait", "--attach", "1", "--health", str(file), option)
        assert result.status == 2
        assert message in result.err
    assert other.read_text() == '{"state": "of mind"}'


def test_a_health_that_another_release_left_is_replaced() -> None:
    assert is_health(msgspec.json.encode(HEALTH))
    assert is_health(b'{"state":"idle","beat":"2025-01-01T00:00:00Z","pid":7,"new":1}')
    assert is_health(b""), "as mktemp makes it"
    assert not is_health(b"SQLite format 3\0\xff")


async def test_a_file_that_cannot_be_written_for_a_while_is_said_once(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    port, file = free_port(), folder / "health"
    arguments = (
        "record",
        "--wait",
        "--attach",
        attach_to(port),
        "--health",
        str(file),
    )
    with trio.fail_after(DEADLINE):
        async with open_command(tmp_path / "events.db", *arguments) as command:
            await wait_state(file, State.WAITING)
            away = folder.rename(tmp_path / "away")
            async with open_scripted_browser(port=port):
                await command.wait_said("cannot be written: No such file or directory. The recording goes on")
            away.rename(folder)
            await command.wait_said(f"{file} is written again")
            result = await command.stop(signal.SIGTERM)
    assert result.status == 0


class Manager:
    """Who listens at $NOTIFY_SOCKET."""

    def __init__(self, listener: trio.socket.SocketType) -> None:
        self.listener = listener
        self.heard: list[str] = []

    async def wait_heard_more(self) -> None:
        self.heard += (await self.listener.recv(1 << 16)).decode().splitlines()

    async def wait_heard(self, line: str) -> None:
        while line not in self.heard:
            await self.wait_heard_more()


@asynccontextmanager
async def open_manager(
    name: str, monkeypatch: pytest.MonkeyPatch, watchdog: str | None = None
) -> AsyncIterator[Manager]:
    with trio.socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        await listener.bind(f"\0{name[1:]}" if name.startswith("@") else name)
        monkeypatch.setenv("NOTIFY_SOCKET", name)
        if watchdog is not None:
            monkeypatch.setenv("WATCHDOG_USEC", watchdog)
        yield Manager(listener)


@pytest.mark.parametrize("is_abstract", [False, True])
async def test_a_service_is_ready_once_it_waits_or_records(
    is_abstract: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    port, name = free_port(), str(tmp_path / "notify")
    name = f"@{name}" if is_abstract else name
    arguments = ("record", "--wait", "--attach", attach_to(port))
    with trio.fail_after(DEADLINE):
        async with (
            open_manager(name, monkeypatch) as manager,
            open_command(tmp_path / "events.db", *arguments) as command,
        ):
            await manager.wait_heard("READY=1")
            assert any(line.startswith("STATUS=waiting for the browser (ws://127.0.0.1:") for line in manager.heard)
            async with open_scripted_browser(port=port):
                while not any(line.startswith("STATUS=recording ") for line in manager.heard):
                    await manager.wait_heard_more()
            assert "STOPPING=1" not in manager.heard
            command.process.send_signal(signal.SIGTERM)
            await manager.wait_heard("STOPPING=1")
            assert (await command.wait()).status == 0
    assert manager.heard.count("READY=1") == manager.heard.count("STOPPING=1") == 1
    assert "WATCHDOG=1" not in manager.heard


async def test_a_hangup_opens_the_output_again_and_does_not_stop_a_service(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a rotation of logs does it: by moving the file, or by cutting it."""
    output, moved = tmp_path / "events.jsonl", tmp_path / "events.jsonl.1"
    with trio.fail_after(DEADLINE):
        async with open_scripted_browser() as scripted, open_manager(str(tmp_path / "notify"), monkeypatch):
            arguments = ("record", "--attach", scripted.url, "--output", str(output))
            async with open_command(tmp_path / "events.db", *arguments) as command:
                await command.wait_said("recording 1 browser context")
                session = scripted.observers("DEFAULT", "backgroundSync")[0]

                async def act(file: Path, tag: str) -> None:
                    event = wire_event(timestamp=datetime.now(UTC).timestamp(), instanceId=tag)
                    await scripted.tell_event(event, session.session_id)
                    await command.wait_said(tag, "out")
                    while not await trio.Path(file).exists() or tag not in await trio.Path(file).read_text():
                        await look_again()

                await act(output, "first")
                os.rename(output, moved)
                command.process.send_signal(signal.SIGHUP)
                await command.wait_said(f"SIGHUP: the next event goes to {output}, opened again")
                await act(output, "second")
                os.truncate(output, 0)
                await act(output, "third")
                result = await command.stop(signal.SIGTERM)
    assert result.status == 0
    assert "first" in moved.read_text()
    assert "second" not in moved.read_text()
    (line,) = output.read_text().splitlines()
    assert json.loads(line)["instance_id"] == "third"


async def test_a_service_that_is_stopped_while_it_waits_has_done_its_work(tmp_path: Path) -> None:
    waiting = ("record", "--wait", "--attach", str(free_port()))
    for number, arguments, status in (
        (signal.SIGTERM, waiting, 0),
        (signal.SIGTERM, (*waiting, "--for", "9s"), 130),
        (signal.SIGINT, waiting, 130),
    ):
        with trio.fail_after(DEADLINE):
            async with open_command(tmp_path / "events.db", *arguments) as command:
                await command.wait_said("waiting for it")
                assert (await command.stop(number)).status == status


async def test_what_is_started_with_nohup_outlives_its_terminal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with trio.fail_after(DEADLINE):
            async with open_scripted_browser() as scripted:
                arguments = ("record", "--attach", scripted.url)
                async with open_command(tmp_path / "events.db", *arguments) as command:
                    await command.wait_said("recording 1 browser context")
                    command.process.send_signal(signal.SIGHUP)
                    session = scripted.observers("DEFAULT", "backgroundSync")[0]
                    event = wire_event(timestamp=datetime.now(UTC).timestamp())
                    await scripted.tell_event(event, session.session_id)
                    await command.wait_said(event["instanceId"], "out")
                    result = await command.stop(signal.SIGTERM)
    finally:
        signal.signal(signal.SIGHUP, before)
    assert result.status == 0
    assert "SIGHUP" not in result.err


async def test_the_watchdog_hears_of_the_loop_that_records(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    arguments = ("record", "--wait", "--attach", str(free_port()))
    with trio.fail_after(DEADLINE):
        async with (
            open_manager(str(tmp_path / "notify"), monkeypatch, watchdog="200000") as manager,
            open_command(tmp_path / "events.db", *arguments) as command,
        ):
            while manager.heard.count("WATCHDOG=1") < 5:
                await manager.wait_heard_more()
            await command.stop(signal.SIGTERM)


async def test_what_waits_for_a_shared_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file, shared = tmp_path / "health", f"postgresql://127.0.0.1:{free_port()}/events"
    with trio.fail_after(DEADLINE):
        async with (
            open_scripted_browser() as scripted,
            open_manager(str(tmp_path / "notify"), monkeypatch, watchdog="200000"),  # It is written often, then.
        ):
            arguments = ("record", "--attach", scripted.url, "--health", str(file), "--store", shared)
            async with open_command(tmp_path, *arguments, "--spool", str(tmp_path / "spool.db")) as command:
                while (lag := (await wait_state(file, State.RECORDING)).lag) is None or not lag.error:
                    await look_again()
                session = scripted.observers("DEFAULT", "backgroundSync")[0]
                await scripted.tell_event(wire_event(timestamp=datetime.now(UTC).timestamp()), session.session_id)
                while (lag := (await wait_state(file, State.RECORDING)).lag) is None or not lag.waiting:
                    await look_again()
                assert lag.waiting == 1
                assert lag.since is not None
                command.process.kill()


def test_a_port_says_that_the_loop_is_stuck() -> None:
    """Its threads go on."""
    port, statuses = HealthPort(), []
    port.health, port.shown = HEALTH, time.monotonic() - STALE.total_seconds() + 30
    for _ in range(2):
        (body,) = port.app({}, lambda status, headers: statuses.append(status))
        port.shown -= 31
    assert statuses == ["200 OK", "503 Service Unavailable"]
    assert "no sign of life" in json.loads(body)["trouble"]


async def test_what_is_not_ready_says_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with trio.fail_after(DEADLINE):
        async with open_manager(str(tmp_path / "notify"), monkeypatch) as manager:
            assert (await run(tmp_path / "events.db", "record", "--attach", "1")).status == 3
            await manager.wait_heard("STOPPING=1")
    assert "READY=1" not in manager.heard


async def test_a_service_manager_that_does_not_listen_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "none"))
    assert (await run(tmp_path / "events.db", "record", "--attach", "1")).status == 3


def test_what_a_recorder_starts_is_not_a_service(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("NOTIFY_SOCKET", "/run/notify"), ("WATCHDOG_USEC", "9000000"), ("WATCHDOG_PID", "1")):
        monkeypatch.setenv(name, value)
    manager = find_service_manager()
    assert manager is not None
    assert manager.every is None, "another process is watched"
    assert not {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"} & {*os.environ}
    assert find_service_manager() is None
    monkeypatch.setenv("NOTIFY_SOCKET", "vsock:2:1234")
    assert find_service_manager() is None
