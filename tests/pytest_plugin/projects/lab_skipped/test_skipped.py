"""Where the lab cannot be, tests say why and are left out; the others go on."""

import sys

import pytest

sys.modules["http_ece"] = None  # As where it is not installed.


@pytest.fixture
def nothing_is_installed(browser, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))


@pytest.mark.bgservices(lab="notifications")
def test_without_dbus(nothing_is_installed, page, bgservices):
    raise AssertionError("never run")


@pytest.mark.bgservices(lab="network")
def test_without_namespaces(nothing_is_installed, page, bgservices):
    raise AssertionError("never run")


@pytest.mark.bgservices(lab="push")
def test_without_a_library(page, bgservices):
    raise AssertionError("never run")


@pytest.mark.bgservices(lab="push")
def test_in_the_middle(browser, bgservices):
    browser.new_context()
    raise AssertionError("never run")


def test_that_needs_no_lab(page, site, bgservices):
    page.goto(site)
    page.evaluate("site.sync('tag')")
    bgservices.wait_for("backgroundSync")


@pytest.mark.bgservices(lab="clock")
def test_that_can_be(page, site, bgservices):
    page.goto(site)
    page.evaluate("site.registerSync('reject-mail')")
    bgservices.wait_for("backgroundSync", "Dispatched sync event", metadata={"Last Chance": "Yes"})
