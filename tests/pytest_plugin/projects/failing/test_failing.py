"""Tests that fail, for what they print."""

from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest


def test_never_comes(page, site, bgservices):
    page.goto(site)
    page.evaluate("site.sync('send-message')")
    bgservices.wait_for("backgroundSync", "Sync completed")
    with bgservices.expect("backgroundSync", "Sync completed", instance_id="send-other", timeout=500):
        page.evaluate("site.sync('reject-message')")
        bgservices.wait_for("backgroundSync", "sync event failed")


def test_nothing_at_all(page, bgservices):
    bgservices.wait_for("pushMessaging", timeout=100)


def test_no_worker(page, bgservices):
    bgservices.push("data", timeout=100)


@pytest.mark.bgservices(grnat=True)
def test_misspelt_marker(page, bgservices):
    pass


def test_asked_for_too_late(page, request):
    assert request.getfixturevalue("bgservices").events() == []


def test_a_browser_of_its_own_without_a_port(launched_elsewhere, page, bgservices):
    bgservices.of(launched_elsewhere.new_page().context).events()


@pytest.mark.bgservices(lab="push,dbus")
def test_of_no_such_lab(page):
    pass


@pytest.mark.bgservices(lab=4)
def test_of_a_lab_that_is_a_number(page, bgservices):
    pass


@pytest.mark.bgservices(lab="notifications")
def test_never_shown(page, bgservices):
    bgservices.notifications.wait("Hello", timeout=100)


def test_its_handler_throws(page, site, bgservices):
    page.goto(site)
    assert bgservices.push("throw", check=False).metadata["Status"] == "waitUntil Rejected"
    bgservices.push("throw")


@pytest.mark.browser_context_args(service_workers="block")
def test_workers_are_blocked(page, site, bgservices):
    page.goto(site)
    bgservices.push("data", timeout=100)


def test_has_no_handler(page, bgservices, tmp_path):
    (tmp_path / "index.html").write_text("<script>navigator.serviceWorker.register('worker.js')</script>")
    (tmp_path / "worker.js").write_text("// It handles nothing.")
    handler = partial(SimpleHTTPRequestHandler, directory=str(tmp_path))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        page.goto(f"http://localhost:{server.server_port}/")
        assert bgservices.push("data").metadata["Status"] == "Success"
        server.shutdown()


def test_that_it_did_not_come(page, site, bgservices):
    page.goto(site)
    page.evaluate("site.sync('send-message')")
    bgservices.wait_for("backgroundSync", "Sync completed")
    assert not bgservices.events("backgroundSync", "Sync completed")


def test_a_predicate_that_raises(page, site, bgservices):
    page.goto(site)
    page.evaluate("site.sync('send-message')")
    bgservices.wait_for("backgroundSync", predicate=lambda event: event.no_such_field)


def test_a_push_of_bytes(page, bgservices):
    bgservices.push(b"data")


def test_a_grant_that_is_not_an_origin(page, bgservices):
    bgservices.grant("nonsense")


@pytest.mark.bgservices(grant="localhost:8000")
def test_a_marker_that_is_not_an_origin(browser):
    pass


@pytest.mark.bgservices(grant=[True])
def test_a_marker_of_no_text(browser):
    pass


def test_without_what_is_asked_for(browser, bgservices):
    bgservices.notifications.list()
