"""Commands that ask something of a running browser, as a user types them."""

import re
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest
import trio

from cdp_bgservices.browser.each_context import read_recordings
from cdp_bgservices.browser.launch import Launch
from cdp_bgservices.browser.opening import Browser, open_browser
from cdp_bgservices.events import Event
from tests.acting import log_of, open_site
from tests.cli.running import open_command, run
from tests.waiting import look_again

pytestmark = pytest.mark.browser


@pytest.fixture
async def browser(site: str, tmp_path: Path) -> AsyncIterator[Browser]:
    """With a debugging port, and the bundled site open."""
    with trio.fail_after(100):
        async with open_browser(launch=Launch(profile=tmp_path / "profile", port=0)) as opened:
            await open_site(opened, site)
            yield opened


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "events.db"


async def test_a_trigger_prints_the_event_that_proves_it_and_stores_it(browser: Browser, store: Path) -> None:
    expected = [
        (["sync", "tag"], ("Dispatched sync event", "tag", {"Last Chance": "No"})),
        (["sync", "tag", "--last-chance"], ("Dispatched sync event", "tag", {"Last Chance": "Yes"})),
        (["periodic-sync", "refresh"], ("Dispatched periodicsync event", "refresh", {})),
        (["push", "hello"], ("Push event completed", "", {"Status": "Success"})),
        (["push"], ("Push event completed", "", {"Status": "Success"})),
    ]
    printed: list[Event] = []
    for arguments, proof in expected:
        result = await run(store, *arguments, "--attach", str(browser.profile))
        assert result.status == 0, result.err
        (event,) = result.events
        assert (event.event_name, event.instance_id, event.metadata) == proof
        assert event.received_at is not None
        printed.append(event)
        assert (await run(store, "events", "--format", "jsonl")).events == printed


async def test_push_takes_its_data_from_anywhere(browser: Browser, store: Path, tmp_path: Path) -> None:
    path, unicode = tmp_path / "data", "Grüße\n\x1b[31m\U0001f600"
    for data in ("plain", unicode):
        path.write_bytes(data.encode())
        for words, stdin in (([data], b""), (["--data-file", str(path)], b""), (["-"], data.encode())):
            assert (await run(store, "push", *words, "--attach", str(browser.profile), stdin=stdin)).status == 0
    assert (await run(store, "record", "--attach", str(browser.profile), "--for", "1ms")).status == 0
    events = (await run(store, "events", "--event", "Push event dispatched", "--format", "jsonl")).events
    assert [event.metadata for event in events] == [{"Payload": data} for data in ["plain"] * 3 + [unicode] * 3]


async def test_a_push_handler_that_fails_is_said(browser: Browser, store: Path) -> None:
    result = await run(store, "push", "throw", "--attach", str(browser.profile))
    assert result.status == 1
    assert [event.metadata for event in result.events] == [{"Status": "waitUntil Rejected"}]
    assert "push threw, as it was asked to" in result.err
    assert (await run(store, "events", "--format", "jsonl")).events == result.events, "it is still stored"


async def test_a_scope_that_no_worker_has_is_status_1(browser: Browser, store: Path, site: str) -> None:
    result = await run(store, "sync", "tag", "--attach", str(browser.profile), "--scope", "http://elsewhere/")
    assert result.status == 1
    assert result.out == ""
    assert site in result.err


async def test_push_data_that_is_not_text_is_status_2(browser: Browser, store: Path) -> None:
    result = await run(store, "push", "-", "--attach", str(browser.profile), stdin=b"\xff")
    assert result.status == 2
    assert "not UTF-8" in result.err


async def test_workers_lists_them(browser: Browser, store: Path, site: str) -> None:
    table = await run(store, "workers", "--attach", str(browser.profile))
    assert table.out.splitlines()[1].split()[:3] == [site, f"{site}worker.js", "activated"]
    data = await run(store, "workers", "--attach", str(browser.profile), "--format", "json")
    (worker,) = msgspec.json.decode(data.out)
    assert worker["scope"] == site
    assert worker["running_status"] in ("running", "stopped")


async def test_workers_shows_what_they_threw_last(browser: Browser, store: Path, site: str) -> None:
    profile = str(browser.profile)
    before = await run(store, "workers", "--attach", profile)
    assert "LAST ERROR" not in before.out
    async with open_command(store, "record", "--attach", profile) as command:
        await command.wait_said("recording 1 browser context")
        await run(store, "push", "throw", "--attach", profile)
        await command.stop(signal.SIGINT)
    table = await run(store, "workers", "--attach", profile)
    assert re.search(r"LAST ERROR\n.*  20\d\d-\d\d-\d\d \d\d:\d\d:\d\d UTC: .*push threw", table.out)
    data = await run(store, "workers", "--attach", profile, "--format", "json")
    (worker,) = msgspec.json.decode(data.out)
    assert "push threw" in worker["last_error"]["message"]
    missing = await run(store.with_name("nothing.db"), "workers", "--attach", profile)
    assert missing.status == 0
    assert "LAST ERROR" not in missing.out
    assert "what they threw last is not known: No store at" in missing.err


async def test_workers_can_be_waited_for(store: Path, site: str, tmp_path: Path) -> None:
    with trio.fail_after(100):
        async with open_browser(launch=Launch(profile=tmp_path / "profile", port=0)) as browser:
            waiting = ["workers", "--attach", str(browser.profile), "--wait"]
            none = await run(store, *waiting, "1ms")
            assert none.status == 1
            assert none.err.startswith("error: no page has registered a service worker in this browser\n")
            async with open_command(store, *waiting, "40s") as command:
                await open_site(browser, site)
                found = await command.wait()
            assert found.status == 0, found.err
            assert "activated" in found.out


async def test_status_shows_what_each_context_records(browser: Browser, store: Path) -> None:
    async with open_command(store, "record", "--attach", str(browser.profile), "--service", "notifications") as command:
        await command.wait_said("recording 1 browser context")
        result = await run(store, "status", "--attach", str(browser.profile), "--format", "json")
    (context,) = msgspec.json.decode(result.out)["browser"]["contexts"]
    recording = {service for service, state in context["services"].items() if state["recording"]}
    assert recording == {"notifications"}
    before = await read_recordings(browser)
    assert [state.recording for state in before.contexts[0].services.values()].count(True) == 1, (
        "asking changes nothing"
    )


async def test_clear_empties_the_store_and_on_request_the_browser_s_log(browser: Browser, store: Path) -> None:
    profile = str(browser.profile)
    await run(store, "record", "--attach", profile, "--for", "1ms")
    await run(store, "sync", "tag", "--attach", profile)
    await run(store, "push", "data", "--attach", profile)
    assert len(await log_of(browser)) >= 3
    assert (await run(store, "clear", "--yes", "--service", "backgroundSync")).status == 0
    assert {event.service for event in (await run(store, "events", "--format", "jsonl")).events} == {"pushMessaging"}
    assert len(await log_of(browser)) >= 3, "the browser's own log is left alone"
    result = await run(store, "clear", "--yes", "--attach", profile)
    assert result.status == 0
    assert "cleared the browser's own log" in result.err
    while await log_of(browser):  # It answers before the deletion is over.
        await look_again()
    assert (await run(store, "events")).err.startswith("no events in")


async def test_two_records_at_once_on_one_store(browser: Browser, store: Path) -> None:
    arguments = ("record", "--attach", str(browser.profile))
    async with open_command(store, *arguments) as one, open_command(store, *arguments) as two:
        for command in (one, two):
            await command.wait_said("recording 1 browser context")
        await run(store, "push", "data", "--attach", str(browser.profile))
        for command in (one, two):
            await command.wait_said("Push event completed", "out")
    events = (await run(store, "events", "--format", "jsonl")).events
    assert [event.event_name for event in events].count("Push event completed") == 1
