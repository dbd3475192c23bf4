"""One profile for several tests: none finds what another has left, in it or in its lab."""

from collections.abc import AsyncIterator

import pytest
from cdp import browser as browser_domain
from cdp import target as target_domain

from cdp_bgservices.browser.launch import Launch
from cdp_bgservices.browser.opening import Browser, open_browser
from cdp_bgservices.browser.pages import open_page
from cdp_bgservices.browser.resetting import reset_profile
from cdp_bgservices.errors import InvalidInputError
from tests.cli.serving import Served, open_served
from tests.lab.push.acting import Key

pytestmark = pytest.mark.browser

LEAVE = """(async () => {
  localStorage.user = 'ada';
  document.cookie = 'user=ada';
  const { pushManager } = await navigator.serviceWorker.ready;
  return (await pushManager.subscribe({userVisibleOnly: true, applicationServerKey: '%s'})).toJSON();
})()"""
FIND = """(async () => {
  const { pushManager } = await navigator.serviceWorker.ready;
  return [localStorage.user, document.cookie, await pushManager.getSubscription(), Notification.permission];
})()"""

STATE = "navigator.permissions.query({name: '%s'}).then(it => it.state)"


@pytest.fixture
async def served(site: str, namespaces: None) -> AsyncIterator[Served]:
    async with open_served("--lab", "all", "--grant", site.rstrip("/")) as opened:
        yield opened


async def pages(browser: Browser) -> list[str]:
    return [info.url for info in await browser.root.call(target_domain.get_targets()) if info.type_ == "page"]


async def test_nothing_is_left(served: Served, site: str) -> None:
    async with open_browser(served.ready["params"]["endpoint"]) as browser:
        page = await open_page(browser, site)
        await page.wait_loaded()
        subscription = await page.evaluate(LEAVE % Key().public)
        await served.ask("push", data="left")
        await served.ask("notification.wait")
        for name in ("notifications", "background-sync"):
            await served.ask("permission", origin=site.rstrip("/"), name=name, state="denied", real=True)
        await served.ask("network.offline")

        await served.ask("reset")
        assert await pages(browser) == []
        assert await served.ask("network.isOnline") is True
        assert await served.ask("notification.list") == []
        assert await served.ask("push.subscriptions") == []
        assert await served.ask("push.knows", subscription=subscription) is False
        assert await served.ask("workers") == []

        page = await open_page(browser, site)
        assert await page.evaluate(FIND) == [None, "", None, "granted"]  # As --grant says.
        mark = await served.ask("mark")
        await page.evaluate("navigator.serviceWorker.ready.then(it => it.sync.register('letter'))")
        await served.ask("wait", event="Sync completed", since=mark)
        await browser.root.call(browser_domain.reset_permissions())  # What is left are the site's own settings.
        assert [await page.evaluate(STATE % name) for name in ("notifications", "background-sync")] == [
            "prompt",
            "granted",
        ]


async def test_a_profile_that_may_be_a_users_is_not_cleared(site: str) -> None:
    async with open_browser(launch=Launch(port=0)) as browser:
        page = await open_page(browser, site)
        await page.evaluate("localStorage.user = 'ada'")
        async with open_browser(browser.endpoint) as attached:
            with pytest.raises(InvalidInputError, match="was not started here"):
                await reset_profile(attached)
        assert await page.evaluate("[location.href, localStorage.user]") == [site, "ada"]
