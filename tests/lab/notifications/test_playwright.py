"""A browser that Playwright starts, in a notification center and on a sync clock."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import trio
from playwright.sync_api import Page, sync_playwright

from cdp_bgservices.browser.install import ensure_chromium
from cdp_bgservices.lab.clock import sync_clock
from cdp_bgservices.lab.notifications import open_notification_center
from cdp_bgservices.lab.start import Start

pytestmark = pytest.mark.browser

PERMISSIONS = ["notifications", "background-sync"]


async def test_notifications_are_clicked_and_syncs_tried_again(site: str, tmp_path: Path) -> None:
    with trio.fail_after(90):
        async with open_notification_center() as center:
            start = center.start + sync_clock().start

            def click(title: str) -> None:
                async def find_and_click() -> None:
                    await center.click((await center.wait(title)).id)

                trio.from_thread.run(find_and_click)

            clicked, attempts = await trio.to_thread.run_sync(use, start, site, tmp_path, click)
    assert clicked["outcome"] == "clicked"
    assert attempts == 3


def use(start: Start, site: str, profile: Path, click: Callable[[str], None]) -> tuple[Any, int]:
    """What the worker reported of a click, and how often it got a sync that it rejects."""
    with sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            profile,
            executable_path=ensure_chromium(),
            args=list(start.arguments),
            env={**os.environ, **start.environment},
            chromium_sandbox=False,
        )
        context.grant_permissions(PERMISSIONS, origin=site)
        page = context.new_page()
        page.goto(site)
        page.evaluate("site.ready()")
        page.evaluate("site.notify('letter', 'A letter')")
        click("A letter")
        clicked = page.evaluate("site.answer({service: 'notifications', id: 'letter'})")
        page.evaluate("site.registerSync('reject-mail')")
        attempts = rejected(page, 3)
        context.close()
        return clicked, attempts


def rejected(page: Page, wanted: int) -> int:
    """Once there are as many as wanted."""
    count = "site.messages.filter(({outcome}) => outcome === 'rejected').length"
    page.wait_for_function(f"{count} >= {wanted}")
    return int(page.evaluate(count))
