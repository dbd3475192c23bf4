"""The same names for the library's own users, with pytest-trio."""

import pytest
import trio
from cdp import page as cdp_page
from cdp import target

from cdp_bgservices import Launch, open_browser, open_page
from cdp_bgservices.browser.pages import Page
from cdp_bgservices.errors import ExpectationError, InvalidInputError

GRANTED = """navigator.permissions.query({name: 'notifications'}).then(status =>
  status.state === 'granted' || new Promise(resolve => status.onchange = () => resolve(true)))"""


@pytest.mark.bgservices(grant=True)
async def test_every_name(site, bgservices):
    page = await open_page(bgservices.browser, site)
    await page.wait_loaded()
    async with bgservices.expect("backgroundSync", "Sync completed", instance_id="send-message") as sync:
        await page.evaluate("site.registerSync('send-message')")
    assert sync.value.metadata["Status"] == "succeeded"
    assert (await bgservices.sync("send-message", last_chance=True)).metadata == {"Last Chance": "Yes"}
    assert not await bgservices.events(service="backgroundSync", event="sync event failed")
    assert (await bgservices.periodic_sync("refresh")).instance_id == "refresh"
    assert (await bgservices.push({"title": "Hello"})).metadata["Status"] == "Success"
    shown = await bgservices.wait_for(
        "notifications",
        "Notification displayed",
        predicate=lambda event: event.details["notification"]["data"] == {"opens": "/#pushed"},
    )
    assert shown in await bgservices.events("notifications")
    (worker,) = await bgservices.workers()
    assert worker.scope == site


@pytest.mark.bgservices(grant=True)
async def test_grants_without_the_fixture(site, bgservices_browser):
    page = await open_page(bgservices_browser, site)
    await page.wait_loaded()
    assert await page.evaluate("Notification.permission") == "granted"


@pytest.mark.bgservices(grant=True)
async def test_a_context_that_the_test_makes(site, bgservices):
    """It is seen, and granted what the marker says."""
    root = bgservices.browser.root
    context = await root.call(target.create_browser_context())
    target_id = await root.call(target.create_target("about:blank", browser_context_id=context))
    session = await root.call(target.attach_to_target(target_id, flatten=True))
    page = Page(bgservices.browser.connection.attached(str(session)))
    await page.session.call(cdp_page.navigate(site))
    await page.wait_loaded()
    await page.evaluate("site.sync('made')")
    event = await bgservices.wait_for("backgroundSync", "Sync completed", instance_id="made")
    assert event.browser_context == str(context)
    await page.evaluate(GRANTED)


async def test_what_cannot_be_sent_or_granted(bgservices):
    with pytest.raises(InvalidInputError, match="a push cannot carry b'data'"):
        await bgservices.push(b"data")
    with pytest.raises(InvalidInputError, match=r"'nonsense' is no.* origin"):
        await bgservices.grant("nonsense")


async def test_timeouts_are_in_seconds(bgservices):
    with pytest.raises(ExpectationError, match="did not occur within 200ms"):
        await bgservices.wait_for("backgroundSync", timeout=0.2)
    with pytest.raises(trio.TooSlowError), trio.fail_after(0.2):
        await bgservices.wait_for("backgroundSync", timeout=0)


class TestAnotherBrowser:
    @pytest.fixture
    async def bgservices_browser(self, tmp_path):
        async with open_browser(launch=Launch(profile=tmp_path / "profile")) as browser:
            yield browser

    async def test_it_is_the_one(self, bgservices, tmp_path):
        assert bgservices.browser.profile == tmp_path / "profile"
