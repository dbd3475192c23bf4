"""A site whose certificate nothing trusts, in a run with Playwright."""

import os

import pytest
from playwright.sync_api import Error

SITE = os.environ["SECURE_SITE"]
KEY = "BEl62iUYgUivxIkv69yViEuiBIa-Ib9-SkvMeAtA3LFgDzkrxZJjSgSnfckjBJuBkr3qBUYIHBQFLXYp5Nksh8U"


def use(page, bgservices):
    page.goto(SITE)
    with bgservices.expect("backgroundSync", "Sync completed"):
        page.evaluate("site.registerSync('letter')")


class TestPlaywrightsOwn:
    @pytest.fixture(scope="class")
    def browser_context_args(self, browser_context_args):
        return {**browser_context_args, "ignore_https_errors": True}

    def test_is_for_the_worker_too(self, page, bgservices):
        use(page, bgservices)

    def test_of_a_context_that_has_its_own(self, browser, bgservices):
        with browser.new_context(ignore_https_errors=True) as context:
            use(context.new_page(), bgservices.of(context))


def test_it_ends_with_its_contexts(page):
    with pytest.raises(Error, match="ERR_CERT_AUTHORITY_INVALID"):
        page.goto(SITE)


@pytest.mark.bgservices(ignore_https_errors=True)
def test_by_the_marker(page, bgservices):
    use(page, bgservices)
    assert page.request.get(SITE).ok, "Playwright's own requests, too"


@pytest.mark.bgservices(ignore_https_errors=True, grant=True, lab="push", push_from_pages=True)
def test_in_the_lab(page, bgservices):
    use(page, bgservices)
    subscription = page.evaluate("key => site.subscribe(key)", KEY)
    sent = bgservices.push_service.send(subscription, "hello")
    assert bgservices.wait_for("pushMessaging", "Push event completed").instance_id == sent
    post = "url => fetch(url, { method: 'POST' }).then(answer => answer.text())"
    assert page.evaluate(post, subscription["endpoint"]) == "VAPID: the Authorization header is missing.\n"
