"""How the table is shown, as this browser remembers it: rows, times, the place of the detail; and in little room."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Page, expect

from cdp_bgservices.events import Event
from tests.web.page.viewing import ROW, STARTED, event, open_page, open_view, row, store

pytestmark = pytest.mark.browser

NOON = STARTED.replace(hour=12, minute=0, second=0, microsecond=0) - timedelta(days=1)
"""Yesterday: so no test of a day depends on its hour."""
COUNT = 60


def at_noon(number: int) -> Event:
    return event(number, age=STARTED - NOON, event_name=f"Step {number:02}")


@pytest.fixture(scope="module")
def view(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A minute of one day."""
    events = [at_noon(number) for number in range(COUNT)]
    with open_view(store(tmp_path_factory.mktemp("store") / "events.db", events)) as address:
        yield address


def choose(page: Page, group: str, name: str) -> None:
    page.get_by_role("button", name="View").click()
    page.get_by_role("group", name=group).get_by_role("radio", name=name).check()
    page.keyboard.press("Escape")


def visible_rows(page: Page) -> int:
    """Wholly, between the header and the end of the window."""
    count: int = page.locator(ROW).evaluate_all(
        """rows => {
          const top = document.querySelector('.grid .head').getBoundingClientRect().bottom;
          const end = Math.min(innerHeight, document.querySelector('.grid').getBoundingClientRect().bottom);
          const boxes = rows.map((row) => row.getBoundingClientRect());
          return boxes.filter((box) => box.top >= top - 1 && box.bottom <= end + 1).length;
        }"""
    )
    return count


def test_as_many_rows_as_devtools_shows_or_fewer_taller_ones(page: Page, view: str) -> None:
    open_page(page, view)
    expect(row(page, "Step 59")).to_be_in_viewport()
    assert visible_rows(page) >= 25
    choose(page, "Rows", "comfortable")
    page.reload()
    expect(row(page, "Step 59")).to_be_in_viewport()
    assert row(page, "Step 59").evaluate("row => row.offsetHeight") == 28


def test_there_is_no_empty_pane(page: Page, view: str) -> None:
    open_page(page, view)
    row(page, "Step 40").click()
    expect(page.locator(".detail h2")).to_have_text("Step 40")
    expect(row(page, "Step 40")).to_be_in_viewport(ratio=1)
    page.locator(".detail .steps").focus()
    page.keyboard.press("Escape")
    expect(page.locator(".detail")).to_have_count(0)
    expect(page.get_by_role("grid")).to_be_focused()
    expect(row(page, "Step 40")).to_have_attribute("aria-selected", "true")
    row(page, "Step 40").click()  # It is the active one: still, it opens.
    expect(page.locator(".detail h2")).to_have_text("Step 40")
    page.get_by_role("button", name="Close the detail").click()
    expect(page.get_by_role("grid")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("region", name="Detail")).to_be_focused()


def test_the_detail_stands_where_it_is_chosen(page: Page, view: str) -> None:
    open_page(page, view)
    row(page, "Step 40").click()
    for said, kind in [("where there is room", "below"), ("on the right", "beside"), ("below", "below")]:
        button = page.get_by_role("button", name=f"Detail {said}")
        expect(button).to_be_visible()
        expect(page.locator(f".split.{kind}")).to_be_visible()
        if said != "below":
            button.click()
    page.set_viewport_size({"width": 1920, "height": 800})
    page.reload()
    expect(page.locator(".split.below .detail h2")).to_be_visible()
    page.get_by_role("button", name="Detail below").click()
    expect(page.locator(".split.beside .detail h2")).to_be_visible()


def test_wide_beside_the_table_no_field_wraps(page: Page, view: str) -> None:
    page.set_viewport_size({"width": 1920, "height": 1080})
    open_page(page, view)
    row(page, "Step 40").click()
    expect(page.locator(".split.beside .fields")).to_be_visible()
    heights = page.locator(".fields > div dd > span").evaluate_all("spans => spans.map((span) => span.offsetHeight)")
    assert len(heights) == 12
    assert max(heights) < 24
    top = page.locator(".detail h2").bounding_box()
    button = page.locator(".detail").get_by_role("button", name="Copy").bounding_box()
    assert top is not None
    assert button is not None
    assert abs(top["y"] - button["y"]) < 12


@pytest.mark.parametrize(
    ("zone", "header", "clock"), [("local", "Time (+05:30)", "17:30:59"), ("UTC", "Time (UTC)", "12:00:59")]
)
def test_times_are_local_or_utc_and_the_header_says_so(
    browser: Browser, view: str, zone: str, header: str, clock: str
) -> None:
    context = browser.new_context(timezone_id="Asia/Kolkata")
    page = context.new_page()
    open_page(page, view)
    choose(page, "Time zone", zone)
    page.reload()
    expect(page.get_by_role("columnheader", name=header)).to_be_visible()
    expect(row(page, "Step 59").locator(".time")).to_have_text(re.compile(f"^{clock}"))
    expect(page.locator(".toolbar .day")).to_have_text(f"{NOON.day} {NOON:%b %Y}")
    row(page, "Step 59").click()
    expect(page.locator(".detail time")).to_have_text(re.compile(f"{NOON:%Y-%m-%d} {clock}"))
    context.close()


def test_rows_of_several_days_have_their_dates(page: Page, tmp_path_factory: pytest.TempPathFactory) -> None:
    events = [at_noon(1), at_noon(2), event(3, age=STARTED - NOON + timedelta(days=1), event_name="Before")]
    with open_view(store(tmp_path_factory.mktemp("store") / "events.db", events)) as address:
        open_page(page, address)
        expect(row(page, "Before").locator(".time")).to_have_text(re.compile(r"^\d{4}-\d\d-\d\d \d\d:"))
        expect(row(page, "Step 01").locator(".time")).to_have_text(re.compile(r"^\d{4}-\d\d-\d\d \d\d:"))
        expect(page.locator(".toolbar .day")).to_have_count(0)
        open_page(page, address, event="Step 01")
        expect(row(page, "Step 01").locator(".time")).to_have_text(re.compile(r"^\d\d:\d\d:\d\d\.\d{3}$"))


def test_times_since_the_start_and_from_the_selected_event(page: Page, view: str) -> None:
    open_page(page, view)
    choose(page, "Times", "since the start")
    expect(page.get_by_role("columnheader", name="Time since start")).to_be_visible()
    expect(row(page, "Step 59").locator(".time")).to_have_text("+59.000 s")
    choose(page, "Times", "from the selected event")
    row(page, "Step 40").click()
    expect(page.get_by_role("columnheader", name="Time from selected")).to_be_visible()
    expect(row(page, "Step 42").locator(".time")).to_have_text("+2.000 s")
    expect(row(page, "Step 37").locator(".time")).to_have_text("−3.000 s")
    expect(row(page, "Step 40").locator(".time")).to_have_text("+0 µs")


@pytest.mark.parametrize(("width", "height", "least"), [(640, 400, 5), (320, 256, 2), (740, 360, 4)])
def test_at_a_large_zoom_rows_are_seen(page: Page, view: str, width: int, height: int, least: int) -> None:
    """200 % and 400 % of 1280 by 800 or 1024, and a phone on its side. What has no room is scrolled to."""
    page.set_viewport_size({"width": width, "height": height})
    open_page(page, view)
    expect(page.locator(ROW).first).to_be_attached()
    page.get_by_role("grid").evaluate("grid => grid.scrollIntoView({ block: 'end' })")
    expect(row(page, "Step 59").locator(".event")).to_be_in_viewport(ratio=0.9)
    assert visible_rows(page) >= least
    row(page, "Step 59").locator(".event").click()
    expect(page.get_by_role("dialog", name="Detail").locator("h2")).to_be_in_viewport()
    assert page.evaluate("document.documentElement.scrollWidth") == width


def test_in_the_timeline_the_focus_goes_back_to_the_lanes(page: Page, view: str) -> None:
    open_page(page, view)
    row(page, "Step 40").click()
    expect(page.locator(".detail h2")).to_have_text("Step 40")
    page.get_by_role("link", name="Timeline").click()
    page.locator(".detail .steps").focus()
    page.keyboard.press("Escape")
    expect(page.locator(".detail")).to_have_count(0)
    expect(page.get_by_role("tree")).to_be_focused()
