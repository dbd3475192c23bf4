"""The same names for Playwright's asynchronous API."""

import asyncio

import pytest

from cdp_bgservices.errors import ExpectationError

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.mark.bgservices(grant=True)
async def test_every_name(page, site, bgservices):
    assert await bgservices.events() == []
    await page.goto(site)
    async with bgservices.expect("backgroundSync", "Sync completed", instance_id="send-message") as sync:
        await page.evaluate("site.registerSync('send-message')")
    assert (await sync.value).metadata["Status"] == "succeeded"
    assert (await bgservices.sync("send-message", last_chance=True)).metadata == {"Last Chance": "Yes"}
    assert not await bgservices.events(service="backgroundSync", event="sync event failed")
    assert (await bgservices.periodic_sync("refresh")).instance_id == "refresh"
    assert (await bgservices.push({"title": "Hello"})).metadata["Status"] == "Success"
    assert await bgservices.errors() == []
    shown = await bgservices.wait_for("notifications", "Notification displayed")
    assert shown.details["notification"]["tag"] == "push"
    (worker,) = await bgservices.workers()
    assert worker.scope == site


async def test_nothing_is_there_of_another_test(context, bgservices):
    assert await bgservices.events() == []


async def test_contexts_made_at_once(browser, site, bgservices):
    async def act(tag):
        context = await browser.new_context()
        page = await context.new_page()
        await page.goto(site)
        await page.evaluate(f"site.sync({tag!r})")
        services = await bgservices.of(context)
        seen = {event.instance_id for event in await services.events()}
        await context.close()
        return seen

    tags = [f"tag-{number}" for number in range(4)]
    assert await asyncio.gather(*map(act, tags)) == [{tag} for tag in tags]


async def test_timeouts_are_playwrights(page, context, bgservices):
    context.set_default_timeout(200)
    with pytest.raises(ExpectationError, match="did not occur within 200ms"):
        await bgservices.wait_for("backgroundSync")


async def test_a_wait_can_be_cancelled(page, bgservices):
    with pytest.raises(asyncio.TimeoutError):
        await asyncio.wait_for(bgservices.wait_for("backgroundSync", timeout=0), 0.1)


async def test_handlers_of_the_test_go_on_while_it_waits(page, site, bgservices):
    async def fulfill(route):
        await route.fulfill(body="now")

    await page.route("**/later", fulfill)
    await page.goto(site)
    async with bgservices.expect("backgroundSync", "Sync completed", instance_id="later"):
        await page.evaluate("void fetch('/later').then(() => site.registerSync('later'))")
