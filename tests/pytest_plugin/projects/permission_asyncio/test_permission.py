"""Permissions that a test sets, with Playwright's asynchronous API."""

import pytest

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def shown(page):
    return await page.evaluate("Notification.permission")


@pytest.mark.bgservices(grant=True, permission={"notifications": "denied"})
async def test_the_marker_and_the_method(browser, site, bgservices):
    page = await browser.new_page()
    await page.goto(site)
    assert await shown(page) == "denied"
    await bgservices.permission(site, "notifications", "granted")
    assert await shown(page) == "granted"
    await page.context.close()


@pytest.mark.bgservices(lab="push", permission={"notifications": "denied"})
async def test_in_the_lab(page, context, site, bgservices):
    opened = []
    context.on("page", lambda each: opened.append(each))
    await page.goto(site)
    assert await shown(page) == "denied"
    await bgservices.permission(site, "notifications", "granted", real=True)
    await context.clear_permissions()
    assert await shown(page) == "granted"
    assert opened == []
