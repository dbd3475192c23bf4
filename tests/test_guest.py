"""A guest in a user's browser: neither its user nor Playwright sees a page, tab or focus of ours."""

import threading
from pathlib import Path

import pytest
import trio
from cdp import target as target_domain
from playwright.sync_api import sync_playwright

from cdp_bgservices.browser.launch import Launch
from cdp_bgservices.browser.opening import Browser, open_browser
from cdp_bgservices.query import Query
from cdp_bgservices.recorder import Recorder, open_recorder
from cdp_bgservices.store import open_store
from cdp_bgservices.tasks import open_tasks

pytestmark = pytest.mark.browser

DEADLINE = 60


async def pages_of(browser: Browser) -> set[str]:
    targets = await browser.root.call(target_domain.get_targets())
    return {str(info.target_id) for info in targets if info.type_ in ("page", "tab", "background_page")}


async def test_nothing_of_ours_is_seen_and_playwright_s_contexts_are_recorded(site: str, tmp_path: Path) -> None:
    is_recorded = threading.Event()

    def with_playwright(endpoint: str) -> list[int]:
        """How many pages Playwright sees in each of its contexts, its own one included."""
        with sync_playwright() as playwright:
            browser = playwright.chromium.connect_over_cdp(endpoint)
            context = browser.new_context(permissions=["notifications", "background-sync"])
            page = context.new_page()
            page.goto(site)
            page.evaluate("site.ready()")
            page.evaluate("site.sync('from-playwright')")
            seen = [len(each.pages) for each in browser.contexts]
            assert is_recorded.wait(DEADLINE)  # What the context has not reported by its end is gone with it.
            context.close()
            return seen

    async def note_recorded(recorder: Recorder) -> None:
        event = await recorder.wait_event(Query(event_names=("Sync completed",)))
        assert event.instance_id == "from-playwright"
        is_recorded.set()

    with trio.fail_after(DEADLINE):
        async with (
            open_store(tmp_path / "events.db") as store,
            open_browser(launch=Launch(port=0)) as browser,
        ):
            before = await pages_of(browser)
            async with open_recorder(browser, store) as recorder, open_tasks() as tasks:
                tasks.start_soon(note_recorded, recorder)
                assert await pages_of(browser) == before
                assert browser.endpoint is not None
                seen = await trio.to_thread.run_sync(with_playwright, browser.endpoint)
                assert seen == [1, 1]
            assert await pages_of(browser) == before
