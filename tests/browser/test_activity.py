"""What others do in a browser, apart from what we do."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import trio
from cdp import target as target_domain
from trio_websocket import open_websocket_url

from cdp_bgservices.browser.activity import Activity, open_activity
from cdp_bgservices.browser.launch import Launch
from cdp_bgservices.browser.opening import Browser, open_browser
from cdp_bgservices.browser.pages import open_page
from cdp_bgservices.errors import CommandError
from cdp_bgservices.protocol import commands
from cdp_bgservices.recorder import open_recorder
from cdp_bgservices.store import open_store
from tests.scripted import open_scripted_browser
from tests.waiting import look_again

DEADLINE = 60
PAGE = "data:text/html,page"


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    with trio.fail_after(DEADLINE):
        async with open_browser(launch=Launch(port=0)) as opened:
            yield opened


@asynccontextmanager
async def open_other(browser: Browser) -> AsyncIterator[Browser]:
    async with open_browser(browser.endpoint) as other:
        yield other


async def wait_used(activity: Activity) -> bool:
    """The browser tells of it in its own time."""
    with trio.move_on_after(30):
        while not activity.is_used:
            await look_again()
    return activity.is_used


@pytest.mark.browser
async def test_our_own_actions_do_not_count_as_use(browser: Browser, site: str, tmp_path: Path) -> None:
    async with open_store(tmp_path / "events.db") as store, open_recorder(browser, store) as recorder:
        async with open_activity(browser) as activity:
            page = await open_page(browser, site, reuse_blank=True)
            await page.wait_loaded()
            await open_page(browser, PAGE)
            await recorder.settle()
        assert activity.touched
        assert not activity.is_used
        async with open_activity(browser) as later:
            pass
        assert (later.is_used, later.had_pages, activity.had_pages) == (False, True, False)


@pytest.mark.browser
async def test_a_client_that_connects_is_a_use(browser: Browser) -> None:
    async with open_activity(browser) as activity:
        assert not activity.is_used
        async with open_other(browser):
            assert await wait_used(activity)
    assert activity.is_used


@pytest.mark.browser
async def test_a_client_of_a_single_page_is_a_use(browser: Browser) -> None:
    """As of older ChromeDrivers: they do not connect to the browser itself."""
    (page,) = [info for info in await browser.root.call(target_domain.get_targets()) if info.type_ == "page"]
    assert browser.endpoint is not None
    url = browser.endpoint.partition("/devtools/")[0] + f"/devtools/page/{page.target_id}"
    async with open_activity(browser) as activity, open_websocket_url(url):
        assert await wait_used(activity)


@pytest.mark.browser
async def test_a_page_is_a_use_by_a_client_that_was_there_before(browser: Browser) -> None:
    async with open_other(browser) as other, open_activity(browser) as activity:
        assert not activity.is_used
        await other.root.call(commands.create_target("about:blank"))
        assert await wait_used(activity)


async def test_a_browser_that_does_not_tell() -> None:
    """As the scripted one: it knows no target of the browser itself."""
    with trio.fail_after(DEADLINE):
        async with open_scripted_browser() as scripted, open_browser(scripted.url) as browser:
            with pytest.raises(CommandError):
                async with open_activity(browser):
                    pass
