"""The commands, with a shared store in a real PostgreSQL."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import trio

from cdp_bgservices.store import open_engine
from tests.capture.test_metrics import address_of, scrape
from tests.cli.running import open_command, run
from tests.making import event, events
from tests.scripted import ScriptedBrowser, open_scripted_browser, wire_event
from tests.shipping.postgresql.conftest import CrashingServer
from tests.waiting import look_again

DEADLINE = 60
READY = "recording 1 browser context"


@pytest.fixture(autouse=True)
def data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where spools are without --spool."""
    folder = tmp_path / "data"
    monkeypatch.setenv("XDG_DATA_HOME", str(folder))
    return folder / "cdp-bgservices"


async def emit(scripted: ScriptedBrowser, number: int) -> str:
    """As many events; the last one's instance."""
    for each in range(number):
        event = wire_event(each, timestamp=time.time())
        await scripted.emit(event)
    return str(event["instanceId"])


async def status_of(server: CrashingServer) -> dict[str, Any]:
    result = await run(Path(), "status", "--store", server.store, "--format", "json")
    assert result.status == 0, result.err
    answer: dict[str, Any] = json.loads(result.out)
    return answer


async def test_a_recording_into_a_shared_store(server: CrashingServer, data_folder: Path) -> None:
    with trio.fail_after(DEADLINE):
        async with open_scripted_browser() as scripted:
            store = ("--store", server.store)
            async with open_command(
                Path(), "record", "--attach", scripted.url, *store, "--metrics-port", "0"
            ) as command:
                address = await address_of(command)
                await command.wait_said(READY)
                await emit(scripted, 3)
                samples = await scrape(address)
                while samples["cdp_bgservices_events_shipped_total", ""] < 3:
                    await look_again()  # They are over there before that is known here.
                    samples = await scrape(address)
                answer = await status_of(server)
                # The place is noted every second, and the recorder's own word comes after its events.
                while answer["spool"]["waiting"] or not answer["recorders"]:
                    answer = await status_of(server)
                result = await command.stop(signal.SIGINT)
    assert result.status == 0, result.err
    assert f"into {server.folder}/template" in result.err
    assert samples["cdp_bgservices_events_shipped_total", ""] == 3
    assert samples["cdp_bgservices_events_to_ship", ""] == 0
    assert ("cdp_bgservices_shipping_failed_timestamp_seconds", "") not in samples
    (spool,) = data_folder.glob("spool-*.db")  # noqa: ASYNC240
    assert answer["spool"]["spool"] == str(spool)
    assert len(answer["recorders"]) == 1
    shown = await run(Path(), "events", *store, "--format", "jsonl")
    assert len(shown.events) == 3
    with open_engine(server.store) as there, open_engine(spool) as here:
        assert there.coverage() == here.coverage() != []
        assert there.runs() == here.runs() != []


async def test_a_server_that_is_away_stops_no_recording(server: CrashingServer, tmp_path: Path) -> None:
    spool = tmp_path / "my spool.db"
    options = ("--store", server.store, "--spool", str(spool))
    server.stop()
    with trio.fail_after(DEADLINE):
        async with (
            open_scripted_browser() as scripted,
            open_command(Path(), "record", "--attach", scripted.url, *options) as command,
        ):
            await command.wait_said(READY)
            await command.wait_said(await emit(scripted, 3), "out")
            command.process.send_signal(signal.SIGINT)
            await command.wait_said("stored 3 events")
            result = await command.stop(signal.SIGINT)  # It is not waited for any longer.
        assert f"warning: 3 events are in {spool} and not in {server.folder}/template yet: " in result.err
        status = await run(Path(), "status", "--store", str(spool))
        assert "3 events, since 2" in status.out
        assert "cannot be reached" in status.out
        failed = await run(Path(), "ship", str(spool), "--store", server.store)
        assert failed.status == 4
        assert "cannot be reached" in failed.err
        server.start()
        sent = await run(Path(), "ship", str(spool), "--store", server.store)
    assert sent.status == 0, sent.err
    assert sent.err.endswith(f"sent 3 events to {server.folder}/template: 3 new, 0 known, 0 too old, 0 set aside\n")
    assert len(server.ids()) == 3


async def test_any_store_can_be_sent(server: CrashingServer, tmp_path: Path) -> None:
    old = tmp_path / "events.db"
    now = int(time.time()) * 1_000_000
    with open_engine(old) as engine:
        engine.add([event(number, timestamp=now - number) for number in range(50)])
    first = await run(Path(), "ship", str(old), "--store", server.store)
    again = await run(Path(), "ship", str(old), "--store", server.store)
    assert (first.status, again.status) == (0, 0), first.err
    assert "sent 50 events to" in first.err
    assert ": 0 new, 50 known, 0 too old, 0 set aside" in again.err, "a failover may have forgotten them"
    assert len(server.ids()) == 50


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["ship", "--store", "URL"], 4, "This machine has no spool of "),
        (["ship", "--store", "events.db"], 2, "events.db is a file: it has no spool"),
        (["ship", "URL", "--store", "URL"], 2, "cannot be a spool"),
        (["ship", "events.db", "--store", "events.db"], 2, "cannot be sent to itself"),
        (["ship", "none.db", "--store", "URL"], 4, "No store at "),
        (["record", "--store", "events.db", "--spool", "spool.db"], 2, "--spool is for a shared store, and "),
        (["record", "--store", "postgresql://db", "--spool", "postgresql://db"], 2, "cannot be a spool"),
        (["record", "--store", "URL", "--output", "s.db", "--spool", "s.db"], 2, "--output and the spool are the same"),
    ],
)
async def test_what_can_never_work_is_said_in_one_line(
    server: CrashingServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    status: int,
    said: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    with open_engine(tmp_path / "events.db") as engine:
        engine.add(events(1))
    result = await run(Path(), *(server.store if word == "URL" else word for word in arguments))
    assert result.status == status, result.err
    assert said in result.err
    assert len(result.err.splitlines()) == 2, result.err


async def test_a_spool_that_a_recorder_ships_is_left_to_it(server: CrashingServer, tmp_path: Path) -> None:
    spool = tmp_path / "spool.db"
    with trio.fail_after(DEADLINE):
        async with open_scripted_browser() as scripted:
            options = ("--store", server.store, "--spool", str(spool))
            async with open_command(Path(), "record", "--attach", scripted.url, *options) as command:
                await command.wait_said(READY)
                result = await run(Path(), "ship", str(spool), "--store", server.store)
                assert result.status == 4
                assert f"A recorder is at work on {spool}" in result.err
                # A second recorder on the same spool records, too, and its events are sent by the first.
                async with open_command(Path(), "record", "--attach", scripted.url, *options) as second:
                    await second.wait_said(READY)
                    await emit(scripted, 2)
                    ended = await second.stop(signal.SIGINT)
                    assert ended.status == 0, ended.err
                assert len(server.ids()) == 2
                command.process.kill()
                await command.wait()
            # The system has let go of the lock.
            result = await run(Path(), "ship", str(spool), "--store", server.store)
            assert result.status == 0, result.err


def test_without_psycopg_nothing_is_recorded(tmp_path: Path) -> None:
    without = "import sys; sys.modules['psycopg'] = None"
    program = f"{without}; from cdp_bgservices.cli.running import run; sys.exit(run(sys.argv[1:]))"
    arguments = ["record", "--attach", "9222", "--store", "postgresql://db.example/events"]
    done = subprocess.run([sys.executable, "-c", program, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 4
    assert "error: A shared store needs psycopg" in done.stderr
    assert "pip install 'cdp-bgservices[postgresql]'" in done.stderr
