"""The lab with pytest-trio: its parts are the lab's own."""

import pytest
import trio

from cdp_bgservices import open_page
from cdp_bgservices.errors import InvalidInputError

KEY = "BEl62iUYgUivxIkv69yViEuiBIa-Ib9-SkvMeAtA3LFgDzkrxZJjSgSnfckjBJuBkr3qBUYIHBQFLXYp5Nksh8U"


@pytest.mark.bgservices(grant=True, lab="all")
async def test_every_part(site, bgservices):
    page = await open_page(bgservices.browser, site)
    await page.wait_loaded()
    await page.evaluate("site.ready()")
    subscription = await page.evaluate(f"site.subscribe({KEY!r})")
    with trio.fail_after(60):
        sent = await bgservices.push_service.send(subscription, "Grüße")
        shown = await bgservices.notifications.wait("Pushed")
        async with bgservices.expect("notifications", "Notification clicked", timeout=30):
            await bgservices.notifications.click(shown.id)
        assert (await bgservices.wait_for("pushMessaging", "Push event completed")).instance_id == sent
        await bgservices.network.offline()
        await page.evaluate("navigator.serviceWorker.ready.then(({ sync }) => sync.register('later'))")
        async with bgservices.expect("backgroundSync", "Sync completed", instance_id="later", timeout=30):
            await bgservices.network.online()


@pytest.mark.bgservices(lab="clock")
async def test_retries(site, bgservices):
    page = await open_page(bgservices.browser, site)
    await page.wait_loaded()
    await page.evaluate("site.registerSync('reject-mail')")
    await bgservices.wait_for("backgroundSync", "Sync completed", metadata={"Status": "waitUntil rejected"})
    with pytest.raises(InvalidInputError, match="not in a lab with push"):
        bgservices.push_service  # noqa: B018


async def test_without_a_lab(bgservices, bgservices_lab):
    assert bgservices_lab is None
    with pytest.raises(InvalidInputError, match="not in a lab with network"):
        bgservices.network  # noqa: B018


@pytest.mark.bgservices(lab="notifications")
class TestWhereItCannotBe:
    @pytest.fixture(autouse=True)
    def nothing_is_installed(self, monkeypatch, tmp_path):
        monkeypatch.setenv("PATH", str(tmp_path))

    async def test_it_is_skipped(self, bgservices):
        raise AssertionError("never run")
