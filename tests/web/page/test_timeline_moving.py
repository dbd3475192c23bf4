"""The timeline's period: wheel, drag, keys and minimap move it, the address has it, and a span is measured in it."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.stories.making import recorded
from tests.web.page.timelines import (
    drawn_colours,
    drawn_texts,
    lane,
    open_timeline,
    period,
    recent,
    settled_period,
    stage,
    texts_of,
    zoom,
)
from tests.web.page.viewing import at, event, open_view, settled, store, wait_until

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def view(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """What a real Chromium reported of all six services."""
    with open_view(store(tmp_path_factory.mktemp("store") / "events.db", recent(recorded("demo")))) as address:
        yield address


@pytest.fixture(scope="module")
def tall(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """100 lanes, a second apart."""
    events = [event(number, age=timedelta(minutes=10)) for number in range(100)]
    with open_view(store(tmp_path_factory.mktemp("store") / "events.db", events)) as address:
        yield address


def length(found: tuple[datetime, datetime]) -> float:
    return (found[1] - found[0]).total_seconds()


def test_the_wheel_scrolls_and_with_ctrl_it_zooms(page: Page, tall: str) -> None:
    tree = open_timeline(page, tall)
    x, y, width, _ = stage(page)
    page.mouse.move(x + width / 2, y + 200)
    page.mouse.wheel(0, 400)
    wait_until(page, "() => document.querySelector('.timeline-stage').scrollTop >= 300")
    assert period(page) is None
    zoom(page, 4)
    page.mouse.wheel(200, 0)
    before = settled_period(page)
    assert 10 < length(before) < 60
    page.keyboard.down("Shift")
    page.mouse.wheel(0, 100)
    page.keyboard.up("Shift")
    after = settled_period(page, before)
    assert after[0] > before[0]
    assert length(after) == pytest.approx(length(before), rel=0.01)
    assert tree.evaluate("tree => tree.scrollTop") >= 0


def test_a_zoom_out_stays_at_the_data(page: Page, tall: str) -> None:
    open_timeline(page, tall)
    x, y, width, _ = stage(page)
    page.mouse.move(x + width / 2, y + 200)
    zoom(page, -12)
    assert length(settled_period(page)) < 2 * 100
    expect(page.get_by_role("status").filter(has_text="100 lanes")).to_be_visible()


def test_zooming_leaves_what_is_visible(page: Page, view: str) -> None:
    tree = open_timeline(page, view)
    x, y, width, _ = stage(page)
    page.mouse.move(x + 250, y + 100)
    zoom(page, 8)
    expect(lane(page, "send-message")).to_have_count(1)
    expect(lane(page, "order-ea0a6dbf")).to_have_count(0)
    tree.focus()
    page.keyboard.press("Home")
    expect(lane(page, "order-ea0a6dbf")).to_have_count(1)
    page.mouse.move(x + 400, y + 100)
    zoom(page, 1)
    page.mouse.move(x + width - 5, y + 100)
    page.mouse.down()
    page.mouse.move(x + 260, y + 100, steps=5)
    page.mouse.up()
    expect(lane(page, "order-ea0a6dbf")).to_have_count(1)
    expect(lane(page, "send-message")).to_have_count(0)
    page.get_by_role("button", name="Fit").click()
    expect(lane(page, "send-message")).to_have_count(1)


def test_keys_zoom_pan_and_fit(page: Page, view: str) -> None:
    tree = open_timeline(page, view)
    tree.focus()
    page.keyboard.press("w")
    page.keyboard.press("w")
    near = settled_period(page)
    page.keyboard.press("a")
    left = settled_period(page, near)
    assert left[0] < near[0]
    page.keyboard.press("f")
    wait_until(page, "() => !new URLSearchParams(location.search).has('period')")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.keyboard.press("f")
    assert length(settled_period(page)) < length(near) * 3
    chosen = parse_qs(urlsplit(page.url).query)["selected"]
    page.keyboard.press("[")
    wait_until(page, "([id]) => new URLSearchParams(location.search).get('selected') !== id", chosen)
    page.keyboard.press("]")
    wait_until(page, "([id]) => new URLSearchParams(location.search).get('selected') === id", chosen)


def test_the_address_has_the_period_and_back_undoes_a_zoom(page: Page, view: str) -> None:
    tree = open_timeline(page, view)
    tree.focus()
    page.keyboard.press("w")
    first = settled_period(page)
    page.wait_for_timeout(1600)  # A move after a pause is a step of its own.
    for _ in range(5):
        page.keyboard.press("w")
    second = settled_period(page, first)
    assert length(second) < length(first) / 4
    other = page.context.new_page()
    other.goto(page.evaluate("location.href"))
    assert period(other) == second
    other.close()
    page.go_back()
    assert period(page) == first
    page.go_back()
    assert period(page) is None
    expect(lane(page, "send-message")).to_have_count(1)


def test_what_is_closed_is_in_the_address(page: Page, view: str) -> None:
    tree = open_timeline(page, view)
    tree.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("closed=backgroundFetch"))
    expect(page.get_by_role("treeitem", name="Background fetch, 3 lanes")).to_have_attribute("aria-expanded", "false")
    page.reload()
    expect(page.get_by_role("treeitem", name="Background fetch, 3 lanes")).to_have_attribute("aria-expanded", "false")
    expect(lane(page, "song")).to_have_count(0)


def test_a_span_is_measured(page: Page, tall: str) -> None:
    """By a drag over the axis, and by two marks."""
    tree = open_timeline(page, tall)
    x, y, width, _ = stage(page)
    page.mouse.move(x + 240, y + 10)
    page.mouse.down()
    page.mouse.move(x + width - 4, y + 10, steps=4)
    page.mouse.up()
    said = page.locator(".timeline-measured")
    expect(said).to_contain_text(re.compile(r"Measured: 1 min \d+ s, 100 events"))
    page.wait_for_url(re.compile("marks="))
    settled(page)  # A slow drag has other marks there on its way.
    page.reload()
    expect(said).to_contain_text(", 100 events")
    assert "26,95,208" in drawn_colours(page)  # --accent
    page.get_by_role("button", name="Remove the marks").click()
    expect(said).to_have_count(0)
    tree.focus()
    page.mouse.move(x + 300, y + 200)
    page.keyboard.press("m")
    expect(said).to_contain_text("Mark at")
    page.mouse.move(x + 500, y + 200)
    page.keyboard.press("m")
    expect(said).to_contain_text(re.compile(r"Measured: \d+ s, \d+ events"))
    page.keyboard.press("Escape")
    expect(said).to_have_count(0)


def test_the_minimap_shows_the_period_and_moves_it(page: Page, tall: str) -> None:
    tree = open_timeline(page, tall)
    strip = page.get_by_role("region", name="Events over time")
    expect(strip).to_have_attribute("aria-busy", "false")
    box = strip.locator("canvas").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] * 0.2, box["y"] + 20)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.4, box["y"] + 20, steps=4)
    page.mouse.up()
    begin, end = settled_period(page)
    assert 15 < length((begin, end)) < 25
    wait_until(page, "() => document.querySelectorAll('[role=treeitem]').length < 30")
    page.mouse.move(box["x"] + box["width"] * 0.3, box["y"] + 20)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.6, box["y"] + 20, steps=4)
    page.mouse.up()
    moved = settled_period(page, (begin, end))
    assert 25 < (moved[0] - begin).total_seconds() < 35
    assert "since" not in page.url
    tree.focus()
    page.keyboard.press("0")
    expect(strip.get_by_role("slider", name="Begin of the view")).to_have_attribute("aria-valuenow", "0")


def test_names_on_the_axis_do_not_run_into_each_other(page: Page, view: str) -> None:
    open_timeline(page, view)
    drawn_texts(page)
    page.evaluate(
        """() => {
          window.placed = [];
          const draw = CanvasRenderingContext2D.prototype.fillText;
          CanvasRenderingContext2D.prototype.fillText = function (text, x, y) {
            const isAxis = y < 28 && this.canvas.closest('.timeline-stage');
            if (isAxis) placed.push([text, x, x + this.measureText(text).width]);
            return draw.call(this, text, x, y);
          };
        }"""
    )
    assert texts_of(page)
    placed: list[tuple[str, float, float]] = page.evaluate("window.placed")
    in_order = sorted({(left, right, text) for text, left, right in placed})
    assert len(in_order) > 4
    assert [other for one, other in pairwise(in_order) if other[0] < one[1]] == []


def test_an_invalid_period_is_none(page: Page, view: str) -> None:
    open_timeline(page, at(view, period="yesterday/now", marks="x", closed="nothing"))
    expect(lane(page, "send-message")).to_have_count(1)
