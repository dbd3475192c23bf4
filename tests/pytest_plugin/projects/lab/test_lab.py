"""Tests in the lab, with Playwright's synchronous API. All of them pass."""

import re

import pytest

from cdp_bgservices.errors import ExpectationError, InvalidInputError
from cdp_bgservices.site import serve_site

KEY = "BEl62iUYgUivxIkv69yViEuiBIa-Ib9-SkvMeAtA3LFgDzkrxZJjSgSnfckjBJuBkr3qBUYIHBQFLXYp5Nksh8U"


@pytest.fixture
def visited(page, site):
    page.goto(site)
    page.evaluate("site.ready()")
    return page


@pytest.mark.bgservices(grant=True, lab="push,notifications")
def test_a_real_push_and_a_click(visited, site, context, bgservices):
    push = bgservices.push_service
    subscription = visited.evaluate("key => site.subscribe(key)", KEY)
    assert [known.sender for known in push.subscriptions] == [KEY]
    sent = push.send(subscription, "Grüße")
    received = bgservices.wait_for("pushMessaging", "Push message received", instance_id=sent)
    assert received.metadata == {"Payload": "Grüße", "Success": "Yes", "Was Encrypted": "Yes"}
    shown = bgservices.notifications.wait("Pushed", body=re.compile("^Grü"))
    assert bgservices.notifications.list() == [shown]
    with bgservices.expect("notifications", "Notification clicked") as clicked, context.expect_page() as opened:
        bgservices.notifications.click(shown.id)
    assert clicked.value.instance_id == "push"
    opened.value.wait_for_url(f"{site}#pushed")
    bgservices.notifications.wait_closed(shown.id)
    push.wait_delivered()
    assert push.waiting == []


@pytest.mark.bgservices(lab="clock")
def test_a_whole_ladder_of_retries(visited, bgservices):
    with bgservices.expect("backgroundSync", "Sync completed", instance_id="reject-mail") as completed:
        visited.evaluate("site.registerSync('reject-mail')")
    assert completed.value.metadata == {"Status": "waitUntil rejected"}
    chances = bgservices.events("backgroundSync", "Dispatched sync event")
    assert [event.metadata["Last Chance"] for event in chances] == ["No", "No", "Yes"]
    with pytest.raises(InvalidInputError, match="not in a lab with push"):
        bgservices.push_service  # noqa: B018


@pytest.mark.bgservices(lab="network")
def test_offline_and_back(visited, bgservices):
    network = bgservices.network
    assert network.is_online
    network.offline()
    visited.wait_for_function("!navigator.onLine")
    visited.evaluate("navigator.serviceWorker.ready.then(({ sync }) => sync.register('later'))")
    bgservices.wait_for("backgroundSync", "Registered sync", instance_id="later")
    assert not network.is_online
    assert visited.evaluate("fetch('/').catch(error => error.name)") == "TypeError"
    assert not bgservices.events("backgroundSync", "Dispatched sync event")
    with bgservices.expect("backgroundSync", "Sync completed", instance_id="later"):
        network.online()
    visited.wait_for_function("navigator.onLine")


@pytest.mark.bgservices(grant=True, lab="all")
def test_a_push_waits_for_the_network(visited, bgservices):
    subscription = visited.evaluate("key => site.subscribe(key)", KEY)
    bgservices.network.offline()
    sent = bgservices.push_service.send(subscription, "while you were away")
    assert [message.id for message in bgservices.push_service.waiting] == [sent]
    with pytest.raises(ExpectationError, match="1 still waited after 100ms"):
        bgservices.push_service.wait_delivered(timeout=100)
    bgservices.network.online()
    bgservices.wait_for("pushMessaging", "Push event completed", instance_id=sent)
    bgservices.notifications.wait(body="while you were away")


@pytest.fixture
def late_site(page):
    """A server that is started when the browser runs already."""
    with serve_site() as url:
        yield url


@pytest.mark.bgservices(lab="network")
def test_a_server_that_is_started_later_is_reached(page, late_site, bgservices):
    page.goto(late_site)
    page.evaluate("site.sync('late')")
    bgservices.wait_for("backgroundSync", "Dispatched sync event", instance_id="late")
