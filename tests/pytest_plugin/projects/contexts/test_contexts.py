"""Contexts that are not pytest-playwright's own one for the test."""

import pytest

from cdp_bgservices.contexts import labels


def test_several_do_not_see_each_other(page, new_context, site, bgservices):
    other = new_context()
    second = other.new_page()
    for each, tag in ((page, "mine"), (second, "theirs")):
        each.goto(site)
        each.evaluate(f"site.sync({tag!r})")
    theirs = bgservices.of(other)
    assert {event.instance_id for event in bgservices.events()} == {"mine"}
    assert {event.instance_id for event in theirs.events()} == {"theirs"}
    assert theirs.push("data").browser_context != bgservices.push("data").browser_context
    assert len(bgservices.workers()) == len(theirs.workers()) == 1


def test_contexts_that_the_test_makes_itself(browser, site, bgservices):
    assert bgservices.events() == []
    context = browser.new_context()
    page = context.new_page()
    page.goto(site)
    with bgservices.expect("backgroundSync", "Sync completed") as sync:
        page.evaluate("site.registerSync('made')")
    assert sync.value.instance_id == "made"
    context.close()


def test_of_a_page_that_brings_its_context(browser, site, bgservices):
    page = browser.new_page()
    page.goto(site)
    page.evaluate("site.sync('own')")
    assert {event.instance_id for event in bgservices.of(page.context).events()} == {"own"}
    page.context.close()


def test_each_has_the_name_of_its_test_in_the_store(page, new_context, bgservices, shared, request):
    pages = [new_context().new_page(), shared.new_page()]
    store = bgservices.services.scope.store
    own = request.node.name
    wanted = {"default", own, f"{own} (2)", "fixture shared"}
    while not wanted <= set(labels(bgservices.call(store.contexts)).values()):
        page.wait_for_timeout(10)  # The recorder stores a name in its own time.
    pages[1].close()


@pytest.fixture(scope="module")
def shared(browser):
    context = browser.new_context()
    yield context
    context.close()


class TestShared:
    """One context for several tests: each sees what came since the one before it."""

    @pytest.fixture
    def context(self, shared):
        return shared

    @pytest.mark.parametrize("tag", ["first", "second", "third"])
    def test_each_sees_its_own(self, context, site, bgservices, tag):
        page = context.new_page()
        page.goto(site)
        page.evaluate(f"site.sync({tag!r})")
        bgservices.wait_for("backgroundSync", "Sync completed")
        assert {event.instance_id for event in bgservices.events()} == {tag}
        page.close()


class TestPersistent:
    """A profile that is kept: its earlier events are not events of the test."""

    @pytest.fixture(scope="class")
    def profile(self, tmp_path_factory):
        return tmp_path_factory.mktemp("profile")

    @pytest.fixture
    def context(self, playwright, browser_type_launch_args, profile):
        context = playwright.chromium.launch_persistent_context(profile, **browser_type_launch_args)
        yield context
        context.close()

    @pytest.mark.parametrize("tag", ["first", "second"])
    def test_each_run_sees_its_own(self, context, site, bgservices, tag):
        page = context.pages[0]
        page.goto(site)
        page.evaluate(f"site.sync({tag!r})")
        assert {event.instance_id for event in bgservices.events()} == {tag}


def test_another_debugging_port_of_the_user_s(playwright, browser_type_launch_args, free_port, site, bgservices):
    options = {**browser_type_launch_args, "args": [f"--remote-debugging-port={free_port}"]}
    browser = playwright.chromium.launch(**options)
    page = browser.new_page()
    page.goto(site)
    page.evaluate("site.sync('ported')")
    assert {event.instance_id for event in bgservices.of(page.context).events()} == {"ported"}
    over_cdp = playwright.chromium.connect_over_cdp(f"http://127.0.0.1:{free_port}")
    second = over_cdp.new_context().new_page()
    second.goto(site)
    second.evaluate("site.sync('connected')")
    assert {event.instance_id for event in bgservices.of(second.context).events()} == {"connected"}
    browser.close()
