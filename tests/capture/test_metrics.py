"""A recorder's counters: at its end, by status, and in Prometheus while it runs."""

import json
import re
import signal
import socket
import struct
import urllib.request
from pathlib import Path

import msgspec
import pytest
import trio
from prometheus_client.parser import text_string_to_metric_families

from cdp_bgservices.browser.firing import fire
from cdp_bgservices.browser.launch import Launch
from cdp_bgservices.browser.opening import open_browser
from cdp_bgservices.browser.triggers import push
from cdp_bgservices.capture.conclusion import counted
from cdp_bgservices.capture.metrics import COUNTERS
from cdp_bgservices.cli.running import run as run_here
from cdp_bgservices.statistics import Statistics
from cdp_bgservices.store import open_engine
from tests.acting import open_site
from tests.browser.peers import free_port
from tests.cli.running import Running, open_command, run
from tests.scripted import open_scripted_browser, wire_event
from tests.waiting import look_again

DEADLINE = 60
PAGE = Path(__file__).parents[2] / "docs" / "metrics.md"
SAMPLES = dict[tuple[str, str], float]


async def address_of(command: Running) -> str:
    await command.wait_said("/metrics\n")
    return next(word for word in command.err.decode().split() if word.endswith("/metrics"))


async def scrape(address: str) -> SAMPLES:
    """By name and service."""

    def get() -> str:
        with urllib.request.urlopen(address, timeout=10) as answer:
            assert answer.headers["Content-Type"].startswith("text/plain; version=")
            return str(answer.read().decode())

    families = text_string_to_metric_families(await trio.to_thread.run_sync(get))
    samples = [sample for family in families for sample in family.samples]
    found = {(sample.name, sample.labels.get("service", "")): sample.value for sample in samples}
    assert len(found) == len(samples)
    return found


@pytest.mark.browser
async def test_the_numbers_of_a_recording_while_it_goes_on(site: str, tmp_path: Path) -> None:
    profile, store = tmp_path / "profile", tmp_path / "events.db"
    with trio.fail_after(DEADLINE):
        async with open_browser(launch=Launch(profile=profile, port=0)) as browser:
            await open_site(browser, site)
            async with open_command(store, "record", "--attach", str(profile), "--metrics-port", "0") as command:
                address = await address_of(command)
                await command.wait_said("recording 1 browser context")
                await fire(browser, push("hello"))
                await command.wait_said("Push event completed", "out")
                samples = await scrape(address)
                while samples["cdp_bgservices_events_stored_total", ""] < 2:
                    await look_again()  # They are counted once they are stored, and may have been read by then.
                    samples = await scrape(address)
                before = trio.current_time()
                result = await command.stop(signal.SIGINT)
                assert trio.current_time() - before < 15
    assert result.status == 0, result.err
    prefix = "cdp_bgservices_"
    stored = len(result.events)
    assert samples[prefix + "events_received_total", ""] == samples[prefix + "events_stored_total", ""] == stored
    assert samples[prefix + "store_events", "pushMessaging"] == 2
    assert sum(value for (name, _), value in samples.items() if name == prefix + "store_events") == stored
    assert samples[prefix + "browser_contexts", ""] == 1
    assert samples[prefix + "armed_until_timestamp_seconds", ""] > 1.7e9
    assert samples[prefix + "backlog_peak_events", ""] >= 1
    assert samples[prefix + "store_bytes", ""] > 0
    described = re.findall(r"^\| `(\w+)`", PAGE.read_text(), re.MULTILINE)
    assert {name for name, _ in samples} == {prefix + name for name in described}


async def test_services_of_hostile_names_are_still_numbers(tmp_path: Path) -> None:
    nasty = 'x"} 9\n# HELP cdp_bgservices_gaps \\'
    with trio.fail_after(DEADLINE):
        async with open_scripted_browser() as scripted:
            scripted.services.add(nasty)
            store = tmp_path / "events.db"
            arguments = ("record", "--attach", scripted.url, "--metrics-port", "0", "--no-wait")
            async with open_command(store, *arguments) as command:
                address = await address_of(command)
                await command.wait_said("recording 1 browser context")
                session = scripted.observers("DEFAULT", "backgroundSync")[0]
                now = msgspec.convert(
                    (await scrape(address))["cdp_bgservices_armed_until_timestamp_seconds", ""], float
                )
                event = wire_event(service=nasty, timestamp=now - 3 * 86400)
                await scripted.tell_event({**event, "timestamp": now - 2 * 86400}, session.session_id)
                await command.wait_said(event["instanceId"], "out")
                assert (await scrape(address))["cdp_bgservices_store_events", nasty] == 1
                await command.stop(signal.SIGINT)


async def test_they_are_served_on_loopback_alone_and_no_longer_than_the_recording(tmp_path: Path) -> None:
    port = free_port()
    arguments = ("record", "--wait", "--attach", str(free_port()), "--metrics-port", str(port))
    with trio.fail_after(DEADLINE):
        async with open_command(tmp_path / "events.db", *arguments) as command:
            assert await address_of(command) == f"http://127.0.0.1:{port}/metrics"
            samples = await scrape(f"http://127.0.0.1:{port}/metrics")  # Nothing is recorded yet.
            assert samples["cdp_bgservices_browser_contexts", ""] == 0
            assert listening(port) == ["0100007F"]
            await command.stop(signal.SIGINT)
    assert listening(port) == []


def listening(port: int) -> list[str]:
    """The addresses with a listener on this port, in the kernel's words."""
    lines = [
        line.split() for name in ("tcp", "tcp6") for line in Path(f"/proc/net/{name}").read_text().splitlines()[1:]
    ]
    places = [fields[1].split(":") for fields in lines if fields[3] == "0A"]
    return [address for address, number in places if int(number, 16) == port]


async def test_a_reader_that_goes_away_leaves_no_trace(tmp_path: Path) -> None:
    arguments = ("record", "--wait", "--attach", str(free_port()), "--metrics-port", "0")
    with trio.fail_after(DEADLINE):
        async with open_command(tmp_path / "events.db", *arguments) as command:
            address = await address_of(command)
            port = int(address.rpartition(":")[2].partition("/")[0])
            for words in (b"", b"GET /metrics HTTP/1.0\r\n\r\n", b"\xff\r\n\r\n"):
                with socket.create_connection(("127.0.0.1", port)) as reader:
                    reader.sendall(words)
                    reader.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            await scrape(address)
            result = await command.stop(signal.SIGINT)
    assert "Traceback" not in result.err
    assert len(result.err.splitlines()) <= 3, result.err


async def test_a_port_that_is_taken_is_status_2(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = await run(tmp_path / "events.db", "record", "--for", "1ms", "--metrics-port", str(port))
    assert result.status == 2
    assert f"127.0.0.1:{port}" in result.err
    assert len(result.err.splitlines()) == 2


async def test_without_the_library_it_is_said_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "prometheus_client.py").write_text("raise ImportError('no such module')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    result = await run(tmp_path / "events.db", "record", "--for", "1ms", "--metrics-port", "0")
    assert result.status == 2
    assert "pip install 'cdp-bgservices[metrics]'" in result.err
    assert len(result.err.splitlines()) == 2


def test_every_number_has_a_name() -> None:
    assert {*COUNTERS, "peak_backlog"} == set(Statistics.__struct_fields__)


def test_at_the_end_it_is_said_what_was_received_and_what_is_missing() -> None:
    assert counted(Statistics(received=1009, stored=8, known=1, peak_backlog=5)) == "received 1,009 events"
    whole = counted(Statistics(received=1, reattachments=2, gaps=1))
    assert whole == "received 1 event, 2 re-attachments, 1 gap (`cdp-bgservices coverage` shows it)"
    assert counted(Statistics(gaps=2)) == "received 0 events, 2 gaps (`cdp-bgservices coverage` shows them)"


@pytest.mark.browser
async def test_status_has_them_afterwards(site: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store = tmp_path / "events.db"
    arguments = ("--url", f"{site}?sync=tag", "--grant", site.rstrip("/"), "--source", "mine")
    until = ("--until", "backgroundSync:Sync completed")
    with trio.fail_after(DEADLINE):
        result = await run(store, "record", *arguments, *until)
    assert result.status == 0, result.err
    stored = len(result.events)
    assert run_here(["status", "--store", str(store), "--format", "json"]) == 0
    (last,) = json.loads(capsys.readouterr().out)["runs"]
    assert last["source"] == "mine"
    assert last["numbers"]["received"] == last["numbers"]["stored"] == stored
    assert set(last["numbers"]) == set(Statistics.__struct_fields__)
    assert run_here(["status", "--store", str(store)]) == 0
    header, row, counts = capsys.readouterr().out.splitlines()[-3:]
    assert header.split() == ["LAST", "RECORDED", "(UTC)", "SOURCE"]
    assert row.endswith("mine")
    assert counts.strip().startswith(f"received {stored}, stored {stored}, ")
    assert counts.endswith(", gaps 0")


def test_a_status_of_hostile_names_is_plain(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    nasty = "\x1b]0;x\x07\x9b31m\nsource"
    with open_engine(tmp_path / "events.db") as database:
        database.keep_run(nasty, {"received": 1, nasty: 2})
    for format_ in ("table", "json"):
        assert run_here(["status", "--store", str(tmp_path / "events.db"), "--format", format_]) == 0
        out = capsys.readouterr().out
        assert all(line.isprintable() for line in out.splitlines())
        assert "source" in out
