"""The lab with Playwright's asynchronous API."""

import pytest

from cdp_bgservices.errors import ExpectationError, InvalidInputError

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.bgservices(lab="all")]

KEY = "BEl62iUYgUivxIkv69yViEuiBIa-Ib9-SkvMeAtA3LFgDzkrxZJjSgSnfckjBJuBkr3qBUYIHBQFLXYp5Nksh8U"


@pytest.mark.bgservices(grant=True)
async def test_every_part(page, context, site, bgservices):
    push, notifications, network = bgservices.push_service, bgservices.notifications, bgservices.network
    assert context.pages == [page]
    await page.goto(site)
    await page.evaluate("site.ready()")
    subscription = await page.evaluate("key => site.subscribe(key)", KEY)
    assert [known.sender for known in await push.subscriptions] == [KEY]
    assert push.endpoint(subscription).startswith(push.url)

    sent = await push.send(subscription, "Grüße")
    shown = await notifications.wait("Pushed", body="Grüße")
    assert await notifications.list() == [shown]
    async with bgservices.expect("notifications", "Notification clicked"), context.expect_page() as opened:
        await notifications.click(shown.id)
    await (await opened.value).wait_for_url(f"{site}#pushed")
    await notifications.wait_closed(shown.id)
    await push.send(subscription, {"title": "again"})
    shown = await notifications.wait(body='{"title": "again"}')
    await notifications.close(shown.id)
    await bgservices.wait_for("notifications", "Notification closed")
    with pytest.raises(InvalidInputError, match=r"notification \d+ is not shown"):
        await notifications.click(shown.id)
    await push.wait_delivered()
    await bgservices.wait_for("pushMessaging", "Push event completed", instance_id=sent)

    await page.evaluate("site.registerSync('reject-mail')")
    last = await bgservices.wait_for("backgroundSync", "Dispatched sync event", metadata={"Last Chance": "Yes"})
    assert last.instance_id == "reject-mail"

    await network.offline()
    assert not network.is_online
    await page.evaluate("navigator.serviceWorker.ready.then(({ sync }) => sync.register('later'))")
    await push.send(subscription, "while you were away", ttl=600, urgency="high", topic="away")
    assert [message.topic for message in await push.waiting] == ["away"]
    with pytest.raises(ExpectationError, match="it was not shown within 100ms"):
        await notifications.wait(timeout=100)
    async with bgservices.expect("backgroundSync", "Sync completed", instance_id="later"):
        await network.online()
    await notifications.wait(body="while you were away")
    await context.close()


async def test_each_test_has_a_lab_of_its_own(page, bgservices):
    assert await bgservices.push_service.subscriptions == []
    assert await bgservices.notifications.list() == []


async def test_a_browser_takes_its_contexts_with_it(browser, playwright, browser_type_launch_args, bgservices):
    mine = await playwright.chromium.launch(**browser_type_launch_args)
    context = await mine.new_context()
    page = await context.new_page()
    assert (await bgservices.of(context)).network.is_online
    await mine.close()
    assert page.is_closed()
