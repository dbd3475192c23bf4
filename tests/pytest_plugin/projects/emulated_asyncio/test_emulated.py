"""Clicks and a lost network without the lab, with Playwright's asynchronous API."""

import pytest

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.mark.bgservices(grant=True)
async def test_a_click(page, site, bgservices):
    await page.goto(site)
    await page.evaluate("site.ready()")
    await bgservices.push("Grüße")
    click = await bgservices.click_notification("Pushed", emulated=True)
    assert click.windows == (f"{site}#pushed",)


async def test_offline(page, site, bgservices):
    await page.goto(site)
    await bgservices.offline(emulated=True)
    assert not await page.evaluate("navigator.onLine")
    await bgservices.online(emulated=True)
    assert await page.evaluate("navigator.onLine")
