"""Contexts and pages that tests and their fixtures make themselves. All of them pass."""

from threading import Event, Timer

import pytest

from cdp_bgservices.errors import ExpectationError, InvalidInputError, TriggerError

PERMISSION = "Notification.permission"
COMPLETED = "navigator.serviceWorker.ready.then(({ sync }) => sync.getTags()).then(tags => !tags.length)"
"""The browser has reported by then that each sync has ended: it lists none any more."""
OPEN = []
"""What tests leave open."""


def save(page, site, tag):
    page.goto(site)
    sync(page, tag)


def sync(page, tag):
    """To its end: what is counted is all there, and none of it occurs in the next test."""
    page.evaluate(f"site.sync({tag!r})")
    page.wait_for_function(COMPLETED)


def tags(services):
    return {event.instance_id for event in services.events()}


@pytest.fixture
def user(browser):
    context = browser.new_context()
    yield context.new_page()
    context.close()


@pytest.fixture
def saved(user, site):
    save(user, site, "before")
    return user


def test_made_in_a_fixture_before(saved, site, bgservices):
    save(saved, site, "after")
    bgservices.wait_for("backgroundSync", "Sync completed", instance_id="before")
    assert tags(bgservices) == {"before", "after"}
    assert bgservices.push("data").metadata["Status"] == "Success"
    bgservices.sync("again")


def test_made_in_a_fixture_after(bgservices, saved):
    assert tags(bgservices) == {"before"}


def test_made_by_the_factory(new_context, site, bgservices):
    save(new_context().new_page(), site, "one")
    save(new_context().new_page(), site, "two")
    assert tags(bgservices) == {"one", "two"}


def test_new_page_hides_nothing(browser, site, bgservices):
    """It is left open."""
    page = browser.new_page()
    OPEN.append(page)
    save(page, site, "page")
    context = browser.new_context()
    save(context.new_page(), site, "context")
    assert tags(bgservices) == {"page", "context"}
    assert tags(bgservices.of(page)) == {"page"}
    assert bgservices.of(page) is bgservices.of(page.context)
    context.close()


def test_what_another_test_left_open_is_not_its_own(browser, bgservices):
    (page,) = OPEN
    page.evaluate("site.registerSync('late')")
    bgservices.of(page).wait_for("backgroundSync", "Sync completed", instance_id="late")


def test_events_in_it_are_not_passed_over_in_silence(browser, bgservices):
    """A warning tells of them, and what was waited for in vain does."""
    (page,) = OPEN
    sync(page, "stray")
    assert bgservices.events() == []
    with pytest.raises(ExpectationError, match="3 events occurred in other browser contexts: ask"):
        bgservices.wait_for("backgroundSync", timeout=100)
    page.context.close()


def test_of_twice_forgets_nothing(browser, site, bgservices):
    context = browser.new_context()
    save(context.new_page(), site, "once")
    first = bgservices.of(context).events()
    assert bgservices.of(context).events() == first != []
    assert bgservices.of(context) is bgservices.of(context)
    context.close()


@pytest.fixture(scope="module")
def shared(browser):
    context = browser.new_context()
    yield context.new_page()
    context.close()


class TestSharedPage:
    """Module-scoped, under the name that pytest-playwright has for it."""

    @pytest.fixture(scope="class")
    def page(self, browser):
        context = browser.new_context()
        yield context.new_page()
        context.close()

    def test_that_does_not_ask(self, page, site):
        save(page, site, "of another")

    def test_that_asks(self, page, site, bgservices):
        assert bgservices.events() == []
        assert bgservices.of(page.context).events() == []
        save(page, site, "mine")
        assert tags(bgservices) == {"mine"}

    def test_of_another(self, page, shared, site, bgservices):
        save(shared, site, "elsewhere")
        assert bgservices.events() == []
        assert tags(bgservices.of(shared)) == {"elsewhere"}
        with pytest.raises(ExpectationError, match="3 events occurred in other browser contexts: ask"):
            bgservices.wait_for("backgroundSync", timeout=100)


def test_a_shared_context_from_the_test_s_start(shared, site, bgservices):
    assert bgservices.events() == []
    save(shared, site, "shared")
    assert tags(bgservices) == tags(bgservices.of(shared)) == {"shared"}


@pytest.mark.bgservices(grant=True)
def test_grants_without_the_fixture(shared, browser, new_context, site):
    pages = [browser.new_page(), browser.new_context().new_page(), new_context().new_page(), shared]
    for page in pages:
        page.goto(site)
        assert page.evaluate(PERMISSION) == "granted"
    pages[0].close()
    pages[1].context.close()


@pytest.mark.bgservices(grant="http://localhost:9")
def test_grants_are_for_one_origin(user, site):
    user.goto(site)
    assert user.evaluate(PERMISSION) == "default"


class TestPersistent:
    """Made in a fixture, from a profile that has events from before."""

    @pytest.fixture(scope="class")
    def profile(self, tmp_path_factory):
        return tmp_path_factory.mktemp("profile")

    @pytest.fixture
    def user(self, playwright, browser_type_launch_args, profile):
        context = playwright.chromium.launch_persistent_context(profile, **browser_type_launch_args)
        yield context.pages[0]
        context.close()

    @pytest.mark.bgservices(grant=True)
    @pytest.mark.parametrize("tag", ["first", "second"])
    def test_each_sees_its_own(self, user, site, bgservices, tag):
        save(user, site, tag)
        assert tags(bgservices) == tags(bgservices.of(user)) == {tag}
        assert user.evaluate(PERMISSION) == "granted"


def test_two_browsers(playwright, browser_type_launch_args, site, bgservices):
    browsers = [playwright.chromium.launch(**browser_type_launch_args) for _ in range(2)]
    for number, browser in enumerate(browsers):
        save(browser.new_page(), site, f"number-{number}")
    assert tags(bgservices) == {"number-0", "number-1"}
    for browser in browsers:
        browser.close()
    bgservices.wait_for("backgroundSync", "Sync completed", instance_id="number-1")


def test_a_closed_context(browser, site, bgservices):
    context = browser.new_context()
    save(context.new_page(), site, "done")
    services = bgservices.of(context)
    context.close()
    for each in (services, bgservices):
        each.wait_for("backgroundSync", "Sync completed", instance_id="done")
        with pytest.raises(ExpectationError, match="was closed before"):
            each.wait_for("backgroundSync", instance_id="other")
        with pytest.raises(TriggerError, match=r"no service worker is left to handle it: .* was closed"):
            each.sync("tag")


@pytest.fixture
def busy(bgservices):
    """The recorder does nothing until this is set."""
    released = Event()

    async def be_busy():
        released.wait()

    yield lambda: bgservices.portal.submit(be_busy) and released
    released.set()


@pytest.mark.parametrize("make", ["new_context", "new_page"])
def test_closed_before_its_recorder_has_looked(browser, site, bgservices, busy, make):
    """It looks a little later, and is waited for."""
    made = getattr(browser, make)()
    released = busy()
    save(made.new_page() if make == "new_context" else made, site, "quick")
    Timer(0.3, released.set).start()
    made.close()
    assert tags(bgservices) == {"quick"}


def test_with_page_only_its_context(page, browser, site, bgservices):
    other = browser.new_page()
    save(other, site, "other")
    save(page, site, "mine")
    assert tags(bgservices) == {"mine"}
    other.close()


def test_origins_with_and_without_a_slash(user, site, bgservices):
    save(user, site, "tag")
    bare = site.rstrip("/")
    assert bgservices.events(origin=bare) == bgservices.events(origin=f"{bare}/") != []
    assert bgservices.events()[0].origin == f"{bare}/"


def test_what_cannot_be_asked(browser, bgservices):
    for wrong in ("page", None, browser):
        with pytest.raises(InvalidInputError, match="of\\(\\) takes a browser context or a page"):
            bgservices.of(wrong)
