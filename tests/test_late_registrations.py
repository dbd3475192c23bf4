"""A scripted browser that reports its registrations late: a profile's replay is complete only then."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trio
import trio.testing

from cdp_bgservices.browser import reception
from cdp_bgservices.browser.opening import open_browser
from cdp_bgservices.coverage.report import report
from cdp_bgservices.coverage.values import DEFAULT, State
from cdp_bgservices.recorder import Recorder, open_recorder
from cdp_bgservices.store import open_engine, open_store
from cdp_bgservices.tasks import open_tasks
from tests.acting import stored
from tests.scripted import Json, ScriptedBrowser, open_scripted_browser, wire_event

SCOPE = "http://localhost:8000/"
SYNC = "backgroundSync"


@pytest.fixture(autouse=True)
def armed_without_them(monkeypatch: pytest.MonkeyPatch) -> None:
    """The context is armed before they come."""
    monkeypatch.setattr(reception, "SCOPES_LIMIT", 0.0)


@asynccontextmanager
async def open_silent() -> AsyncIterator[ScriptedBrowser]:
    """It has an event from before, and says nothing of its workers."""

    async def enable(params: Json) -> Json:
        return {}

    with trio.fail_after(60):
        async with open_scripted_browser() as scripted:
            scripted.registrations["0"] = SCOPE
            scripted.events.append(wire_event(1, timestamp=time.time()))
            scripted.answers["ServiceWorker.enable"] = enable
            yield scripted


async def act_before_it_reports(scripted: ScriptedBrowser) -> None:
    """One more event, as soon as all are switched on; much later the registrations."""
    await scripted.wait_received("BackgroundService.setRecording", len(scripted.services))
    await trio.testing.wait_all_tasks_blocked(0.2)
    await scripted.emit(wire_event(2, timestamp=time.time()))
    await trio.testing.wait_all_tasks_blocked(0.2)
    for session in list(scripted.sessions.values()):
        await scripted.tell_workers(session)


def states(path: Path) -> list[State]:
    now = datetime.now(UTC)
    with open_engine(path) as database:
        return [
            interval.state
            for each in database.coverage()
            for series in report(each.intervals, each.series, now - timedelta(minutes=1), now)
            if (series.service, series.context_kind) == (SYNC, DEFAULT)
            for interval in series.intervals
        ]


async def scopes(recorder: Recorder) -> dict[str, str | None]:
    return {event.instance_id: event.scope for event in await stored(recorder.store)}


async def test_the_recorder_waits_for_them(tmp_path: Path) -> None:
    """When its body begins, the replay is stored, each event with its scope, and the profile is accounted for."""
    path = tmp_path / "events.db"
    async with open_silent() as scripted, open_store(path) as store, open_tasks() as tasks:
        tasks.start_soon(act_before_it_reports, scripted)
        async with open_browser(scripted.url) as browser, open_recorder(browser, store) as recorder:
            assert await scopes(recorder) == {"tag-1": SCOPE, "tag-2": SCOPE}
            assert states(path)[-1] is State.LIVE
            assert recorder.statistics.gaps == 0


async def test_a_browser_that_never_reports_them_is_recorded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """It is said, and nothing is certain."""
    monkeypatch.setattr(reception, "LATE_SCOPES_LIMIT", 0.2)
    path = tmp_path / "events.db"
    async with (
        open_silent() as scripted,
        open_store(path) as store,
        open_browser(scripted.url) as browser,
        open_recorder(browser, store) as recorder,
    ):
        assert await scopes(recorder) == {"tag-1": None}
        await scripted.emit(wire_event(2, timestamp=time.time()))
        await recorder.settle()
        assert await scopes(recorder) == {"tag-1": None, "tag-2": None}
    assert State.LIVE not in states(path)
    assert "the browser does not report its service workers" in caplog.text
