"""What a test can do without the lab: an emulated click on a notification, and an emulated loss of the network."""

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import trio
from cdp import service_worker
from cdp import target as target_domain

from cdp_bgservices.browser.opening import open_browser
from cdp_bgservices.browser.pages import Page, open_page
from cdp_bgservices.errors import BrowserError, ExpectationError, HandlerError, InvalidInputError, TriggerError
from cdp_bgservices.protocol import commands
from cdp_bgservices.store import open_store
from cdp_bgservices.testing.scope import BrowserScope
from cdp_bgservices.testing.services import BackgroundServices, open_background_services
from tests.acting import open_in
from tests.browser.throwing_site import serve_throwing
from tests.browser.worker_site import serve_worker
from tests.scripted import Json, Refusal, open_scripted_browser

pytestmark = pytest.mark.browser

FETCH = "fetch('/?' + Math.random()).then(() => 'online', () => 'offline')"


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with serve_throwing() as url:
        yield url


@asynccontextmanager
async def open_services(address: str, folder: Path) -> AsyncIterator[tuple[BackgroundServices, Page]]:
    with trio.fail_after(60):
        async with (
            open_store(folder / "events.db") as store,
            open_browser() as browser,
            open_background_services(browser, store) as services,
        ):
            await services.grant(address.rstrip("/"))
            page = await open_page(browser, address)
            await page.evaluate("navigator.serviceWorker.ready.then(() => true)")
            yield services, page


async def show(page: Page, title: str, tag: str, **options: object) -> None:
    given = json.dumps({"tag": tag, **options})
    await page.evaluate(f"navigator.serviceWorker.ready.then(ready => ready.showNotification({title!r}, {given}))")


async def test_a_click(address: str, tmp_path: Path) -> None:
    async with open_services(address, tmp_path) as (services, page):
        await show(page, "First", "first:done")
        await show(page, "Second", "second:opens", body="Opens a window")
        await show(page, "Third", "third:rejects:0:0", actions=[{"action": "late:timer", "title": "Later"}])

        click = await services.click_notification("First", emulated=True)
        assert (click.title, click.tag, click.scope, click.has_handler) == ("First", "first:done", address, True)
        assert (click.errors, click.refused, click.windows) == ((), (), ())
        assert "no user activation, so openWindow and focus are refused" in str(click)

        opened = await services.click_notification(body="Opens a window", emulated=True)
        assert opened.windows == (f"{address}opened",)
        assert "InvalidAccessError" in opened.refused[0]
        targets = await services.browser.root.call(target_domain.get_targets())
        assert not any(info.url.endswith("/opened") for info in targets)

        with pytest.raises(TriggerError, match="the notification 'Third' has no action 'Reply'") as refused:
            await services.click_notification("Third", action="Reply", emulated=True)
        assert refused.value.remedy == "It has: 0 ('Later')."
        with pytest.raises(HandlerError, match=f"the worker of {address} threw while it handled .*: Error: third"):
            await services.click_notification("Third", emulated=True)
        assert not await services.events("notifications", "Notification clicked")


async def test_what_handlers_do_wrong(address: str, tmp_path: Path) -> None:
    async with open_services(address, tmp_path) as (services, page):
        for number, tag in enumerate(("a:throws", "b:rejects", "c:leaves")):
            await show(page, f"Number {number}", tag)
            click = await services.click_notification(tag=tag, check=False, emulated=True)
            (error,) = click.errors
            assert error.startswith(f"Error: {tag[0]}\n    at")
        await show(page, "By its button", "none", actions=[{"action": "d:throws", "title": "Throw"}])
        with pytest.raises(HandlerError, match="Error: d"):
            await services.click_notification("By its button", action=0, emulated=True)
        await show(page, "For long", "e:waits:60000")
        await services.wait_for("notifications", "Notification displayed", instance_id="e:waits:60000")
        with pytest.raises(HandlerError, match="has not finished handling the click in time"):
            await services.click_notification("For long", timeout=1, emulated=True)


async def test_what_cannot_be_clicked(address: str, tmp_path: Path) -> None:
    async with open_services(address, tmp_path) as (services, page):
        await show(page, "Another", "another")
        await services.wait_for("notifications", "Notification displayed", instance_id="another")
        with pytest.raises(ExpectationError) as missing:
            await services.click_notification("Mine", timeout=0.3, emulated=True)
        assert str(missing.value).startswith(
            "expected a notification with title='Mine' to click on: it was not shown within 300ms\n"
        )
        assert "Title=Another" in str(missing.value)
        with pytest.raises(InvalidInputError, match="click_notification is an emulation: the real one is") as unsaid:
            await services.click_notification("Another", emulated=False)
        assert unsaid.value.remedy == "Pass emulated=True."
        with serve_worker("self.addEventListener('install', () => self.skipWaiting());") as bare:
            await services.grant(bare.rstrip("/"))
            await show(await open_page(services.browser, bare), "Bare", "bare")
            with pytest.warns(UserWarning, match=f"the worker of {bare} has no notificationclick handler"):
                click = await services.click_notification("Bare", emulated=True)
        assert click.has_handler is False


async def test_a_click_waits_for_the_notification(address: str, tmp_path: Path) -> None:
    async with open_services(address, tmp_path) as (services, page), trio.open_nursery() as tasks:
        tasks.start_soon(show, page, "Late", "late")
        assert (await services.click_notification("Late", emulated=True)).tag == "late"


async def stop_workers(services: BackgroundServices) -> None:
    (observer,) = services.scope.open_contexts.observers
    assert observer.session is not None
    await observer.session.call(service_worker.stop_all_workers())
    while any(each.running_status != "stopped" for each in observer.registrations.versions.values()):
        await observer.reception.progress.wait()


async def in_worker(services: BackgroundServices, expression: str) -> str:
    (target,) = [
        info.target_id
        for info in await services.browser.root.call(target_domain.get_targets())
        if info.type_ == "service_worker"
    ]
    return str(await Page(await services.browser.attach(target)).evaluate(expression))


async def test_offline_and_online(address: str, tmp_path: Path) -> None:
    async with open_services(address, tmp_path) as (services, page):
        await stop_workers(services)
        state = await services.offline(emulated=True)
        assert (state.pages, state.workers) == (2, 1)  # The browser itself began with an empty page.
        assert "it delivers pushes, and goes on with background fetches" in str(state)
        assert await page.evaluate("navigator.onLine") is False
        assert await page.evaluate(FETCH) == await in_worker(services, FETCH) == "offline"
        assert await in_worker(services, "navigator.onLine") == "False"
        # A page that is opened now is offline from its first request on.
        with pytest.raises(BrowserError, match="ERR_INTERNET_DISCONNECTED"):
            await open_page(services.browser, address)
        state = await services.offline(emulated=True)
        assert (state.pages, state.workers) == (3, 1)
        # A push comes, and a sync waits, even if its worker has stopped.
        await services.push("push:done")
        await stop_workers(services)
        await page.evaluate("navigator.serviceWorker.ready.then(({ sync }) => sync.register('held'))")
        await services.wait_for("backgroundSync", "Registered sync", instance_id="held")
        with pytest.raises(TriggerError, match="is offline by DevTools' network emulation"):
            await services.sync("triggered", timeout=2)
        assert not await services.events("backgroundSync", "Dispatched sync event")

        state = await services.online(emulated=True)
        assert (state.pages, state.workers) == (0, 0)
        assert await page.evaluate("navigator.onLine") is True
        assert await page.evaluate(FETCH) == "online"
        await services.wait_for("backgroundSync", "Sync completed", instance_id="held")
        assert await in_worker(services, FETCH) == "online"
        await open_page(services.browser, address)
        with pytest.raises(InvalidInputError, match=r"^offline is an emulation: the real one is"):
            await services.offline(emulated=False)


async def test_one_context_is_offline_and_another_is_not(address: str, tmp_path: Path) -> None:
    async with open_services(address, tmp_path) as (services, page):
        made = await services.browser.root.call(commands.create_browser_context(dispose_on_detach=True))
        other = await open_in(services.browser, address, made)
        while made not in services.scope.open_contexts.ids:  # noqa: ASYNC110 it is noticed in its own time
            await trio.sleep(0.01)
        mine, theirs = (
            BackgroundServices(BrowserScope(services.recorder, [each])) for each in services.scope.open_contexts.ids
        )
        await mine.offline(emulated=True)
        assert (await page.evaluate(FETCH), await other.evaluate(FETCH)) == ("offline", "online")
        await theirs.offline(emulated=True)
        await mine.online(emulated=True)
        assert (await page.evaluate(FETCH), await other.evaluate(FETCH)) == ("online", "offline")
        await theirs.online(emulated=True)
        assert await other.evaluate(FETCH) == "online"


@pytest.mark.parametrize("session", ["of the browser", "of a page"])
async def test_a_browser_that_does_not_know_how(tmp_path: Path, session: str) -> None:
    with trio.fail_after(30):
        async with (
            open_scripted_browser() as scripted,
            open_store(tmp_path / "events.db") as store,
            open_browser(scripted.url) as browser,
            open_background_services(browser, store) as services,
        ):
            if session == "of a page":
                page = {"targetId": "page", "type": "page", "browserContextId": "DEFAULT"}
                attached = {"sessionId": "1", "targetInfo": page, "waitingForDebugger": False}

                async def attach(params: Json) -> Json:
                    await scripted.notify("Target.attachedToTarget", attached, "0")
                    return {}

                scripted.answers |= {
                    "Target.attachToBrowserTarget": {"sessionId": "0"},
                    "Target.setAutoAttach": attach,
                    "Target.detachFromTarget": {},
                    "Network.enable": {},
                    "Network.emulateNetworkConditionsByRule": Refusal(-32601, "wasn't found"),
                }
            for _ in range(2):
                with pytest.raises(BrowserError, match=r"^this browser cannot emulate that it is offline"):
                    await services.offline(emulated=True)
