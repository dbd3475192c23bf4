"""Permissions that a test sets, with Playwright's synchronous API."""

import pytest

from cdp_bgservices.errors import InvalidInputError

KEY = "BEl62iUYgUivxIkv69yViEuiBIa-Ib9-SkvMeAtA3LFgDzkrxZJjSgSnfckjBJuBkr3qBUYIHBQFLXYp5Nksh8U"
ELSEWHERE = "http://localhost:1"
STATE = "name => navigator.permissions.query({ name, userVisibleOnly: true }).then(({ state }) => state)"


def shown(page):
    return page.evaluate("Notification.permission")


def test_every_name_in_every_state(page, site, bgservices):
    page.goto(site)
    names = ("push", "background-sync", "background-fetch", "periodic-background-sync", "payment-handler")
    for name in ("notifications", *names):
        for state in ("granted", "denied", "prompt"):
            bgservices.permission(site, name, state)
            assert page.evaluate(STATE, name) == state
    bgservices.permission(None, "notifications", "denied")
    assert shown(page) == "default"  # What was set for an origin takes precedence.


def test_what_is_misspelt(page, bgservices):
    for arguments, message, remedy in (
        ((ELSEWHERE, "notification", "denied"), "'notification' is not a permission of", "mean 'notifications'"),
        ((ELSEWHERE, "background_sync", "denied"), "'background_sync' is not a permission", "mean 'background-sync'"),
        ((ELSEWHERE, "push", "allowed"), "'allowed' is not the state of a permission", "granted, denied, prompt"),
        (("localhost", "push", "denied"), "'localhost' is not an origin", "http://localhost:8000"),
    ):
        with pytest.raises(InvalidInputError, match=message) as raised:
            bgservices.permission(*arguments)
        assert remedy in raised.value.remedy
    with pytest.raises(InvalidInputError, match="this browser is not in the lab"):
        bgservices.permission(ELSEWHERE, "push", "denied", real=True)


@pytest.mark.bgservices(grant=True, permission={"notifications": "denied"})
def test_the_marker_applies_to_contexts_that_the_test_makes(browser, site):
    for page in (browser.new_page(), browser.new_context().new_page()):
        page.goto(site)
        assert shown(page) == "denied"
        assert page.evaluate(STATE, "periodic-background-sync") == "granted"
        page.context.close()


@pytest.mark.bgservices(permission={ELSEWHERE: {"notifications": "denied"}, "background-sync": "denied"})
def test_the_marker_takes_an_origin(page, site):
    page.goto(site)
    assert shown(page) == "default"
    assert page.evaluate(STATE, "background-sync") == "denied"


def test_playwrights_own_permissions(page, context, site, bgservices):
    page.goto(site)
    bgservices.permission(site, "notifications", "denied")
    context.grant_permissions(["notifications"], origin=site)
    assert shown(page) == "granted"
    assert page.evaluate(STATE, "background-sync") == "denied"  # It denies what it does not list.
    bgservices.permission(site, "notifications", "denied")
    assert shown(page) == "denied"
    context.clear_permissions()
    assert shown(page) == "default"


@pytest.mark.bgservices(lab="push", grant=True)
def test_the_real_setting(page, context, site, bgservices):
    page.goto(site)
    page.evaluate("site.ready()")
    subscribe = "key => site.subscribe(key)"
    subscription = page.evaluate(subscribe, KEY)
    opened = []
    context.on("page", lambda each: opened.append(each))
    bgservices.permission(site, "notifications", "denied")
    assert shown(page) == "denied"
    assert page.evaluate("navigator.serviceWorker.ready.then(ready => ready.pushManager.getSubscription())") is None
    context.clear_permissions()
    assert shown(page) == "denied"  # Playwright clears overrides, and not the setting.
    context.grant_permissions(["notifications"], origin=site)
    assert shown(page) == "granted"  # Its override hides the setting, until the next permission().
    bgservices.permission(site, "notifications", "denied")
    assert shown(page) == "denied"
    bgservices.permission(site, "notifications", "granted")
    assert shown(page) == "granted"
    again = page.evaluate(subscribe, KEY)
    assert again["endpoint"] != subscription["endpoint"]
    sent = bgservices.push_service.send(again, "again")
    bgservices.wait_for("pushMessaging", "Push event completed", instance_id=sent)
    assert (opened, context.pages) == ([], [page])
    bgservices.push_service.expire(again)
    with pytest.raises(InvalidInputError, match="the subscription was ended, by its page"):
        bgservices.push_service.send(again, "too late")


@pytest.mark.bgservices(lab="push", permission={ELSEWHERE: {"notifications": "denied"}})
def test_the_marker_sets_the_real_setting(page, context):
    page.route("**/*", lambda route: route.fulfill(body="<title>Here</title>", content_type="text/html"))
    page.goto(ELSEWHERE)
    assert shown(page) == "denied"
    context.clear_permissions()
    assert shown(page) == "denied"
