"""A Playwright that the test starts itself. All of them pass."""

import os

import pytest
from playwright.sync_api import sync_playwright


@pytest.mark.bgservices(grant=True)
def test_it_is_seen(site, bgservices):
    assert bgservices.events() == []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=os.environ["CHROMIUM"])
        page = browser.new_page()
        page.goto(site)
        with bgservices.expect("backgroundSync", "Sync completed"):
            page.evaluate("site.sync('own')")
        assert bgservices.of(page).events() == bgservices.events() != []
        assert page.evaluate("Notification.permission") == "granted"
        browser.close()


@pytest.fixture(scope="module")
def browser():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=os.environ["CHROMIUM"])
        yield browser
        browser.close()


def test_in_a_fixture_of_its_own(browser, site, bgservices):
    page = browser.new_page()
    page.goto(site)
    page.evaluate("site.sync('module')")
    assert {event.instance_id for event in bgservices.events()} == {"module"}
