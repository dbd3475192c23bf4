"""What is said of a displayed notification where its worker cannot be asked, with a scripted browser."""

import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import trio

from cdp_bgservices.browser import learning
from cdp_bgservices.browser.opening import open_browser
from cdp_bgservices.browser.reception import Reception
from cdp_bgservices.events import Event
from cdp_bgservices.learned import Detail, Learned
from cdp_bgservices.notification_details import notification
from cdp_bgservices.recorder import Recorder, open_recorder
from cdp_bgservices.store import open_engine, open_store
from tests.browser.observing import open_scene
from tests.making import event
from tests.scripted import Json, ScriptedBrowser, open_scripted_browser, wire_event

DEADLINE = 30
MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36"
WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36"
LINUX = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36"


def displayed(number: int, *, age: float = 0.0) -> Json:
    fields = {"service": "notifications", "eventName": "Notification displayed", "timestamp": time.time() - age}
    return wire_event(number, **fields)


@asynccontextmanager
async def open_recorded(path: Path, scripted: ScriptedBrowser) -> AsyncIterator[Recorder]:
    with trio.fail_after(DEADLINE):
        async with (
            open_browser(scripted.url) as browser,
            open_store(path) as store,
            open_recorder(browser, store, services=("notifications",)) as recorder,
        ):
            yield recorder


def details(path: Path) -> dict[str, Any]:
    """What is stored of each notification, by its tag."""
    with open_engine(path) as database:
        return {event.instance_id: notification(event) for event in database.events()}


async def test_a_worker_that_does_not_run_is_not_asked(tmp_path: Path) -> None:
    path = tmp_path / "events.db"
    async with open_scripted_browser() as scripted, open_recorded(path, scripted) as recorder:
        await scripted.emit(displayed(1))
        await recorder.settle()
        await recorder.wait_learned()
        assert details(path) == {"tag-1": {"missing": learning.NOT_RUNNING}}


async def test_the_end_of_a_recording_leaves_none_without_a_word(tmp_path: Path) -> None:
    path = tmp_path / "events.db"
    async with open_scripted_browser() as scripted, open_recorded(path, scripted) as recorder:
        for number in range(3):
            await scripted.emit(displayed(number))
        await recorder.settle()
    assert details(path) == {f"tag-{number}": {"missing": learning.NOT_RUNNING} for number in range(3)}


async def test_what_is_displayed_while_others_are_given_up_is_given_up_too() -> None:
    """As at the end of a recording, while the store is slow."""
    given_up: list[Learned] = []
    events = [event(each, service="notifications", registration_id=str(each)) for each in range(3)]
    later = events.copy()

    async def keep_none(events: Sequence[Event]) -> None:
        """Nothing is reported here."""

    async def keep(learned: Sequence[Learned]) -> None:
        given_up.extend(learned)
        if later:
            read.note(later.pop(0), False)

    async with open_scene() as scene:
        reception = Reception("CONTEXT", scene.observer.switching, keep_none)
        reception.learned_sink = keep
        read = learning.Learning(scene.browser, reception)
        read.note(later.pop(0), False)
        with trio.CancelScope() as scope:
            scope.cancel()
            await read.run()
    assert [(each.event_id, each.value) for each in given_up if isinstance(each, Detail)] == [
        (each.id, {"missing": learning.ENDED}) for each in events
    ]


async def test_what_is_displayed_without_a_pause_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(learning, "QUIET", 60.0)
    monkeypatch.setattr(learning, "PATIENCE", 0.05)
    path = tmp_path / "events.db"
    async with open_scripted_browser() as scripted, open_recorded(path, scripted) as recorder:
        await scripted.emit(displayed(1))
        await recorder.settle()
        await recorder.wait_learned()
        assert details(path) == {"tag-1": {"missing": learning.NOT_QUIET}}


async def test_of_what_is_replayed_only_the_latest_is_read(tmp_path: Path) -> None:
    path = tmp_path / "events.db"
    async with open_scripted_browser() as scripted:
        scripted.events += [displayed(1, age=60), displayed(2, age=1)]
        async with open_recorded(path, scripted) as recorder:
            await recorder.wait_learned()
            assert details(path) == {"tag-1": {}, "tag-2": {"missing": learning.NOT_RUNNING}}


@pytest.mark.parametrize(
    ("agent", "arguments", "why"),
    [
        (MAC, "", learning.SHOWN_LATE),
        (WINDOWS, "", learning.SHOWN_LATE),
        (LINUX, "", learning.NOT_RUNNING),
        (MAC, "--headless=new", learning.NOT_RUNNING),
    ],
)
async def test_where_the_system_shows_it_late(tmp_path: Path, agent: str, arguments: str, why: str) -> None:
    path = tmp_path / "events.db"
    names = ("protocolVersion", "product", "revision", "userAgent", "jsVersion")
    async with open_scripted_browser() as scripted:
        version = {**dict.fromkeys(names, ""), "product": "Chrome/156.0", "userAgent": agent}
        scripted.answers["Browser.getVersion"] = version
        scripted.answers["SystemInfo.getInfo"] = {"commandLine": f"/opt/scripted {arguments}"}
        async with open_recorded(path, scripted) as recorder:
            await scripted.emit(displayed(1))
            await recorder.settle()
            await recorder.wait_learned()
            assert details(path) == {"tag-1": {"missing": why}}
