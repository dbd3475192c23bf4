"""End to end, in the browser that ``cdp-bgservices record --run`` has started and records."""

import os
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect, sync_playwright


@pytest.fixture
def page() -> Iterator[Page]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.connect_over_cdp(os.environ["CDP_BGSERVICES_ENDPOINT"])
        page = browser.contexts[0].new_page()
        yield page
        page.close()


def test_message_is_sent_in_the_background(page: Page) -> None:
    page.goto(os.environ["APP"])
    page.get_by_role("button", name="Sync", exact=True).click()
    expect(page.locator("#log")).to_contain_text("succeeded")
