"""A failed wait ends with what hinders the service, and ``why`` answers the same, on a real Chromium."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import quote

import pytest
import trio

from cdp_bgservices.browser.opening import open_browser
from cdp_bgservices.browser.pages import Page, open_page
from cdp_bgservices.errors import ExpectationError, InvalidInputError
from cdp_bgservices.store import open_store
from cdp_bgservices.testing.services import BackgroundServices, open_background_services
from tests.acting import ACTIVE
from tests.why.scene_site import serve_scenes

pytestmark = pytest.mark.browser

LISTENS = "onsync = (event) => event.waitUntil(Promise.resolve());"
REGISTERED = f"navigator.serviceWorker.register('/worker.js?' + %r).then(() => {ACTIVE})"


@asynccontextmanager
async def open_services(folder: Path) -> AsyncIterator[BackgroundServices]:
    with trio.fail_after(60):
        async with (
            open_store(folder / "events.db") as store,
            open_browser() as browser,
            open_background_services(browser, store) as services,
        ):
            yield services


async def open_scene(services: BackgroundServices, port: int, host: str, worker: str | None) -> tuple[Page, str]:
    """A page, and its scope."""
    url = f"http://{host}.localhost:{port}/"
    page = await open_page(services.browser, url)
    if worker is not None:
        await page.evaluate(REGISTERED % quote(worker))
    return page, url


async def said(services: BackgroundServices, service: str | None, **criteria: str) -> str:
    """Of a wait that fails, the part about why."""
    with pytest.raises(ExpectationError) as failed:
        await services.wait_for(service, "Sync completed", timeout=0.05, **criteria)  # type: ignore[arg-type]
    return str(failed.value).partition("\nwhy, as the browser says it now:\n")[2]


async def test_what_hinders(tmp_path: Path) -> None:
    with serve_scenes() as port:
        async with open_services(tmp_path) as services:
            with pytest.raises(InvalidInputError, match="has no open page and no service worker"):
                await services.why("backgroundSync")
            with pytest.raises(InvalidInputError, match="'sync' is not a background service"):
                await services.why("sync")
            assert await said(services, "backgroundSync") == ""

            page, bare = await open_scene(services, port, "bare", None)
            text = await said(services, "backgroundSync")
            assert f"Background sync of {bare}\n    blocks: The site has no service worker: " in text

            await page.evaluate(REGISTERED % "")
            text = await said(services, "backgroundSync")
            assert f"    blocks: The service worker of {bare} has no 'sync' handler (it listens to nothing)." in text
            assert await said(services, None) == "", "a wait for any service"
            first, *_ = await services.why("backgroundSync")
            assert (first.key, str(first.effect)) == ("no-handler", "blocks")

            other, listening = await open_scene(services, port, "listening", LISTENS)
            text = await said(services, "backgroundSync", instance_id="mail")
            assert "bare" not in text, "that site does not use it"
            assert f"Background sync of {listening}\n" in text
            with pytest.raises(InvalidInputError, match="there are several sites") as several:
                await services.why("notifications")
            assert (bare in several.value.remedy, listening in several.value.remedy) == (True, True)
            assert (await services.why("backgroundSync", scope=bare))[0].key == "no-handler"
            first, *_ = await services.why("backgroundSync", scope=f"{bare}none/")
            assert first.said == f"Of the site's service workers, none has the scope {bare}none/."
            assert first.said in await said(services, "backgroundSync", scope=f"{bare}none/")

            await services.offline(emulated=True)
            await other.evaluate("navigator.serviceWorker.ready.then(own => own.sync.register('mail'))")
            text = await said(services, "backgroundSync", instance_id="mail")
            assert f"    delays: An emulation of ours keeps {listening.rstrip('/')} offline: " in text
            await services.online(emulated=True)
            await services.wait_for("backgroundSync", "Sync completed", instance_id="mail")
