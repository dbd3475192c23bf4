"""What the workers pane does with a worker, in a real Chromium: what the browser reports then, in every context."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cdp import target as target_domain

from cdp_bgservices.protocol import commands
from tests.acting import open_made_context
from tests.browser.worker_site import WorkerSite, open_worker_site
from tests.web.attaching import Scene, open_scene
from tests.web.test_browser_routes import Page, open_page

pytestmark = pytest.mark.browser

FIRST = "self.version = 1; self.addEventListener('install', () => self.skipWaiting());"
FIRST += "self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()));"
SECOND = "self.version = 2;"
THROWING = "self.version = 3; self.addEventListener('install', (event) => event.waitUntil(Promise.reject('no')));"


@pytest.fixture
def site() -> Iterator[WorkerSite]:
    with open_worker_site(FIRST) as opened:
        yield opened


class Pane:
    """One worker in the pane."""

    def __init__(self, page: Page, scope: str, context: str) -> None:
        self.page = page
        self.request = {"scope": scope, "browser_context": context}

    async def act(self, name: str) -> str:
        return str((await self.page.post("/api/worker", {"act": name, **self.request}))["said"])

    async def shown(self) -> list[dict[str, Any]]:
        """As ``/api/workers`` has it; none or one."""
        found = (await self.page.get("/api/workers"))["workers"]
        return [each for each in found if self.request.items() <= each.items()]


async def visit(scene: Scene, site: WorkerSite, context: str | None) -> None:
    created = await scene.browser.root.call(commands.create_target(site.url, browser_context_id=context))
    await scene.browser.root.call(target_domain.attach_to_target(target_domain.TargetID(created["targetId"])))
    await scene.wait(
        lambda: any(
            worker.status == "activated" and (context is None or worker.browser_context == context)
            for worker in scene.attached.contexts.workers
        )
    )


@pytest.mark.parametrize("is_made", [False, True])
async def test_a_worker_from_its_start_to_its_end(tmp_path: Path, site: WorkerSite, is_made: bool) -> None:
    async with (
        open_scene(tmp_path) as scene,
        open_page(scene.store, scene.attached) as page,
        open_made_context(scene.browser) as made,
    ):
        await visit(scene, site, None)
        await visit(scene, site, made)
        [default] = [each for each in scene.attached.contexts.ids if each != made]
        mine, other = (made, default) if is_made else (default, made)
        pane, beside = Pane(page, site.url, mine), Pane(page, site.url, other)
        assert await pane.act("stop") == "It has stopped."
        assert await pane.act("stop") == "It was stopped already."
        assert await pane.act("start") == "It is running."
        assert await pane.act("start") == "It was running already."
        assert await pane.act("skip-waiting") == "No version waits."
        assert (await pane.act("update")).startswith("No new version followed within 3 s")
        [worker] = await pane.shown()
        [version] = worker["versions"]
        assert (version["status"], version["running_status"]) == ("activated", "running")
        assert version["clients"] == [site.url]
        assert version["received"].startswith("20")
        site.worker = SECOND
        assert await pane.act("update") == "A new version is installed, and waits."
        assert [each["status"] for each in (await pane.shown())[0]["versions"]] == ["activated", "installed"]
        assert await pane.act("skip-waiting") == "The new version is active."
        site.worker = THROWING
        assert await pane.act("update") == "The new version could not be installed, and is discarded."
        [worker] = await pane.shown()
        assert [each["status"] for each in worker["versions"]] == ["activated"]
        assert await pane.act("unregister") == "It is unregistered."
        assert await pane.shown() == []
        assert "there is no service worker" in await page.refused("/api/worker", {"act": "start", **pane.request}, 502)
        assert [each["status"] for each in (await beside.shown())[0]["versions"]] == ["activated"]
        said = await page.refused("/api/worker", {"act": "dance", **beside.request}, 400)
        assert "skip-waiting" in said


async def test_the_last_error_has_its_time(tmp_path: Path) -> None:
    throwing = f"{FIRST} self.addEventListener('push', () => {{ throw new TypeError('no way'); }});"
    with open_worker_site(throwing) as site:
        async with open_scene(tmp_path) as scene, open_page(scene.store, scene.attached) as page:
            await visit(scene, site, None)
            [worker] = (await page.get("/api/workers"))["workers"]
            assert (worker["error"], worker["error_at"]) == ("", None)
            await page.post("/api/trigger", {"kind": "push", "text": "x", "scope": site.url})
            await scene.wait(lambda: scene.attached.contexts.last_errors)
            [worker] = (await page.get("/api/workers"))["workers"]
            assert "no way" in worker["error"]
            assert worker["error_at"].startswith("20")
