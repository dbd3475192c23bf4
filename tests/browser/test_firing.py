"""Triggers on a real Chromium: confirmed by the event that follows, or the reason why none does."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import trio
from cdp import service_worker

from cdp_bgservices.browser.context_list import list_contexts
from cdp_bgservices.browser.each_context import list_workers, read_recordings
from cdp_bgservices.browser.firing import fire
from cdp_bgservices.browser.opening import Browser, open_browser
from cdp_bgservices.browser.pages import open_page
from cdp_bgservices.browser.permissions import grant
from cdp_bgservices.browser.targets import open_target
from cdp_bgservices.browser.triggers import Trigger, periodic_sync, push, sync
from cdp_bgservices.errors import HandlerError, TriggerError
from cdp_bgservices.events import Service
from cdp_bgservices.protocol import commands
from tests.browser.worker_site import serve_worker
from tests.waiting import look_again

pytestmark = pytest.mark.browser


@pytest.fixture
async def browser(site: str) -> AsyncIterator[Browser]:
    """With the bundled site open, and its worker active."""
    with trio.fail_after(60):
        async with open_browser() as opened:
            await grant(opened, site.rstrip("/"))
            page = await open_page(opened, site)
            await page.wait_loaded()
            await page.evaluate("site.ready()")
            yield opened


async def stop_worker(browser: Browser) -> None:
    """Stop every worker, and wait until they are."""
    async with open_target(browser, (await list_contexts(browser))[0]) as session:
        await session.call(service_worker.enable())
        await session.call(service_worker.stop_all_workers())
    while any(worker.running_status != "stopped" for worker in await list_workers(browser)):
        await look_again()


PROOFS: list[tuple[Trigger, str, str]] = [
    (sync("tag"), "Dispatched sync event", "tag"),
    (sync(""), "Dispatched sync event", ""),
    (sync("Grüße \U0001f600", last_chance=True), "Dispatched sync event", "Grüße \U0001f600"),
    (periodic_sync("refresh"), "Dispatched periodicsync event", "refresh"),
    (push("data"), "Push event completed", ""),
    (push(""), "Push event completed", ""),
]


@pytest.mark.parametrize("stopped", [False, True], ids=["running", "stopped"])
async def test_a_trigger_is_proved(browser: Browser, site: str, stopped: bool) -> None:
    seen: set[str] = set()
    for trigger, event_name, instance_id in PROOFS:
        if stopped:
            await stop_worker(browser)
        event = await fire(browser, trigger)
        assert (event.event_name, event.instance_id, event.scope) == (event_name, instance_id, site)
        assert event.id not in seen, "it is not that of the trigger before"
        seen.add(event.id)


async def test_last_chance_is_passed_on(browser: Browser) -> None:
    assert (await fire(browser, sync("a", last_chance=True))).metadata == {"Last Chance": "Yes"}
    assert (await fire(browser, sync("a"))).metadata == {"Last Chance": "No"}


async def test_a_push_handler_that_fails_is_an_error(browser: Browser, site: str) -> None:
    with pytest.raises(HandlerError, match=rf"push threw, as it was asked to  \({site}worker.js:36\)") as caught:
        await fire(browser, push("throw"))
    assert caught.value.event.metadata == {"Status": "waitUntil Rejected"}
    again = await fire(browser, push("throw"), check=False)
    assert again.metadata == {"Status": "waitUntil Rejected"}
    assert (await fire(browser, push("good"))).metadata == {"Status": "Success"}, "what was thrown before is not its"


async def test_recording_is_left_as_it_was_found(browser: Browser) -> None:
    async with open_target(browser, (await list_contexts(browser))[0]) as session:
        await session.call(commands.set_recording("pushMessaging", should_record=True))
    await fire(browser, sync("tag"))
    await fire(browser, push("tag"))
    (context,) = (await read_recordings(browser)).contexts
    assert {service for service, state in context.services.items() if state.recording} == {Service.PUSH_MESSAGING}


async def test_several_workers_need_a_scope(browser: Browser, site: str) -> None:
    page = await open_page(browser, f"{site}second/")
    await page.wait_loaded()
    await page.evaluate("site.ready()")
    assert [worker.scope for worker in await list_workers(browser)] == [site, f"{site}second/"]
    with pytest.raises(TriggerError, match="several service workers") as caught:
        await fire(browser, sync("tag"))
    assert f"{site}second/" in caught.value.remedy
    event = await fire(browser, sync("tag"), scope=f"{site}second/")
    assert event.scope == f"{site}second/"
    assert (await fire(browser, sync("tag"), scope=site.rstrip("/"))).scope == site


@pytest.mark.parametrize(("handler", "status"), [("install", "installing"), ("activate", "activating")])
async def test_a_worker_that_becomes_active_is_waited_for(handler: str, status: str) -> None:
    """Its handler ends when a message asks for that."""
    script = f"""
        const asked = new Promise((resolve) => self.addEventListener("message", resolve));
        self.addEventListener("{handler}", (event) => event.waitUntil(asked));
        self.addEventListener("sync", () => 1);
    """
    with trio.fail_after(60), serve_worker(script) as url:
        async with open_browser() as browser:
            page = await open_page(browser, url)
            while status not in {worker.status for worker in await list_workers(browser)}:
                await look_again()
            with pytest.raises(TriggerError, match=f"is not active: it is {status}"):
                await fire(browser, sync("early"), timeout=timedelta(milliseconds=1))
            with trio.move_on_after(0.5) as waiting:
                await fire(browser, sync("in vain"))
            assert waiting.cancelled_caught
            await page.evaluate(
                "navigator.serviceWorker.getRegistration().then((it) => (it.installing ?? it.active).postMessage(1))"
            )
            event = await fire(browser, sync("tag"), timeout=timedelta(seconds=30))
    assert (event.event_name, event.instance_id) == ("Dispatched sync event", "tag")


async def test_a_scope_that_no_worker_has(browser: Browser, site: str) -> None:
    with pytest.raises(TriggerError, match="no service worker has the scope http://elsewhere/") as caught:
        await fire(browser, sync("tag"), scope="http://elsewhere/")
    assert site in caught.value.remedy


async def test_no_worker_at_all() -> None:
    with trio.fail_after(60):
        async with open_browser() as empty:
            with pytest.raises(TriggerError, match="no page has registered a service worker"):
                await fire(empty, push("data"))


async def test_an_offline_browser_is_the_reason(browser: Browser) -> None:
    """Chromium delays syncs, and still answers {}."""
    async with open_target(browser, (await list_contexts(browser))[0]) as session:
        targets = (await session.connection.root.call(commands.command("Target.getTargets")))["targetInfos"]
    worker = next(target for target in targets if target["type"] == "service_worker")
    attached = await browser.root.call(
        commands.command("Target.attachToTarget", targetId=worker["targetId"], flatten=True)
    )
    on_worker = browser.connection.attached(attached["sessionId"])
    await on_worker.call(commands.command("Network.enable"))
    await on_worker.call(
        commands.command(
            "Network.emulateNetworkConditions",
            offline=True,
            latency=0,
            downloadThroughput=-1,
            uploadThroughput=-1,
        )
    )
    with pytest.raises(TriggerError, match="no event followed within 1s") as caught:
        await fire(browser, sync("tag"), timeout=timedelta(seconds=1))
    assert "offline" in str(caught.value)
    assert (await fire(browser, push("data"))).metadata == {"Status": "Success"}, "pushes are not held back"
