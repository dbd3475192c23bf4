"""Permissions that a test sets, with pytest-trio."""

import pytest

from cdp_bgservices import open_page


@pytest.mark.bgservices(grant=True, permission={"notifications": "denied"})
async def test_the_marker_and_the_method(site, bgservices):
    page = await open_page(bgservices.browser, site)
    assert await page.evaluate("Notification.permission") == "denied"
    await bgservices.permission(site, "notifications", "granted")
    assert await page.evaluate("Notification.permission") == "granted"


@pytest.mark.bgservices(lab="push", permission={"notifications": "denied"})
async def test_in_the_lab(site, bgservices):
    page = await open_page(bgservices.browser, site)
    assert await page.evaluate("Notification.permission") == "denied"
    await bgservices.permission(site, "notifications", "granted", real=True)
    assert await page.evaluate("Notification.permission") == "granted"
