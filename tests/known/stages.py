"""Browsers in which one thing is wrong each, for all tests of the table: the workers, the pages, and the machine."""

import json
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, TypeVar

import msgspec
import trio
from cdp import target as target_domain

from cdp_bgservices.browser.launch import Launch
from cdp_bgservices.browser.opening import Browser, open_browser
from cdp_bgservices.browser.pages import Page, open_page
from cdp_bgservices.browser.permissions import grant
from cdp_bgservices.lab.opening import Lab, open_lab
from cdp_bgservices.protocol import commands
from cdp_bgservices.store import open_store
from cdp_bgservices.testing.portal import Portal
from cdp_bgservices.testing.services import BackgroundServices, open_background_services
from tests.acting import ACTIVE
from tests.scripted import Json, Refusal, ScriptedBrowser, open_scripted_browser, wire_event
from tests.waiting import look_again

T = TypeVar("T")

KEY = "BEl62iUYgUivxIkv69yViEuiBIa-Ib9-SkvMeAtA3LFgDzkrxZJjSgSnfckjBJuBkr3qBUYIHBQFLXYp5Nksh8U"
READY = f"navigator.serviceWorker.register('worker.js').then(() => {ACTIVE})"
SUBSCRIBE = f"""navigator.serviceWorker.ready.then(({{pushManager}}) => pushManager.subscribe(
  {{userVisibleOnly: true, applicationServerKey: '{KEY}'}})).then(found => JSON.stringify(found))"""
BLOCK = """if (navigator.serviceWorker) navigator.serviceWorker.register = async () => {
  console.warn('Service Worker registration blocked by Playwright'); };"""
"""As Playwright does for service_workers="block"."""

WORKERS = {
    "throws": """for (const type of ['push', 'sync', 'periodicsync'])
      addEventListener(type, () => { throw new Error(`${type} threw`); });""",
    "rejects": """for (const type of ['push', 'sync', 'periodicsync'])
      addEventListener(type, event => event.waitUntil((async () => { throw new Error(`${type} rejected`); })()));""",
    "handles": "onpush = () => {}; onsync = () => {}; onperiodicsync = () => {};",
    "none": "addEventListener('message', () => {});",
}
"""By their path, each a scope of its own."""


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        name, _, file = self.path.strip("/").partition("/")
        is_worker = file == "worker.js" and name in WORKERS
        body = WORKERS[name] if is_worker else "<!doctype html><title>page</title>"
        self.send_response(200)
        self.send_header("Content-Type", "text/javascript" if is_worker else "text/html")
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *args: Any) -> None: ...


@contextmanager
def serve_workers() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        yield f"http://localhost:{server.server_port}/"
        server.shutdown()
        thread.join()


@contextmanager
def held(portal: Portal, opening: Callable[[], AbstractAsyncContextManager[T]]) -> Iterator[T]:
    """What is opened in the portal's thread stays open for tests whose own loops come and go."""
    leaving, left = trio.Event(), trio.Event()

    async def keep(task_status: trio.TaskStatus[T]) -> None:
        async with opening() as value:
            task_status.started(value)
            await leaving.wait()
        left.set()

    async def leave() -> None:
        leaving.set()
        await left.wait()

    yield portal.call(partial(portal.tasks.start, keep))
    portal.call(leave)


class Stage(msgspec.Struct, frozen=True):
    """A browser that can be attached to."""

    endpoint: str
    site: str


@asynccontextmanager
async def open_workers(folder: Path, site: str) -> AsyncIterator[Stage]:
    """A page of each worker."""
    async with open_browser(launch=Launch(profile=folder, port=0)) as browser:
        await grant(browser, site.rstrip("/"))
        for name in WORKERS:
            await open_ready(browser, f"{site}{name}/")
        assert browser.endpoint
        yield Stage(browser.endpoint, site)


async def open_ready(browser: Browser, url: str) -> Page:
    page = await open_page(browser, url)
    await page.wait_loaded()
    await page.evaluate(READY)
    return page


@asynccontextmanager
async def open_bare(folder: Path, site: str) -> AsyncIterator[Stage]:
    """No worker; ``insecure.test`` is this machine, by a name that makes no secure context."""
    arguments = ("--host-resolver-rules=MAP insecure.test 127.0.0.1",)
    async with open_browser(launch=Launch(profile=folder, port=0, arguments=arguments)) as browser:
        assert browser.endpoint
        yield Stage(browser.endpoint, site)


@asynccontextmanager
async def open_one_page(browser: Browser, url: str, script: str = "") -> AsyncIterator[None]:
    """One page in a browser, with a script that runs before its own."""
    page = await open_page(browser, "about:blank")
    await page.session.call(commands.command("Page.enable"))
    await page.session.call(commands.command("Page.addScriptToEvaluateOnNewDocument", source=script))
    await page.session.call(commands.navigate(url))
    await page.wait_loaded()
    try:
        yield
    finally:
        info = await page.session.call(target_domain.get_target_info())
        await browser.root.call(target_domain.close_target(info.target_id))
        # It closes a little later, and is a page of the next test until then.
        while any(each.target_id == info.target_id for each in await browser.root.call(target_domain.get_targets())):
            await look_again()


class Offline(msgspec.Struct, frozen=True):
    """A browser in a lab that is offline, whose push handler has thrown, with a second push that waits."""

    lab: Lab
    services: BackgroundServices
    endpoint: str


@asynccontextmanager
async def open_offline(folder: Path, site: str) -> AsyncIterator[Offline]:
    async with open_lab(("push", "notifications", "network"), sites=(site,)) as lab:
        start = lab.start
        launch = Launch(
            profile=folder, port=0, arguments=start.arguments, environment=start.environment, prefix=start.prefix
        )
        async with (
            open_browser(launch=launch) as browser,
            open_store(folder / "events.db") as store,
            open_background_services(browser, store, lab) as services,
        ):
            assert lab.network is not None
            assert lab.push_service is not None
            assert browser.endpoint is not None
            await grant(browser, site.rstrip("/"))
            page = await open_ready(browser, f"{site}throws/")
            subscription = json.loads(await page.evaluate(SUBSCRIBE))
            await lab.push_service.send(subscription, "it throws")
            await services.wait_for("pushMessaging", "Push event completed")
            port = int(browser.endpoint.split("/")[2].rpartition(":")[2])
            published = await lab.network.publish(port)
            await lab.network.offline()
            await lab.push_service.send(subscription, "it waits")
            yield Offline(lab, services, browser.endpoint.replace(f":{port}/", f":{published}/"))


@asynccontextmanager
async def open_headless_shell(site: str) -> AsyncIterator[Stage]:
    """A scripted one: Playwright's is not everywhere. It takes a push, and has a worker."""
    async with open_scripted_browser() as scripted:
        scripted.answers["Browser.getVersion"] = {
            **dict.fromkeys(("protocolVersion", "revision", "userAgent", "jsVersion"), ""),
            "product": "HeadlessChrome/147.0.7727.0",
        }
        scripted.registrations["0"] = f"{site}handles/"
        scripted.answers["ServiceWorker.deliverPushMessage"] = partial(deliver, scripted)
        yield Stage(scripted.url, site)


async def deliver(scripted: ScriptedBrowser, params: Json) -> Json:
    for event_name, metadata in (("Push event dispatched", "Payload"), ("Push event completed", "Status")):
        value = params["data"] if metadata == "Payload" else "Success"
        await scripted.emit(
            wire_event(
                timestamp=time.time(),
                service="pushMessaging",
                eventName=event_name,
                instanceId="",
                eventMetadata=[{"key": metadata, "value": value}],
            )
        )
    return {}


@asynccontextmanager
async def open_page_endpoint(site: str) -> AsyncIterator[Stage]:
    """The endpoint of a page of a browser, which DevTools' ``/json/list`` has as ``webSocketDebuggerUrl``."""
    async with open_browser(launch=Launch(port=0)) as browser:
        page = await open_page(browser, "about:blank")
        info = await page.session.call(target_domain.get_target_info())
        assert browser.endpoint
        host = browser.endpoint.split("/")[2]
        yield Stage(f"ws://{host}/devtools/page/{info.target_id}", site)


@asynccontextmanager
async def open_unsupported(site: str) -> AsyncIterator[Stage]:
    """A scripted one that has no background services, as a Chromium before 116 or another program with DevTools."""
    async with open_scripted_browser() as scripted:
        for verb in ("startObserving", "setRecording", "clearEvents"):
            scripted.answers[f"BackgroundService.{verb}"] = Refusal(-32601, f"'BackgroundService.{verb}' wasn't found")
        scripted.answers["ServiceWorker.enable"] = Refusal(-32601, "'ServiceWorker.enable' wasn't found")
        yield Stage(scripted.url, site)


@asynccontextmanager
async def open_without_a_window(site: str) -> AsyncIterator[Stage]:
    """A scripted one that makes no target and has none that could be taken, as an app whose last page was closed."""
    async with open_scripted_browser() as scripted:
        scripted.answers["Target.createTarget"] = Refusal(-32000, "Not supported")
        scripted.answers["Target.createBrowserContext"] = Refusal(-32000, "Not supported")
        scripted.answers["Target.getBrowserContexts"] = {"browserContextIds": []}
        scripted.answers["Target.getTargets"] = {"targetInfos": []}
        yield Stage(scripted.url, site)
