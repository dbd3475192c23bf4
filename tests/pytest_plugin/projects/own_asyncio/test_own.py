"""The same for Playwright's asynchronous API. All of them pass."""

import asyncio

import pytest
import pytest_asyncio

from cdp_bgservices.errors import ExpectationError

pytestmark = pytest.mark.asyncio(loop_scope="session")

PERMISSION = "Notification.permission"
COMPLETED = "navigator.serviceWorker.ready.then(({ sync }) => sync.getTags()).then(tags => !tags.length)"
"""The browser has reported by then that each sync has ended: it lists none any more."""


async def save(page, site, tag):
    await page.goto(site)
    await page.evaluate(f"site.sync({tag!r})")
    await page.wait_for_function(COMPLETED)


async def tags(services):
    return {event.instance_id for event in await services.events()}


@pytest_asyncio.fixture(loop_scope="session")
async def user(browser, site):
    context = await browser.new_context()
    page = await context.new_page()
    await save(page, site, "before")
    yield page
    await context.close()


async def test_made_in_a_fixture_before(user, bgservices):
    await bgservices.wait_for("backgroundSync", "Sync completed", instance_id="before")
    assert await tags(bgservices) == {"before"}
    assert (await bgservices.push("data")).metadata["Status"] == "Success"


async def test_made_in_a_fixture_after(bgservices, user):
    assert await tags(bgservices) == {"before"}


@pytest_asyncio.fixture(loop_scope="session", scope="module")
async def shared(browser):
    context = await browser.new_context()
    yield await context.new_page()
    await context.close()


async def test_that_does_not_ask(shared, site):
    await save(shared, site, "of another")


async def test_a_shared_context_from_the_test_s_start(shared, site, bgservices):
    assert await bgservices.events() == []
    assert await (await bgservices.of(shared)).events() == []
    await save(shared, site, "mine")
    assert await tags(bgservices) == await tags(await bgservices.of(shared)) == {"mine"}
    assert await bgservices.of(shared) is await bgservices.of(shared.context)


@pytest.mark.bgservices(grant=True)
async def test_grants_without_the_fixture(shared, browser, new_context, site):
    pages = [await browser.new_page(), await (await new_context()).new_page(), shared]
    for page in pages:
        await page.goto(site)
        assert await page.evaluate(PERMISSION) == "granted"
    await pages[0].close()


async def test_pages_made_at_once(browser, site, bgservices):
    pages = await asyncio.gather(*(browser.new_page() for _ in range(3)))
    await asyncio.gather(*(save(page, site, f"tag-{number}") for number, page in enumerate(pages)))
    assert await tags(bgservices) == {"tag-0", "tag-1", "tag-2"}
    assert await tags(await bgservices.of(pages[1])) == {"tag-1"}
    for page in pages:
        await page.close()


async def test_a_context_that_comes_while_it_is_waited_for(browser, site, bgservices):
    waiting = asyncio.create_task(bgservices.wait_for("backgroundSync", "Sync completed"))
    await asyncio.sleep(0)
    page = await browser.new_page()
    await save(page, site, "later")
    assert (await waiting).instance_id == "later"
    await page.close()


async def test_a_closed_context(browser, site, bgservices):
    context = await browser.new_context()
    await save(await context.new_page(), site, "done")
    services = await bgservices.of(context)
    await context.close()
    with pytest.raises(ExpectationError, match="was closed before"):
        await services.wait_for("backgroundSync", instance_id="other")
