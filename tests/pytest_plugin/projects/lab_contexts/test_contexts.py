"""Contexts in the lab: with the test's own options, and gone without a trace when they are closed."""

import os
import socket
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from cdp_bgservices.browser.profile import processes_of
from cdp_bgservices.errors import BrowserError, InvalidInputError

KEY = "BEl62iUYgUivxIkv69yViEuiBIa-Ib9-SkvMeAtA3LFgDzkrxZJjSgSnfckjBJuBkr3qBUYIHBQFLXYp5Nksh8U"

DIED = []
"""The push service and the profile of a lab whose browser died."""

in_the_lab = pytest.mark.bgservices(grant=True, lab=["push", "notifications", "network"])


def is_listening(url):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", urlsplit(url).port)) == 0


def profile_of(context):
    """The folder, and the session bus."""
    session = context.browser.new_browser_cdp_session()
    line = session.send("SystemInfo.getInfo")["commandLine"]
    return Path(line.partition("--user-data-dir=")[2].split()[0])


@pytest.mark.bgservices(lab="push")
class TestOptions:
    """Those of the test's own fixtures count."""

    @pytest.fixture(scope="class")
    def browser_context_args(self, browser_context_args, site):
        state = {
            "cookies": [{"name": "who", "value": "ada", "url": site}],
            "origins": [{"origin": site.rstrip("/"), "localStorage": [{"name": "who", "value": "grace"}]}],
        }
        return {
            **browser_context_args,
            "base_url": site,
            "viewport": {"width": 700, "height": 500},
            "locale": "de-AT",
            "storage_state": state,
            "default_browser_type": "chromium",
        }

    def test_they_do(self, page, context, browser):
        """Without the fixture bgservices, too."""
        assert context.pages == [page]
        page.goto("/")
        assert page.viewport_size == {"width": 700, "height": 500}
        assert page.evaluate("[innerWidth, navigator.language]") == [700, "de-AT"]
        assert page.evaluate("[document.cookie, localStorage.who]") == ["who=ada", "grace"]
        assert context.browser != browser
        assert browser.contexts == []


def test_without_the_marker_nothing_is_new(page, context, browser, bgservices):
    assert context.browser == browser
    with pytest.raises(InvalidInputError, match="this browser context is not in a lab with network"):
        bgservices.network  # noqa: B018


@in_the_lab
@pytest.mark.parametrize("number", range(2))
def test_each_test_has_a_lab_of_its_own(page, site, bgservices, number):
    assert bgservices.push_service.subscriptions == []
    assert bgservices.notifications.list() == []
    assert bgservices.events() == []
    page.goto(site)
    page.evaluate("site.ready()")
    page.evaluate("key => site.subscribe(key)", KEY)
    assert len(bgservices.push_service.subscriptions) == 1


@in_the_lab
def test_a_context_s_browser_and_lab_go_with_it(new_context, page, bgservices):
    other = new_context()
    other.new_page()
    url = bgservices.of(other).push_service.url
    assert url != bgservices.push_service.url
    assert is_listening(url)
    profile = profile_of(other)
    assert processes_of(profile)
    other.close()
    assert not processes_of(profile)
    assert not profile.exists()
    assert not is_listening(url)
    assert is_listening(bgservices.push_service.url)


@in_the_lab
def test_contexts_that_the_test_makes_itself(playwright, browser_type_launch_args, site, bgservices, browser):
    mine = playwright.chromium.launch(**browser_type_launch_args)
    context = mine.new_context()
    page = context.new_page()
    page.goto(site)
    page.evaluate("site.sync('made')")
    services = bgservices.of(context)
    services.grant(site.rstrip("/"))
    services.wait_for("backgroundSync", "Dispatched sync event", instance_id="made")
    sent = services.push_service.send(page.evaluate("key => site.subscribe(key)", KEY), {"title": "made"})
    received = services.wait_for("pushMessaging", "Push message received", instance_id=sent)
    assert received.metadata["Payload"] == '{"title": "made"}'
    assert bgservices.push_service.url == services.push_service.url, "the only lab of the test"
    profile = profile_of(context)
    mine.close()
    assert not processes_of(profile)
    assert not profile.exists()
    with pytest.raises(InvalidInputError, match="not in a lab with push"):
        bgservices.push_service  # noqa: B018


@pytest.mark.bgservices(lab="push")
def test_a_state_that_is_none(browser):
    with pytest.raises(Exception, match="no-such-file"):
        browser.new_context(storage_state="no-such-file.json")


class TestCrashed:
    """A browser that dies by itself: its contexts are not closed, but its lab ends."""

    @pytest.fixture
    def context(self, browser):
        return browser.new_context()  # pytest-playwright's own would be closed, which fails by then.

    @in_the_lab
    def test_it_dies(self, context, bgservices):
        DIED.append((bgservices.push_service.url, profile_of(context)))
        with context.expect_event("close"):
            context.browser.new_browser_cdp_session().send("Browser.close")

    def test_its_lab_is_gone(self):
        [(url, profile)] = DIED
        assert not is_listening(url)
        assert not profile.exists()


class TestPersistent:
    """A profile that is kept keeps its subscription's worker; the lab is another one each time."""

    @pytest.fixture
    def context(self, playwright, browser_type_launch_args, tmp_path, free_port):
        context = playwright.chromium.launch_persistent_context(
            tmp_path / "profile", **{**browser_type_launch_args, "args": [f"--remote-debugging-port={free_port}"]}
        )
        yield context
        context.close()
        assert not processes_of(tmp_path / "profile")
        assert (tmp_path / "profile" / "Local State").exists()

    @in_the_lab
    def test_it_is_in_the_lab(self, context, site, bgservices):
        page = context.pages[0]
        page.goto(site)
        page.evaluate("site.ready()")
        sent = bgservices.push_service.send(page.evaluate("key => site.subscribe(key)", KEY))
        bgservices.wait_for("pushMessaging", "Push event completed", instance_id=sent)
        bgservices.network.offline()
        assert not page.evaluate("fetch('/').then(() => true, () => false)")

    @in_the_lab
    def test_off_the_record_in_its_browser(self, context, site, bgservices):
        """The same lab; only push is refused there."""
        page = context.browser.new_context().new_page()
        services = bgservices.of(page.context)
        assert services.push_service.url == bgservices.push_service.url
        page.goto(site)
        page.evaluate("site.sync('private')")
        services.wait_for("backgroundSync", "Dispatched sync event", instance_id="private")
        assert bgservices.events() == []


@pytest.mark.bgservices(lab="clock")
def test_a_browser_that_was_only_connected_to(playwright, browser, browser_type_launch_args, free_port):
    options = {**browser_type_launch_args, "args": [f"--remote-debugging-port={free_port}"]}
    launched = playwright.chromium.launch(**options)
    connected = playwright.chromium.connect_over_cdp(f"http://127.0.0.1:{free_port}")
    with pytest.raises(BrowserError, match="this one was only connected to"):
        connected.new_context()
    launched.close()


@pytest.mark.bgservices(lab="push,network")
def test_what_does_not_start_leaves_nothing(playwright, browser, tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    with pytest.raises(Exception, match=r"Failed to launch|Target page, context or browser has been closed"):
        playwright.chromium.launch_persistent_context(tmp_path / "profile", executable_path="/bin/false")
    assert not [name for name in os.listdir(tmp_path) if name.startswith("cdp-bgservices-lab-")]
