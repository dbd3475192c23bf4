"""The table: visible rows are drawn, sorted as asked, and selected with the keys."""

import re
from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise

import pytest
from playwright.sync_api import Page, expect

from tests.web.page.viewing import ROW, event, names, open_page, open_view, row, settled, store

pytestmark = pytest.mark.browser

MANY = 5000


@pytest.fixture(scope="module")
def view(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    events = [
        event(number, age=timedelta(hours=2), event_name=f"Event {number:04}", origin=f"https://{number % 7}.example/")
        for number in range(MANY)
    ]
    with open_view(store(tmp_path_factory.mktemp("store") / "events.db", events)) as address:
        yield address


def test_columns_are_those_of_devtools(page: Page, view: str) -> None:
    open_page(page, view, service="backgroundSync")
    headers = page.get_by_role("columnheader")
    expect(headers).to_have_text(
        ["#", re.compile(r"^Time \([+−]\d\d:\d\d\)"), "Event", "Reason", "Origin", "Instance ID"]
    )
    last = row(page, "Event 4999").get_by_role("gridcell")
    moment = re.compile(r"^(\d{4}-\d\d-\d\d )?\d\d:\d\d:\d\d\.\d{3}$")
    where = "https://1.example/ scope https://one.example/app/ storage key https://one.example/"
    expect(last).to_have_text(["5,000", moment, re.compile("Event 4999"), "", where, "tag-4999"])


def test_of_all_services_each_row_says_which(page: Page, view: str) -> None:
    open_page(page, view)
    expect(page.get_by_role("columnheader", name="Service", exact=True)).to_be_visible()
    expect(row(page, "Event 4999").locator(".service")).to_have_text("Sync")


def test_it_opens_at_the_newest_and_draws_the_visible_rows(page: Page, view: str) -> None:
    open_page(page, view)
    expect(row(page, "Event 4999")).to_be_in_viewport()
    assert page.locator(ROW).count() < 60
    grid = page.get_by_role("grid")
    expect(grid).to_have_attribute("aria-rowcount", str(MANY + 1))
    expect(row(page, "Event 4999")).to_have_attribute("aria-rowindex", str(MANY + 1))


def test_keys_walk_through_all_of_it(page: Page, view: str) -> None:
    open_page(page, view)
    grid = page.get_by_role("grid")
    grid.focus()
    for key, expected in [
        ("Home", "Event 0000"),
        ("ArrowDown", "Event 0001"),
        ("ArrowDown", "Event 0002"),
        ("ArrowUp", "Event 0001"),
        ("End", "Event 4999"),
        ("ArrowUp", "Event 4998"),
    ]:
        page.keyboard.press(key)
        expect(row(page, expected)).to_have_attribute("aria-selected", "true")
        expect(row(page, expected)).to_be_in_viewport(ratio=0.99)
        expect(page.locator(".detail h2")).to_have_text(expected)
    before = page.locator(f"{ROW}[aria-selected=true]").get_attribute("aria-rowindex")
    page.keyboard.press("PageUp")
    expect(row(page, "Event 4998")).not_to_have_attribute("aria-selected", "true")
    after = page.locator(f"{ROW}[aria-selected=true]").get_attribute("aria-rowindex")
    assert 5 < int(before or 0) - int(after or 0) < 40, (before, after)
    page.keyboard.press("Enter")
    expect(page.get_by_role("region", name="Detail")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator(".detail")).to_have_count(0)
    expect(page.get_by_role("grid")).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(page.locator(".detail h2")).to_have_text(f"Event {int(after or 0) - 1:04}")


def test_a_key_between_drawing_and_what_follows_it_is_not_lost(page: Page, view: str) -> None:
    """It comes once the row before it is drawn as chosen, and before the page's effects of that have run."""
    open_page(page, view)
    page.get_by_role("grid").focus()
    page.keyboard.press("Home")
    expect(page.locator(".detail h2")).to_contain_text("Event 0000")
    chosen = page.url
    page.evaluate(
        """() => {
          const chosen = location.search;
          new MutationObserver((_, observer) => {
            if (location.search === chosen) return;
            observer.disconnect();
            const key = new KeyboardEvent('keydown', { key: 'ArrowDown', bubbles: true });
            document.querySelector('[role=grid]').dispatchEvent(key);
          }).observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
        }"""
    )
    page.keyboard.press("ArrowDown")
    expect(page.locator(".detail h2")).to_contain_text("Event 0002")
    assert page.url != chosen


def test_keys_walk_where_the_detail_would_cover_the_rows(narrow_page: Page, view: str) -> None:
    """However slowly: it opens when it is asked for."""
    page = narrow_page
    open_page(page, view)
    expect(row(page, "Event 4999")).to_be_visible()
    page.get_by_role("grid").focus()
    for key, expected in [("Home", "Event 0000"), ("ArrowDown", "Event 0001"), ("ArrowDown", "Event 0002")]:
        page.keyboard.press(key)
        expect(row(page, expected)).to_have_attribute("aria-selected", "true")
        page.wait_for_timeout(300)  # Longer than any key is waited for: nothing is to happen.
        expect(page.get_by_role("dialog")).to_have_count(0)
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog").locator("h2")).to_have_text("Event 0002")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.keyboard.press("ArrowDown")
    expect(row(page, "Event 0003")).to_have_attribute("aria-selected", "true")


@pytest.mark.parametrize("order", ["asc", "desc"])
def test_a_click_on_a_header_sorts(page: Page, view: str, order: str) -> None:
    open_page(page, view)
    header = page.get_by_role("columnheader", name="Origin")
    header.get_by_role("button").click()
    expect(header).to_have_attribute("aria-sort", "ascending")
    if order == "desc":
        header.get_by_role("button").click()
        expect(header).to_have_attribute("aria-sort", "descending")
    expect(page.get_by_role("columnheader", name="Time (")).to_have_attribute("aria-sort", "none")
    settled(page)
    page.get_by_role("grid").evaluate("grid => { grid.scrollTop = grid.scrollHeight * 0.3; }")
    expect(page.locator(f"{ROW}[aria-rowindex='{MANY * 3 // 10 + 10}']")).to_be_in_viewport()
    expect(page.locator(".grid .coming")).to_have_count(0)
    origins = page.locator(f"{ROW} .origin").all_inner_texts()
    assert len(origins) > 10
    assert all(one <= other if order == "asc" else one >= other for one, other in pairwise(origins))


def test_scrolling_brings_the_rows_of_that_place(page: Page, view: str) -> None:
    open_page(page, view)
    page.get_by_role("grid").evaluate("grid => { grid.scrollTop = 2500 * 20; }")
    expect(row(page, "Event 2500")).to_be_in_viewport()
    expect(row(page, "Event 2500").locator(".index")).to_have_text("2,501")
    numbers = [int(name.removeprefix("Event ")) for name in names(page).all_inner_texts()]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))


DRAWN = """async (act) => {
  const grid = document.querySelector('.grid');
  const frame = () => new Promise(requestAnimationFrame);
  const asked = window.matchMedia;
  let drawn = 0;
  window.matchMedia = (query) => {
    drawn += query.includes('pointer');
    return asked.call(window, query);
  };
  const scrolled = new Promise((done) => { grid.addEventListener('scroll', done, { once: true }); });
  if (act === 'again') grid.dispatchEvent(new Event('scroll'));
  else grid.scrollTop -= 1000;
  await scrolled;
  await frame();
  await frame();
  window.matchMedia = asked;
  return drawn;
}"""
"""How often the table is drawn: each time, it asks whether there is a mouse."""


def test_a_position_that_is_drawn_is_not_drawn_again(page: Page, view: str) -> None:
    open_page(page, view)
    expect(row(page, "Event 4999")).to_be_in_viewport()
    settled(page)
    # News of the store may come in between, and is drawn.
    assert any(page.evaluate(DRAWN, "again") == 0 for _ in range(20))
    assert page.evaluate(DRAWN, "elsewhere") > 0
    expect(row(page, "Event 4940")).to_be_in_viewport()
    assert any(page.evaluate(DRAWN, "again") == 0 for _ in range(20))


def test_what_was_chosen_is_found_again_after_sorting(page: Page, view: str) -> None:
    open_page(page, view)
    page.get_by_role("grid").focus()
    page.keyboard.press("Home")
    expect(page.locator(".detail h2")).to_have_text("Event 0000")
    page.get_by_role("columnheader", name="Time (").get_by_role("button").click()
    expect(page.get_by_role("columnheader", name="Time (")).to_have_attribute("aria-sort", "descending")
    expect(row(page, "Event 0000")).to_be_in_viewport()
    expect(row(page, "Event 0000")).to_have_attribute("aria-rowindex", str(MANY + 1))


def click_while_others_are_awaited(page: Page, rowindex: int) -> None:
    """Once, with the answer that brings the other rows: no time is left until they are shown."""
    page.evaluate(
        """(rowindex) => {
          const ask = window.fetch;
          window.fetch = async (path, ...options) => {
            const answer = await ask(path, ...options);
            const shown = document.querySelector(`.grid.stale .window [aria-rowindex="${rowindex}"]`);
            if (path.startsWith('api/events') && shown) {
              window.fetch = ask;
              shown.click();
            }
            return answer;
          };
        }""",
        rowindex,
    )


def test_a_row_that_is_clicked_while_others_are_awaited_is_selected(page: Page, view: str) -> None:
    """Wherever it is in the listing that comes, and if it is not in it."""
    open_page(page, view)
    expect(row(page, "Event 4999")).to_be_in_viewport()
    click_while_others_are_awaited(page, 4991)
    page.get_by_role("columnheader", name="Time (").get_by_role("button").click()
    expect(page.locator(".detail h2")).to_have_text("Event 4989")
    expect(row(page, "Event 4989")).to_have_attribute("aria-selected", "true")
    expect(row(page, "Event 4989")).to_have_attribute("aria-rowindex", "12")

    click_while_others_are_awaited(page, 5)
    page.get_by_role("button", name="Filter by origin").click()
    page.get_by_role("group", name="Filter by origin").get_by_role("checkbox", name="https://0.example/").check()
    expect(page.locator(".detail h2")).to_have_text("Event 4996")
    settled(page)
    expect(row(page, "Event 4998")).to_have_attribute("aria-rowindex", "2")
    expect(page.locator(f"{ROW}[aria-selected=true]")).to_have_count(0)


def test_a_column_is_drawn_wider_and_stays_so(page: Page, view: str) -> None:
    open_page(page, view)
    header = page.get_by_role("columnheader", name="Origin")
    before = header.evaluate("header => header.offsetWidth")
    box = header.locator(".edge").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 3, box["y"] + 8)
    page.mouse.down()
    page.mouse.move(box["x"] + 63, box["y"] + 8, steps=3)
    page.mouse.up()
    assert header.evaluate("header => header.offsetWidth") == pytest.approx(before + 60, abs=2)
    page.reload()
    expect(header).to_be_visible()
    assert header.evaluate("header => header.offsetWidth") == pytest.approx(before + 60, abs=2)
