"""With a browser behind it: recording as in DevTools, clearing, and triggers with the answer that DevTools lacks."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from tests.cli.command import COMMAND, environment
from tests.web.page.viewing import add, at, event, expect_accessible, open_page, open_view, row, store

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return store(tmp_path_factory.mktemp("store") / "events.db")


@pytest.fixture(scope="module")
def view(path: Path, site: str) -> Iterator[str]:
    with open_view(path, "--launch", "--url", f"{site}?sync=mail", "--grant", site) as address:
        yield address


def expect_recording(page: Page, service: str, on: bool) -> None:
    button = page.get_by_role("button", name=re.compile(f"recording {service} events"))
    expect(button).to_have_attribute("aria-pressed", "true" if on else "false")


def open_recording(page: Page, address: str, **parameters: str) -> None:
    open_page(page, address, **parameters)
    expect(page.locator(".side .browser")).to_contain_text("Attached to Chrome/")


def test_what_the_browser_does_is_on_the_screen(page: Page, view: str) -> None:
    open_recording(page, view)
    expect(row(page, "Registered sync").first).to_be_visible()
    expect(row(page, "Sync completed").first).to_be_visible()
    expect_recording(page, "All services", True)


def test_recording_is_switched_with_the_button_and_the_keys(page: Page, view: str) -> None:
    open_recording(page, view, service="notifications")
    expect(page.get_by_role("heading", name="Recording notifications activity…")).to_be_visible()
    expect(page.get_by_text("for up to 3 days, even when this page is closed")).to_be_visible()
    page.get_by_role("button", name="Stop recording events").click()
    expect(page.get_by_role("heading", name="No recording yet")).to_be_visible()
    expect(page.get_by_role("status")).to_have_text("Stopped recording Notifications.")
    expect_recording(page, "Notifications", False)
    expect_recording(page, "Background sync", True)
    page.keyboard.press("Control+e")
    expect(page.get_by_role("heading", name="Recording notifications activity…")).to_be_visible()
    expect(page.get_by_role("status")).to_have_text("Recording Notifications activity…")
    expect_recording(page, "All services", True)


def test_what_a_key_switches_is_shown_for_a_moment(page: Page, view: str) -> None:
    """Also while one types, as in DevTools."""
    open_recording(page, view, service="paymentHandler")
    toast = page.locator(".toast")
    expect(toast).to_have_count(0)
    page.get_by_role("searchbox", name="Search").focus()
    page.keyboard.press("Control+e")
    expect(toast).to_have_text("Stopped recording Payment handler.")
    expect(toast).to_be_in_viewport(ratio=1)
    everything = page.get_by_role("button", name="Start recording All services events")
    expect(everything).to_have_attribute("aria-pressed", "mixed")
    expect(toast).to_have_count(0)
    everything.click()
    expect(toast).to_have_text("Recording all background services activity…")
    page.get_by_role("button", name="Stop recording All services events").click()
    expect(page.locator(".toolbar")).to_contain_text("Nothing is being recorded")
    everything.click()
    expect_recording(page, "All services", True)
    expect(page.locator(".toolbar")).not_to_contain_text("Nothing is being recorded")


def test_what_is_switched_off_here_is_a_gap_within_seconds(page: Page, view: str) -> None:
    open_recording(page, view)
    expect(row(page, "Sync completed").first).to_be_visible()
    page.get_by_role("button", name="Stop recording Periodic background sync events").click()
    # Others may stand in the same line: each has a line of its own in its title.
    title = re.compile("^Periodic background sync not fully .*: recording was switched off \\(in the viewer\\)$", re.M)
    expect(page.locator(".grid .gap [title]").last).to_have_attribute("title", title)
    page.get_by_role("button", name="Start recording Periodic background sync events").click()
    expect_recording(page, "All services", True)


def test_a_change_made_elsewhere_is_followed(page: Page, view: str) -> None:
    open_recording(page, view)
    other = page.context.new_page()
    open_recording(other, view)
    other.get_by_role("button", name="Stop recording Payment handler events").click()
    expect_recording(page, "Payment handler", False)
    page.get_by_role("button", name="Start recording Payment handler events").click()
    expect_recording(other, "Payment handler", True)


def test_a_push_and_the_event_that_proves_it(page: Page, view: str) -> None:
    open_recording(page, view, view="workers")
    text = page.get_by_role("textbox", name="Push")
    expect(text).to_have_value("Test push message from DevTools")
    text.fill('{"hello": "there"}')
    page.get_by_role("button", name="Push", exact=True).click()
    answer = page.locator(".answer")
    expect(answer).to_contain_text("Push event")
    answer.get_by_role("button").click()
    expect(page.get_by_role("navigation", name="Views").get_by_role("link", name="Events")).to_have_attribute(
        "aria-current", "page"
    )
    expect(page.locator(".detail h2")).to_contain_text("Push event")
    expect(page.locator(".steps")).to_contain_text("Push event dispatched")
    open_recording(page, view, view="workers")
    expect(page.get_by_role("textbox", name="Push")).to_have_value('{"hello": "there"}')


@pytest.mark.parametrize(
    ("label", "event"), [("Sync", "Dispatched sync event"), ("Periodic sync", "Dispatched periodicsync event")]
)
def test_a_sync_and_the_event_that_proves_it(page: Page, view: str, label: str, event: str) -> None:
    open_recording(page, view, view="workers")
    expect(page.get_by_role("textbox", name=label, exact=True)).to_have_value("test-tag-from-devtools")
    if label == "Sync":
        expect(page.get_by_role("checkbox", name="Last chance")).to_be_checked()
    page.get_by_role("button", name=label, exact=True).click()
    expect(page.locator(".answer")).to_contain_text(event)


def test_workers_come_where_an_event_comes_before_them(page: Page, view: str, path: Path) -> None:
    held: list[Route] = []
    page.route("**/api/workers", lambda route: held.append(route))
    counts = "**/api/facets?*name=service*"  # These are asked for again at every event.
    with page.expect_response(counts):
        page.goto(at(view, view="workers", text="tag"))
    while not held:  # The test's own timeout is the limit.
        page.wait_for_timeout(10)
    with page.expect_response(counts):
        add(path, event(service="periodicBackgroundSync"))
    held[0].continue_()
    expect(page.locator(".worker")).to_have_count(1)


def test_a_worker_says_where_it_is_and_how(page: Page, view: str, site: str) -> None:
    open_recording(page, view, view="workers")
    worker = page.get_by_role("region", name=site)
    expect(worker).to_contain_text("activated")
    expect(worker).to_contain_text("received 20")
    expect(worker.get_by_role("link", name=".js")).to_have_attribute("href", f"{site}worker.js")


@pytest.mark.parametrize("width", [1280, 360])
def test_axe_finds_nothing_at_a_worker_and_what_is_asked_of_it(page: Page, view: str, axe: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    open_page(page, view, view="workers")
    expect(page.locator(".worker")).to_have_count(1)
    page.get_by_role("button", name="Why nothing happens").click()
    expect(page.locator(".reasons dt").first).to_be_visible()
    expect_accessible(page, axe)
    page.get_by_role("button", name="Unregister").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    expect_accessible(page, axe)


def test_a_worker_is_stopped_and_started(page: Page, view: str, site: str) -> None:
    open_recording(page, view, view="workers")
    worker = page.get_by_role("region", name=site)
    answer = worker.locator(".acts .answer")
    button = worker.get_by_role("button", name=re.compile("^(Start|Stop)$"))
    said = {"Start": "Start: It is running.", "Stop": "Stop: It has stopped."}
    for _ in range(2):  # It may have stopped by itself.
        name = button.inner_text()
        button.click()
        expect(answer).to_have_text(said[name])
        expect(button).not_to_have_text(name)
    worker.get_by_role("button", name="Update").click()
    expect(answer).to_contain_text("No new version followed within 3 s")
    worker.get_by_role("button", name="Unregister").click()
    question = page.get_by_role("dialog")
    expect(question).to_contain_text(f"Unregister the service worker of {site}?")
    question.get_by_role("button", name="Cancel").click()
    expect(question).to_have_count(0)
    expect(worker).to_contain_text("activated")


def test_why_nothing_happens(page: Page, view: str, site: str) -> None:
    """Of each service that the site uses, the decisive reason, what to do, and the other facts."""
    open_recording(page, view, view="workers")
    worker = page.get_by_role("region", name=site)
    worker.get_by_role("button", name="Why nothing happens").click()
    titles = worker.locator(".reasons dt")
    expect(titles.filter(has_text=re.compile("^Background sync$"))).to_have_count(1)
    said = worker.locator(".reasons dt", has_text=re.compile("^Periodic background sync$")).locator("+ dd")
    expect(said.locator("> p")).to_have_text(re.compile("^blocks: "))
    others = said.locator("li")
    expect(others.first).not_to_be_visible()
    said.get_by_text("Other facts").click()
    expect(others.filter(has_text=f"ok: The service worker of {site} is active.")).to_be_visible()
    expect(page.get_by_role("status")).to_contain_text("Periodic background sync: ")


def test_what_the_worker_throws_is_a_failure(page: Page, view: str, site: str) -> None:
    open_recording(page, view, view="workers")
    worker = page.get_by_role("region", name=site)
    worker.get_by_role("textbox", name="Push").fill("throw")
    worker.get_by_role("button", name="Push", exact=True).click()
    answer = worker.locator(".trigger .answer")
    expect(answer).to_contain_text("The worker threw: Uncaught (in promise) Error: push threw")
    failed = page.evaluate("getComputedStyle(document.documentElement).getPropertyValue('--failed')")
    assert answer.evaluate("(answer) => getComputedStyle(answer).color") == failed
    expect(answer.locator(".kind.failed")).to_have_count(1)
    expect(answer.locator(".kind.succeeded")).to_have_count(0)
    expect(worker.locator("header .failed")).to_contain_text("Last error, 20")
    expect(worker.locator("header .failed")).to_contain_text("push threw")


def test_clearing_is_asked_first(page: Page, view: str, path: Path) -> None:
    open_recording(page, view, service="backgroundSync")
    expect(row(page, "Registered sync").first).to_be_visible()
    page.get_by_role("button", name="Clear", exact=True).click()
    question = page.get_by_role("dialog")
    expect(question).to_contain_text(re.compile(r"Clear \d+ events of Background sync\?"))
    question.get_by_role("button", name="Cancel").click()
    expect(row(page, "Registered sync").first).to_be_visible()
    page.get_by_role("button", name="Clear", exact=True).click()
    question.get_by_role("button", name="Clear").click()
    expect(page.get_by_role("heading", name="Recording background sync activity…")).to_be_visible()
    listed = subprocess.run(
        [*COMMAND, "events", "--store", str(path), "--service", "backgroundSync", "--format", "jsonl"],
        env=environment(),
        check=True,
        capture_output=True,
    )
    assert listed.stdout == b""
