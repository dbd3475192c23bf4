"""What a page may do without a permission, and which one it needs: as ``docs/pytest.md`` has it."""

import pytest
import trio

from cdp_bgservices.browser.launch import Launch
from cdp_bgservices.browser.opening import open_browser
from cdp_bgservices.browser.pages import open_page
from cdp_bgservices.browser.permissions import grant

pytestmark = pytest.mark.browser

TRY = """(async () => {
  const registration = await navigator.serviceWorker.ready, refused = [];
  const tried = {
    sync: () => registration.sync.register("tag"),
    fetch: () => registration.backgroundFetch.fetch(crypto.randomUUID(), ["/download/1"]),
    periodicSync: () => registration.periodicSync.register("tag", { minInterval: 1000 }),
    notification: () => registration.showNotification("Hello"),
  };
  for (const [name, call] of Object.entries(tried)) await call().catch(() => refused.push(name));
  return refused;
})()"""
FETCH = """navigator.serviceWorker.ready
  .then(({ backgroundFetch }) => backgroundFetch.fetch(crypto.randomUUID(), ["/download/1"]))
  .then(() => "", error => error.message)"""
REFUSED = "This origin does not have permission to start a fetch."


async def test_what_needs_a_permission(site: str) -> None:
    with trio.fail_after(60):
        async with open_browser() as browser:
            page = await open_page(browser, site)
            assert await page.evaluate(TRY) == ["periodicSync", "notification"]
            await grant(browser, site.rstrip("/"))
            page = await open_page(browser, site)
            assert await page.evaluate(TRY) == []


async def test_a_second_background_fetch_needs_a_click_unless_the_permissions_are_granted(site: str) -> None:
    """In a browser that was launched here; in any other one it needs a click either way."""
    with trio.fail_after(60):
        async with open_browser(launch=Launch(port=0)) as browser, open_browser(browser.endpoint) as attached:
            await grant(attached, site.rstrip("/"))
            for clicks, answer in ((1, ""), (0, REFUSED)):
                page = await open_page(browser, site)
                assert await page.evaluate(FETCH) == ""
                for _ in range(clicks):
                    await page.click("h1")
                assert await page.evaluate(FETCH) == answer
            await grant(browser, site.rstrip("/"))
            page = await open_page(browser, site)
            assert [await page.evaluate(FETCH) for _ in range(2)] == [""] * 2
