"""Clicks and a lost network without the lab, with Playwright's synchronous API."""

import pytest

from cdp_bgservices.errors import ExpectationError, InvalidInputError

FETCH = "fetch('/icon.png?' + Math.random()).then(() => 'online', () => 'offline')"


@pytest.mark.bgservices(grant=True)
def test_a_click(page, context, site, bgservices):
    page.goto(site)
    page.evaluate("site.ready()")
    bgservices.push("Grüße")
    click = bgservices.click_notification("Pushed", body="Grüße", emulated=True)
    assert (click.tag, click.windows, click.errors) == ("push", (f"{site}#pushed",), ())
    assert "openWindow and focus are refused" in click.emulated
    assert context.pages == [page]
    with pytest.raises(ExpectationError, match="expected a notification with title='Other' to click on"):
        bgservices.click_notification("Other", timeout=100, emulated=True)
    with pytest.raises(InvalidInputError, match="is an emulation"):
        bgservices.click_notification("Other", emulated=False)


@pytest.fixture(scope="module")
def shared(browser, site):
    page = browser.new_page()
    page.goto(site)
    page.evaluate("site.ready()")
    yield page
    page.context.close()


def test_offline(shared, bgservices):
    state = bgservices.offline(emulated=True)
    assert (state.pages, state.workers) == (1, 1)
    assert shared.evaluate(FETCH) == "offline"
    shared.evaluate("navigator.serviceWorker.ready.then(({ sync }) => sync.register('later'))")
    bgservices.wait_for("backgroundSync", "Registered sync", instance_id="later")
    bgservices.online(emulated=True)
    bgservices.wait_for("backgroundSync", "Sync completed", instance_id="later")
    assert shared.evaluate(FETCH) == "online"
    bgservices.offline(emulated=True)


def test_the_next_test_begins_online(shared, bgservices):
    assert shared.evaluate(FETCH) == "online"
    assert shared.evaluate("navigator.onLine")


def test_pages_of_other_tests_stay_online(page, shared, site, bgservices):
    page.goto(site)
    bgservices.offline(emulated=True)
    assert (page.evaluate(FETCH), shared.evaluate(FETCH)) == ("offline", "online")
