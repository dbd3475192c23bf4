"""What a user's tests look like with Playwright's synchronous API. All of them pass."""

import re

import pytest

from cdp_bgservices.errors import ExpectationError, InvalidInputError, TriggerError


@pytest.fixture
def visited(page, site):
    """A page that acts before anything of the test, or of ours, has looked."""
    page.goto(f"{site}?sync=early")
    page.evaluate("site.answer({id: 'early'})")
    return page


def test_nothing_is_missed_before_the_first_line(visited, bgservices):
    bgservices.wait_for("backgroundSync", "Sync completed")
    names = [event.event_name for event in bgservices.events("backgroundSync", instance_id="early")]
    assert names == ["Registered sync", "Dispatched sync event", "Sync completed"]


def test_nothing_is_there_of_another_test(context, bgservices):
    assert bgservices.events() == []
    assert bgservices.workers() == []


@pytest.mark.bgservices(grant=True)
def test_every_name(page, site, bgservices):
    page.goto(site)
    with bgservices.expect("backgroundSync", "Sync completed", instance_id="send-message") as sync:
        page.evaluate("site.registerSync('send-message')")
    assert sync.value.metadata["Status"] == "succeeded"
    assert bgservices.sync("send-message", last_chance=True).metadata == {"Last Chance": "Yes"}
    assert not bgservices.events(service="backgroundSync", event="sync event failed")
    assert bgservices.periodic_sync("refresh").instance_id == "refresh"
    assert bgservices.push({"title": "Grüße"}).metadata["Status"] == "Success"
    shown = bgservices.wait_for("notifications", "Notification displayed", metadata={"Body": re.compile("Grüße")})
    assert shown.details["notification"]["data"] == {"opens": "/#pushed"}
    assert shown in bgservices.events("notifications")
    (worker,) = bgservices.workers()
    assert worker.scope == site
    assert worker.status == "activated"


def test_a_trigger_waits_for_the_worker(page, site, bgservices):
    page.goto(site, wait_until="commit")
    page.evaluate("setTimeout(() => navigator.serviceWorker.register('/worker.js'), 300)")
    assert bgservices.push("hello").event_name == "Push event completed"
    assert bgservices.errors() == []
    bgservices.push("throw", check=False)
    assert ["push threw" in error.message for error in bgservices.errors()] == [True]


def test_expect_looks_at_what_comes_from_now_on(page, site, bgservices):
    page.goto(site)
    first = bgservices.sync("again") if page.evaluate("site.ready()") else None
    assert bgservices.wait_for("backgroundSync", "Dispatched sync event", instance_id="again") == first
    with bgservices.expect("backgroundSync", "Dispatched sync event", instance_id="again") as second:
        bgservices.sync("again")
    assert second.value.id != first.id


def test_criteria(page, site, bgservices):
    page.goto(site)
    for tag in ("one", "two"):
        page.evaluate(f"site.sync({tag!r})")
        bgservices.wait_for("backgroundSync", "Sync completed", instance_id=tag)
    assert len(bgservices.events("backgroundSync", re.compile("^Sync"))) == 2
    assert len(bgservices.events(instance_id=re.compile("^t"))) == 3
    assert len(bgservices.events(origin=site.rstrip("/"))) == len(bgservices.events(origin=site)) == 6
    assert len(bgservices.events(scope=site)) == 6
    assert bgservices.events(scope=f"{site}elsewhere/") == []
    assert len(bgservices.events(predicate=lambda event: "Last Chance" in event.metadata)) == 2
    with pytest.raises(InvalidInputError, match="'background-sync' is not a background service"):
        bgservices.events("background-sync")
    with pytest.raises(InvalidInputError, match="'tag' is not a valid criterion"):
        bgservices.wait_for("backgroundSync", tag="one")


def test_the_test_s_own_error_comes_first(page, bgservices):
    with pytest.raises(ZeroDivisionError), bgservices.expect("backgroundSync", timeout=60_000):
        1 / 0  # noqa: B018


def test_background_fetches_need_no_permission_and_no_click(page, site, bgservices):
    """In Playwright's contexts."""
    page.goto(site)
    for _ in range(2):
        with bgservices.expect("backgroundFetch", "Background Fetch completed") as fetch:
            page.evaluate("site.download()")
        assert fetch.value.metadata["Event Type"] == "BackgroundFetchSuccessEvent"


def test_the_value_is_there_after_the_body(page, site, bgservices):
    page.goto(site)
    with bgservices.expect("backgroundSync", "Registered sync") as sync:
        page.evaluate("site.registerSync('tag')")
        with pytest.raises(ExpectationError, match="has not occurred yet"):
            sync.value  # noqa: B018
    assert sync.value.instance_id == "tag"


def test_timeouts_are_playwrights(page, context, bgservices):
    context.set_default_timeout(200)
    with pytest.raises(ExpectationError, match="did not occur within 200ms"):
        bgservices.wait_for("backgroundSync")
    with pytest.raises(ExpectationError, match="did not occur within 100ms"):
        bgservices.wait_for("backgroundSync", timeout=100)
    with pytest.raises(TriggerError, match="no page has registered a service worker"):
        bgservices.sync("tag")


def test_handlers_of_the_test_go_on_while_it_waits(page, site, bgservices):
    """The page gets no further until a route, which is the test's own Python, has answered."""
    page.route("**/later", lambda route: route.fulfill(body="now"))
    page.goto(site)
    with bgservices.expect("backgroundSync", "Sync completed", instance_id="later"):
        page.evaluate("void fetch('/later').then(() => site.registerSync('later'))")


@pytest.mark.parametrize("number", range(3))
def test_a_background_fetch(page, site, bgservices, number):
    page.goto(site)
    with bgservices.expect("backgroundFetch", "Background Fetch completed"):
        page.get_by_role("button", name="Download").click()


def test_permissions(browser, page, context, site, bgservices):
    state = "navigator.permissions.query({name: 'notifications'}).then(status => status.state)"
    page.goto(site)
    assert page.evaluate(state) != "granted"
    bgservices.grant(site)
    assert page.evaluate(state) == "granted"
    other = browser.new_page()
    other.goto(site)
    assert other.evaluate(state) != "granted"
    other.context.close()


@pytest.mark.bgservices(grant="http://localhost:9")
def test_a_permission_is_for_one_origin(page, site, bgservices):
    page.goto(site)
    assert page.evaluate("navigator.permissions.query({name: 'notifications'}).then(each => each.state)") != "granted"
