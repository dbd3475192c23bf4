"""Waiting and setting off, where the browser is slow, mute or gone: on a scripted one."""

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import trio

from cdp_bgservices.browser.opening import open_browser
from cdp_bgservices.errors import BrowserLostError, ExpectationError, TriggerError
from cdp_bgservices.store import open_store
from cdp_bgservices.testing.scope import BrowserScope
from cdp_bgservices.testing.services import BackgroundServices, open_background_services
from tests.scripted import ScriptedBrowser, open_scripted_browser, wire_event

Opened = tuple[ScriptedBrowser, BackgroundServices]


@pytest.fixture
async def opened(tmp_path: Path) -> AsyncIterator[Opened]:
    with trio.fail_after(30):
        async with (
            open_scripted_browser() as scripted,
            open_store(tmp_path / "events.db") as store,
            open_browser(scripted.url) as browser,
            open_background_services(browser, store) as services,
        ):
            yield scripted, services


def now(number: int = 0, **fields: object) -> dict[str, object]:
    return wire_event(number, timestamp=time.time(), **fields)


async def test_an_event_from_before_counts_for_wait_for_and_not_for_expect(opened: Opened) -> None:
    scripted, services = opened
    await scripted.emit(now(1))
    first = await services.wait_for("backgroundSync", timeout=5)
    assert await services.wait_for("backgroundSync", timeout=5) == first
    async with services.expect("backgroundSync", timeout=5) as expectation:
        await scripted.emit(now(2))
    assert expectation.value.instance_id == "tag-2"
    with pytest.raises(ExpectationError, match=r"occurred before the wait"):
        async with services.expect("backgroundSync", timeout=0.1):
            pass


@pytest.mark.parametrize(
    ("service", "event", "metadata", "doubt"),
    [
        ("backgroundSync", "Sync complete", {}, "did you mean 'Sync completed'"),
        (None, "Sync complete", {}, "no service has an event 'Sync complete'"),
        ("backgroundSync", "Sync completed", {"status": "failed"}, "did you mean 'Status'"),
    ],
)
async def test_an_absence_that_is_misspelt_is_warned_of(
    opened: Opened, service: str | None, event: str, metadata: dict[str, str], doubt: str
) -> None:
    _, services = opened
    with pytest.warns(UserWarning, match=doubt):
        assert not await services.events(service, event, metadata=metadata)
    assert not await services.events("backgroundSync", "Sync completed", metadata={"Status": "failed"})


async def test_a_body_that_takes_longer_than_the_timeout(opened: Opened) -> None:
    """What came in it still counts; what comes after it is too late."""
    scripted, services = opened
    async with services.expect("backgroundSync", timeout=0.05) as expectation:
        await scripted.emit(now(1))
        await trio.sleep(0.1)
    assert expectation.value.instance_id == "tag-1"
    with pytest.raises(ExpectationError):
        async with services.expect("backgroundSync", timeout=0.05):
            await trio.sleep(0.1)


async def test_no_timeout(opened: Opened) -> None:
    _, services = opened
    with trio.move_on_after(0.5) as waiting:
        await services.wait_for("backgroundSync", timeout=0)
    assert waiting.cancelled_caught


async def test_a_browser_that_goes_away(opened: Opened) -> None:
    scripted, services = opened
    assert scripted.websocket is not None
    with pytest.raises(BrowserLostError, match="disconnected before backgroundSync 'Sync completed' occurred"):
        async with services.expect("backgroundSync", "Sync completed"):
            await scripted.websocket.aclose()


@asynccontextmanager
async def limited(seconds: float) -> AsyncIterator[Callable[[], float]]:
    started = trio.current_time()
    with trio.fail_after(seconds):
        yield lambda: trio.current_time() - started


async def test_a_trigger_without_a_worker_waits_for_one_until_its_timeout(opened: Opened) -> None:
    _, services = opened
    async with limited(5) as elapsed:
        with pytest.raises(TriggerError, match="no page has registered a service worker"):
            await services.sync("tag", timeout=0.3)
        assert elapsed() >= 0.3


async def test_a_context_that_was_just_made_is_waited_for(opened: Opened) -> None:
    """Until the recorder has seen it, and knows what is in it."""
    scripted, services = opened
    scripted.registrations["0"] = "http://localhost:8000/"
    await scripted.add_context("OTHER")
    assert [worker.browser_context for worker in await services.workers()] == ["OTHER"]


async def test_other_contexts_are_not_seen(opened: Opened) -> None:
    scripted, services = opened
    await scripted.add_context("OTHER")
    mine = BackgroundServices(BrowserScope(services.recorder, ["DEFAULT"]))
    none = BackgroundServices(BrowserScope(services.recorder, []))
    await scripted.emit(now(1))
    await services.wait_for("backgroundSync", instance_id="tag-1")
    await scripted.wait_received("BackgroundService.startObserving", 12)
    await scripted.emit(now(2), "OTHER")
    await services.wait_for("backgroundSync", instance_id="tag-2")
    assert [event.instance_id for event in await mine.events()] == ["tag-1"]
    assert [event.instance_id for event in await services.events()] == ["tag-1", "tag-2"]
    assert await none.events() == []
