"""open_capture, as a program uses it."""

import re
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import trio

from cdp_bgservices import (
    BrowserError,
    BrowserLostError,
    Capture,
    CaptureOptions,
    InvalidInputError,
    Launch,
    Query,
    StoreError,
    TriggerError,
    forbid,
    open_capture,
    require,
)
from cdp_bgservices.capture.stop_reason import StopReason
from cdp_bgservices.rules import Outcome
from tests.browser.recording import SYNC, recent
from tests.scripted import Json, ScriptedBrowser, open_scripted_browser, wire_event
from tests.waiting import look_again

DEADLINE = 60
REGISTERED = (SYNC, "Registered sync")


def event_now(number: int = 0) -> Json:
    return wire_event(number, timestamp=time.time())


@asynccontextmanager
async def open_both(
    folder: Path, say: Callable[[str], None] = print, **options: Any
) -> AsyncIterator[tuple[ScriptedBrowser, Capture]]:
    with trio.fail_after(DEADLINE):
        async with open_scripted_browser() as scripted:
            asked = CaptureOptions(store=folder / "events.db", attach=scripted.url, source="it", **options)
            async with open_capture(asked, say=say) as capture:
                yield scripted, capture


async def test_events_end_with_the_capture(tmp_path: Path) -> None:
    summary, said = tmp_path / "summary.md", list[str]()
    rules = (require(*REGISTERED), forbid(SYNC, "Sync completed"))
    async with open_both(tmp_path, said.append, rules=rules, summary=summary) as (scripted, capture):
        await scripted.emit(event_now(1))
        found = []
        async for event in capture.events():
            found.append(event.instance_id)
            capture.stop()
        assert found == ["tag-1"]
    assert [verdict.outcome for verdict in capture.result.verdicts[:2]] == [Outcome.PASSED, Outcome.PASSED]
    assert capture.result.exit_status == 0
    assert capture.result.stop_reason is StopReason.CALLER
    assert capture.result.statistics.stored == 1
    assert summary.read_text().startswith("## Background services: ✅")
    assert [line for line in said if line.startswith("stored 1 events")]


async def test_it_is_said_that_it_records_once_it_can_be_stopped_in_order(tmp_path: Path) -> None:
    begun, said = trio.Event(), list[bool]()

    def say(text: str) -> None:
        if text.startswith("recording "):
            said.append(begun.is_set())

    async with open_both(tmp_path, say):
        begun.set()
        while not said:
            await look_again()
    assert said == [True]


async def test_a_rule_that_is_broken(tmp_path: Path) -> None:
    async with open_both(tmp_path, rules=(forbid(*REGISTERED),)) as (scripted, capture):
        await scripted.emit(event_now())
        await anext(capture.events())
    assert capture.result.exit_status == 1
    [verdict] = [verdict for verdict in capture.result.verdicts if verdict.outcome is Outcome.FAILED]
    assert [event.instance_id for event in verdict.events] == ["tag-0"]


async def test_until_stops_it_and_not_the_body(tmp_path: Path) -> None:
    async with open_both(tmp_path, until=REGISTERED) as (scripted, capture):
        await scripted.emit(event_now())
        assert await capture.wait_stopped() is StopReason.EVENT
        assert [event.instance_id async for event in capture.events(Query(services=(SYNC,)))] == ["tag-0"]
        assert [event async for event in capture.events(Query(services=("notifications",)))] == []
    assert capture.result.exit_status == 0


async def test_time_stops_it(tmp_path: Path) -> None:
    async with open_both(tmp_path, length=timedelta(milliseconds=1)) as (_, capture):
        assert await capture.wait_stopped() is StopReason.TIME
    assert capture.result.exit_status == 0


async def test_a_replay_is_part_of_its_events(tmp_path: Path) -> None:
    with trio.fail_after(DEADLINE):
        async with open_scripted_browser() as scripted:
            scripted.events = [recent(1), recent(2)]
            async with open_capture(CaptureOptions(store=tmp_path / "events.db", attach=scripted.url)) as capture:
                capture.stop()
                assert [event.instance_id async for event in capture.events()] == ["tag-1", "tag-2"]


async def test_a_command_beside_it(tmp_path: Path) -> None:
    command = "test $CDP_BGSERVICES_PORT -gt 0 && exit 7"
    async with open_both(tmp_path, command=command, allow_idle=True) as (_, capture):
        assert await capture.wait_stopped() is StopReason.COMMAND
    assert (capture.result.command_status, capture.result.exit_status) == (7, 7)


async def test_a_command_is_stopped_with_the_capture(tmp_path: Path) -> None:
    junit = tmp_path / "junit.xml"
    async with open_both(tmp_path, command="sleep 60", junit=junit) as (_, capture):
        pass
    assert capture.result.command_status is None
    assert "it was stopped" in junit.read_text()


async def test_a_browser_that_is_lost_lets_the_body_end(tmp_path: Path) -> None:
    junit, found = tmp_path / "junit.xml", list[str]()

    async def lose() -> None:
        async with open_both(tmp_path, wait=False, junit=junit) as (scripted, capture):
            await scripted.emit(event_now())
            await anext(capture.events())
            await scripted.hang_up()
            found.extend([event.instance_id async for event in capture.events()])
            assert capture.stop_reason is StopReason.BROWSER

    with pytest.raises(BrowserLostError, match="went away"):
        await lose()
    assert found == ["tag-0"]
    assert "went away" in junit.read_text()


async def test_a_browser_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(BrowserError, match="nothing listens"):
        async with open_capture(CaptureOptions(store=tmp_path / "events.db", attach="1")):
            pytest.fail("there is a browser")


async def test_a_store_that_cannot_be_opened(tmp_path: Path) -> None:
    with pytest.raises(StoreError):
        async with open_capture(CaptureOptions(store=tmp_path, attach="1")):
            pytest.fail("there is a store")


async def test_a_misspelt_name_is_refused_if_strict(tmp_path: Path) -> None:
    rules = (forbid(SYNC, "Sync complete"),)
    with pytest.raises(InvalidInputError, match="Sync complete"):
        async with open_capture(CaptureOptions(store=tmp_path / "events.db", attach="1", rules=rules, strict=True)):
            pytest.fail("it was not refused")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"attach": "1", "restart": True}, "--restart is for a browser that is started; --attach finds one"),
        ({"attach": "1", "lab": ("push",)}, "--lab is for a browser that is started"),
        ({"attach": "1", "urls": ("http://localhost/",)}, "--url is for a browser that is started"),
        ({"attach": "1", "launch": Launch(headed=True)}, "--headed is for a browser that is started"),
        ({"attach": "1", "launch": Launch(port=0)}, "--port is for a browser that is started"),
        ({"attach": "1", "launch": Launch(environment={"TZ": "UTC"})}, "environment is for a browser that is started"),
        ({"wait": False}, "--wait and --no-wait are for the browser of --attach"),
        ({"services": ("notifications",), "until": REGISTERED}, f"{SYNC}:Registered sync is asked for, which --serv"),
        ({"services": ("notifications",), "rules": (forbid(*REGISTERED),)}, "which --service leaves out"),
        ({"command": " "}, "--run needs a command line"),
        ({"length": timedelta(seconds=-1)}, "is less than nothing"),
        ({"retention": timedelta()}, "0:00:00 cannot be a retention"),
        ({"launch": Launch(port=65536)}, "--port: 65536 is not in the range 0<=x<=65535"),
        ({"metrics_port": -1}, "--metrics-port: -1 is not in the range"),
    ],
    ids=str,
)
async def test_options_that_do_not_go_together(options: dict[str, Any], said: str, tmp_path: Path) -> None:
    store = tmp_path / "events.db"
    with pytest.raises(InvalidInputError, match=re.escape(said)) as caught:
        async with open_capture(CaptureOptions(store=store, **options)):
            pytest.fail("it was not refused")
    assert caught.value.remedy
    assert not store.exists() or "retention" in options  # The store itself refuses that.


async def test_an_error_of_the_body_is_reported_and_comes_out(tmp_path: Path) -> None:
    junit = tmp_path / "junit.xml"
    with pytest.raises(TriggerError, match="nothing took it"):
        async with open_both(tmp_path, junit=junit):
            raise TriggerError("nothing took it")
    assert "nothing took it" in junit.read_text()


async def test_an_error_that_is_not_ours_comes_out_bare(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError):
        async with open_both(tmp_path):
            1 / 0  # noqa: B018


async def test_aborted_it_says_so(tmp_path: Path) -> None:
    junit = tmp_path / "junit.xml"
    async with open_both(tmp_path, command="trap '' TERM; sleep 60", junit=junit) as (_, capture):
        capture.abort()
    assert capture.result.exit_status == 130
    assert "it was stopped at once" in junit.read_text()
