"""Tests whose events are kept, or not."""

import pytest


def test_passes(page, site):
    page.goto(site)
    page.evaluate("site.sync('passes')")


def test_fails(page, site, bgservices):
    page.goto(site)
    page.evaluate("site.sync('fails')")
    assert bgservices.events() == []


@pytest.fixture
def fails_in_the_end():
    yield
    raise RuntimeError("at the very end")


def test_fails_in_its_teardown(fails_in_the_end, page, site):
    page.goto(site)
    page.evaluate("site.sync('teardown')")


def test_of_no_browser():
    pass
