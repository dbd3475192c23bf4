"""Answers that are long on their way: none is shown over a newer one, and no event is left out."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

import pytest
from playwright.sync_api import APIResponse, Page, Request, Route, expect

from cdp_bgservices.events import Event
from tests.cli.test_coverage import fill
from tests.web.page.viewing import add, ago, at, event, open_page, open_view, row, settled, store

pytestmark = pytest.mark.browser

NOW = timedelta(0)
HOUR = timedelta(hours=1)


def new() -> Event:
    return event(age=NOW, event_name="New")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return store(tmp_path / "events.db", [event(number, event_name=f"Old {number}") for number in range(3)])


@pytest.fixture
def view(path: Path) -> Iterator[str]:
    with open_view(path) as address:
        yield address


class Holder:
    """Holds the next request of a kind, or what the server answers to it; the others pass."""

    def __init__(self, page: Page, pattern: str, *, is_answered: bool = True) -> None:
        self.page = page
        self.is_answered = is_answered
        self.route: Route | None = None
        self.answer: APIResponse | None = None
        page.route(pattern, self.hold)

    def hold(self, route: Route) -> None:
        if self.route is not None:
            route.continue_()
            return
        self.route = route
        if self.is_answered:
            self.answer = route.fetch()

    def wait(self) -> Request:
        while self.route is None or (self.is_answered and self.answer is None):  # The test's own timeout is the limit.
            self.page.wait_for_timeout(10)
        return self.route.request

    def give(self) -> None:
        assert self.route is not None
        if self.answer is None:
            self.route.continue_()
        else:
            self.route.fulfill(response=self.answer)

    def cut(self) -> None:
        assert self.route is not None
        self.route.abort()


def look(page: Page) -> None:
    """Let the page draw what has come: what it must not draw has no sign of its own."""
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => setTimeout(done, 100)))")


def test_an_event_between_the_first_listing_and_the_first_state_is_shown(page: Page, view: str, path: Path) -> None:
    """The page follows what comes after the state: that begins later than the listing."""
    states = Holder(page, "**/api/state", is_answered=False)
    with page.expect_response("**/api/events?*"):
        page.goto(view)
    expect(page.locator(".total")).to_have_text("3 events")
    add(path, new())
    states.wait()
    states.give()
    expect(page.get_by_role("link", name="All services")).to_contain_text("4")
    expect(row(page, "New")).to_be_visible()
    expect(page.locator(".total")).to_have_text("4 events")


def test_an_event_that_comes_while_another_listing_is_awaited_is_shown(page: Page, view: str, path: Path) -> None:
    open_page(page, view)
    listings = Holder(page, "**/api/events?*service=backgroundSync*")
    page.get_by_role("link", name="Background sync").first.click()
    listings.wait()
    add(path, new())
    expect(page.locator(".total")).to_have_text("4 events")  # Of the listing before, which is still shown.
    listings.give()
    settled(page)
    expect(row(page, "New")).to_be_visible()
    expect(page.locator(".total")).to_have_text("4 events")
    expect(page.locator(".news")).to_have_count(0)


@pytest.mark.parametrize("end", ["given", "cut"])
def test_a_late_answer_of_the_state_is_not_shown_over_a_newer_one(page: Page, view: str, path: Path, end: str) -> None:
    page.route("**/api/live?*", lambda route: route.abort())
    with page.expect_request("**/api/live?*"):
        open_page(page, view)
    states = Holder(page, "**/api/state")
    held = states.wait()  # It is asked for since the stream is lost.
    page.unroute("**/api/live?*")
    add(path, new())
    counted = page.get_by_role("link", name="All services")
    expect(counted).to_contain_text("4")
    expect(page.get_by_role("button", name="Live", exact=True)).to_be_visible()
    with page.expect_event("requestfinished" if end == "given" else "requestfailed", lambda asked: asked == held):
        states.give() if end == "given" else states.cut()
    look(page)
    assert "4" in counted.inner_text()
    assert page.get_by_role("alert").filter(has_text="does not answer").count() == 0


def test_a_count_of_failures_that_comes_late_is_not_the_title(own_page: Page, view: str, path: Path) -> None:
    """Of those that came before the page was looked at; it counts those since."""
    page = own_page
    page.add_init_script("Object.defineProperty(Document.prototype, 'hidden', { get: () => Boolean(window.isHidden) })")
    open_page(page, view)
    show = "(hidden) => { window.isHidden = hidden; document.dispatchEvent(new Event('visibilitychange')); }"
    counts = Holder(page, "**/api/overview?*buckets=1")
    page.evaluate(show, True)
    add(path, event(age=ago(NOW) - timedelta(seconds=1), event_name="sync event failed"))
    held = counts.wait()
    page.evaluate(show, False)
    page.evaluate(show, True)
    with page.expect_event("requestfinished", lambda asked: asked == held):
        counts.give()
    look(page)
    assert page.title() == "Events · events.db · Background services"


def test_what_is_typed_while_the_page_searches_is_not_lost(page: Page, view: str) -> None:
    """The page has drawn the filter, and not yet done what it puts off until after it has drawn."""
    open_page(page, view)
    typed = page.evaluate(
        """async () => {
          const box = document.querySelector('.search input');
          const type = async (text) => {
            box.value = text;
            box.dispatchEvent(new InputEvent('input', { bubbles: true }));
            for (let turn = 0; turn < 20; turn++) await null;
          };
          const push = history.pushState;
          const applied = new Promise((done) => {
            history.pushState = function pushState(...address) {
              push.apply(this, address);
              done();
            };
          });
          await type('O');
          await applied;
          for (let turn = 0; turn < 20; turn++) await null;
          await type('Ol');
          history.pushState = push;
          return box.value;
        }"""
    )
    assert typed == "Ol"


def test_a_copy_that_the_viewer_does_not_answer_says_so(page: Page, view: str) -> None:
    open_page(page, view)
    page.route("**/api/event/*", lambda route: route.abort())
    row(page, "Old 1").click(button="right")
    page.get_by_role("menuitem", name="Copy story as JSON").click()
    expect(page.get_by_role("status").filter(has_text="Copy story as JSON")).to_contain_text(
        "The viewer does not answer."
    )


def test_gaps_stay_where_they_cannot_be_read_again(page: Page, tmp_path: Path) -> None:
    path = store(
        tmp_path / "events.db", [event(number, age=HOUR * (40 - 30 * number), source="mine") for number in (0, 1)]
    )
    fill(path)
    with open_view(path) as address:
        open_page(page, address)
        gap = page.locator(".grid .gap").filter(has_text="Not fully recorded for 10 h")
        expect(gap).to_be_visible()
        page.route("**/api/coverage*", lambda route: route.abort())
        with page.expect_event("requestfailed", lambda asked: "/api/coverage" in asked.url):
            add(path, new())
        look(page)
        expect(row(page, "New")).to_be_visible()
        assert gap.is_visible()


class View(NamedTuple):
    """What it asks for, its address, where its answer is seen; and what else the page asks for at every event."""

    asks: str
    at: dict[str, str]
    shows: str
    also_asked: str


COUNTS, GAPS = "**/api/facets?*name=service*", "**/api/coverage*"
SLOW = {
    "counts": View(COUNTS, {}, ".side .count b", GAPS),
    "gaps": View(GAPS, {}, ".grid .gap:not(.begin)", COUNTS),
    "story": View("**/api/event/*", {"selected": event(0, event_name="Old 0").id}, ".detail h2", COUNTS),
    "timeline": View("**/api/timeline?*", {"view": "timeline"}, "[role=tree][aria-busy=false]", COUNTS),
}


@pytest.mark.parametrize("name", SLOW)
def test_an_answer_that_takes_longer_than_the_next_event_is_shown(page: Page, path: Path, name: str) -> None:
    """As each one of a slow store does where events come steadily. Then the next one is asked for."""
    asks, place, shows, also_asked = SLOW[name]
    fill(path, source="test")
    held: list[Route] = []
    with open_view(path) as address:
        page.route(asks, lambda route: held.append(route))
        with page.expect_response(also_asked):
            page.goto(at(address, text="Old", **place))
        while not held:  # The test's own timeout is the limit.
            page.wait_for_timeout(10)
        expect(page.get_by_role("link", name="All services")).to_contain_text("3")
        with page.expect_response(also_asked):
            add(path, new())
        expect(page.locator(shows)).to_have_count(0)
        held[0].continue_()
        expect(page.locator(shows)).not_to_have_count(0)
        while len(held) < 2:
            page.wait_for_timeout(10)
