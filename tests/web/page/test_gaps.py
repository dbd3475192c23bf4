"""Where not everything was recorded, the table says so between its rows, and why."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.cli.test_coverage import fill
from tests.web.page.viewing import ROW, event, open_page, open_view, row, store

pytestmark = pytest.mark.browser

HOUR = timedelta(hours=1)
BETWEEN = re.compile("^Not fully recorded for 10 h from .*recording was switched off")

TWO = re.compile("^2 gaps: not fully recorded for .* in total")
"""Nor was it recorded before the recorder came first."""


@pytest.fixture(scope="module")
def view(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Recorded from 50 to 30 hours ago, and from 20 hours ago on."""
    path = tmp_path_factory.mktemp("store") / "events.db"
    before = [event(number, age=40 * HOUR, event_name=f"Before {number}", source="mine") for number in range(3)]
    after = [event(number, age=10 * HOUR, event_name=f"After {number}", source="mine") for number in range(3)]
    store(path, [*before, *after, event(7, age=5 * HOUR, event_name="Theirs", source="theirs")])
    fill(path)
    with open_view(path) as address:
        yield address


def lines(page: Page) -> list[str]:
    """Of the table, from top to bottom: an event's name, or GAP."""
    found: list[str] = page.locator(".grid .window [role=row]").evaluate_all(
        "rows => rows.map((row) => row.classList.contains('gap') ? 'GAP' : row.querySelector('bdi').textContent)"
    )
    return found


@pytest.mark.parametrize("order", ["asc", "desc"])
def test_a_gap_stands_between_the_events_beside_it(page: Page, view: str, order: str) -> None:
    open_page(page, view, order=order)
    expect(page.locator(".grid .gap").filter(has_text=BETWEEN)).to_be_visible()
    expected = ["Before 2", "GAP", "After 0"] if order == "asc" else ["After 0", "GAP", "Before 2"]
    said = lines(page)
    start = said.index(expected[0])
    assert said[start : start + 3] == expected
    expect(page.locator(ROW).last).to_be_in_viewport(ratio=0.9)


@pytest.mark.parametrize(("age", "order", "said"), [(40, "asc", BETWEEN), (10, "desc", TWO)])
def test_a_gap_beyond_the_last_row_stands_below_it(
    page: Page, tmp_path: Path, age: int, order: str, said: re.Pattern[str]
) -> None:
    """And is reached by scrolling, with more rows than there is room for."""
    path = store(tmp_path / "events.db", [event(number, age=age * HOUR, source="mine") for number in range(200)])
    fill(path)
    with open_view(path) as address:
        open_page(page, address, order=order)
        page.get_by_role("grid").focus()
        page.keyboard.press("End")
        expect(page.locator(".grid .gap").filter(has_text=said)).to_have_count(1)
        page.get_by_role("grid").evaluate("grid => { grid.scrollTop = grid.scrollHeight; }")
        expect(page.locator(".grid .window > *").last).to_have_text(said)
        expect(page.locator(".grid .window > *").last).to_be_in_viewport(ratio=0.9)


def test_of_another_source_or_order_there_is_none(page: Page, view: str) -> None:
    open_page(page, view, sort="event")
    expect(row(page, "After 0")).to_be_visible()
    expect(page.locator(".grid .gap")).to_have_count(0)
    open_page(page, view, source="theirs")
    expect(row(page, "Theirs")).to_be_visible()
    expect(page.locator(".grid .gap").filter(has_text=BETWEEN)).to_have_count(0)
