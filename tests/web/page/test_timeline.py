"""The timeline: lanes on a canvas, and what it says of them to those who do not see it."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.stories.making import recorded
from tests.web.page.timelines import drawn_colours, lane, open_timeline, recent, selected, stage, zoom
from tests.web.page.viewing import add, event, open_page, open_view, store, story, wait_until

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def view(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """What a real Chromium reported of all six services."""
    with open_view(store(tmp_path_factory.mktemp("store") / "events.db", recent(recorded("demo")))) as address:
        yield address


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """10,000 lanes in an hour and a bit, with 30,000 events."""
    events = [
        made for number in range(10_000) for made in story(f"tag-{number:05}", timedelta(seconds=4000 - number * 0.4))
    ]
    with open_view(store(tmp_path_factory.mktemp("store") / "events.db", events)) as address:
        yield address


def test_all_services_are_described_in_words(page: Page, view: str) -> None:
    open_timeline(page, view)
    items = page.get_by_role("treeitem")
    expect(items).to_have_count(6 + 10)
    expect(lane(page, "send-message")).to_have_text("send-message, succeeded, 3 events in 2.5 ms")
    expect(lane(page, "reject-message")).to_have_text(
        re.compile(
            r"^reject-message, overdue, next try at [\d:]{8}, overdue by [56] min( \d+ s)?, "
            "waitUntil rejected, 3 events, for 1[01] min"
        )
    )
    expect(page.get_by_role("treeitem", name="Background sync, 2 lanes")).to_have_attribute("aria-expanded", "true")
    expect(page.get_by_role("status").filter(has_text="10 lanes")).to_be_visible()


def test_failures_are_drawn_in_their_colour(page: Page, view: str) -> None:
    page.emulate_media(color_scheme="light")
    open_timeline(page, view)
    assert "189,30,44" in drawn_colours(page)  # --failed
    page.emulate_media(color_scheme="dark")
    dark = drawn_colours(page)
    assert "255,128,133" in dark
    assert not {"189,30,44", "255,255,255"} & dark


def test_a_click_on_an_event_selects_it_and_its_detail_is_shown(page: Page, view: str) -> None:
    open_timeline(page, view)
    x, y, _, _ = stage(page)
    lane_y = page.evaluate("document.querySelector('.timeline-stage canvas').getBoundingClientRect().top")
    page.mouse.move(x + 60, lane_y + 28 + 30 + 12)
    expect(page.locator(".timeline-tip")).to_contain_text("song")
    page.mouse.click(x + 60, y + 28 + 30 + 12)
    expect(lane(page, "song")).to_have_attribute("aria-selected", "true")
    expect(page.locator(".detail")).to_contain_text("Background Fetch completed")


def test_keys_walk_through_the_lanes_and_select(page: Page, view: str) -> None:
    tree = open_timeline(page, view)
    tree.focus()
    page.keyboard.press("ArrowDown")
    first = str(tree.get_attribute("aria-activedescendant"))
    page.keyboard.press("ArrowDown")
    expect(tree).not_to_have_attribute("aria-activedescendant", first)
    active = page.locator(f"[id='{tree.get_attribute('aria-activedescendant')}']")
    expect(active).to_have_text(re.compile("^song, "))
    page.keyboard.press("Enter")
    expect(active).to_have_attribute("aria-selected", "true")
    last = selected(page)
    page.keyboard.press("Shift+ArrowLeft")
    wait_until(page, "last => new URLSearchParams(location.search).get('selected') !== last", last)
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    expect(page.get_by_role("treeitem", name="Background fetch, 3 lanes")).to_have_attribute("aria-expanded", "false")
    expect(lane(page, "song")).to_have_count(0)


def test_only_failures_have_their_whole_lanes(page: Page, view: str) -> None:
    open_timeline(page, view, failed="1")
    expect(lane(page, "reject-message")).to_contain_text("3 events")
    expect(lane(page, "send-message")).to_have_count(0)


def test_what_was_selected_elsewhere_is_visible(page: Page, many: str, tmp_path: Path) -> None:
    tree = open_timeline(page, many)
    tree.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("PageDown")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("selected="))
    again = page.context.new_page()
    open_timeline(again, many, selected=selected(page))
    expect(again.locator("[role=treeitem][aria-selected=true]")).to_have_count(1)


def test_of_ten_thousand_lanes_the_visible_ones_are_read_out(page: Page, many: str) -> None:
    tree = open_timeline(page, many)
    expect(page.get_by_role("status").filter(has_text="10,000 lanes")).to_be_visible()
    assert page.get_by_role("treeitem").count() < 80
    expect_few_drawn(page)
    tree.evaluate("tree => { tree.scrollTop = tree.scrollHeight }")
    expect(lane(page, "tag-09999")).to_have_count(1)
    x, y, width, _ = stage(page)
    page.mouse.move(x + width / 2, y + 200)
    zoom(page, 20)
    status = page.get_by_role("status").filter(has_text=re.compile(r"^\d{1,2} lanes?$"))
    expect(status).to_be_visible()
    expect_few_drawn(page)


def expect_few_drawn(page: Page) -> None:
    """The last frame has looked at some lanes, but at fewer than 80."""
    expect(page.locator(".timeline-stage canvas")).to_have_attribute("data-drawn", re.compile(r"^([1-9]|[1-7]\d)$"))


def test_what_is_new_appears_and_the_view_stays(page: Page, tmp_path: Path) -> None:
    path = store(tmp_path / "events.db", story("old", timedelta(hours=1)))
    with open_view(path) as address:
        tree = open_timeline(page, address)
        add(path, event(instance_id="new", age=timedelta(minutes=1)))
        expect(lane(page, "new")).to_have_count(1)
        tree.focus()
        page.keyboard.press("ArrowRight")
        add(path, event(instance_id="newest", age=timedelta(minutes=3)))
        expect(lane(page, "newest")).to_have_count(1)
        expect(page.get_by_role("button", name="Fit")).to_have_attribute("aria-disabled", "false")


@pytest.mark.slow
def test_too_many_are_drawn_as_how_many_there_were_when(page: Page, tmp_path: Path) -> None:
    events = [
        event(event_name="Content added", service="new", age=timedelta(seconds=4000 - number / 20))
        for number in range(45_000)
    ]
    with open_view(store(tmp_path / "events.db", events)) as address:
        tree = open_timeline(page, address)
        expect(page.get_by_role("treeitem")).to_have_text(re.compile("^new, 45,000 events"))
        tree.focus()
        for _ in range(4):
            page.keyboard.press("+")
        expect(page.get_by_role("treeitem", name="new, 1 lane")).to_have_count(1)


def test_an_empty_store_is_said_to_be_empty(page: Page, tmp_path: Path) -> None:
    with open_view(store(tmp_path / "events.db")) as address:
        open_page(page, address, view="timeline")
        expect(page.get_by_role("heading", name="No recording yet")).to_be_visible()


def test_a_filter_that_nothing_passes_is_said(page: Page, view: str) -> None:
    open_page(page, view, view="timeline", instance="none")
    expect(page.get_by_role("status").filter(has_text="No events here.")).to_be_visible()
    expect(page.get_by_role("heading", name="No event matches")).to_be_visible()


def test_what_a_page_may_have_named_is_text(page: Page, tmp_path: Path) -> None:
    evil = "<img src=x onerror=alert(1)>"
    with open_view(store(tmp_path / "events.db", story(evil, timedelta(hours=1)))) as address:
        open_timeline(page, address)
        expect(page.get_by_role("treeitem").nth(1)).to_contain_text(evil)
        assert page.locator("img").count() == 0


def test_it_fits_a_telephone(narrow_page: Page, view: str) -> None:
    open_timeline(narrow_page, view)
    _, _, width, height = stage(narrow_page)
    assert width <= 360
    assert height > 200
    assert narrow_page.evaluate("document.documentElement.scrollWidth") <= 360
