"""Where not everything was recorded, the table says so between its rows, and why."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.cli.test_coverage import fill
from tests.web.page.viewing import ROW, event, open_page, open_view, row, store

pytestmark = pytest.mark.browser

HOUR = timedelta(hours=1)
BETWEEN = re.compile("^Not fully recorded for 10 h from .*recording was switched off")

STARTED = re.compile("^Recording started at ")
"""It was not recorded before the recorder came first: that is not a gap in it."""


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, datetime]:
    """Recorded from 50 to 30 hours before that moment, and from 20 hours before it on."""
    path = tmp_path_factory.mktemp("store") / "events.db"
    before = [event(number, age=40 * HOUR, event_name=f"Before {number}", source="mine") for number in range(3)]
    after = [event(number, age=10 * HOUR, event_name=f"After {number}", source="mine") for number in range(3)]
    store(path, [*before, *after, event(7, age=5 * HOUR, event_name="Theirs", source="theirs")])
    return path, fill(path)


@pytest.fixture(scope="module")
def view(filled: tuple[Path, datetime]) -> Iterator[str]:
    with open_view(filled[0]) as address:
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


@pytest.mark.parametrize(("age", "order", "said"), [(40, "asc", BETWEEN), (10, "desc", BETWEEN)])
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
        titles = str(page.locator(".grid .window > *").last.locator("[title]").get_attribute("title")).splitlines()
        assert [bool(BETWEEN.match(title)) for title in titles] == [False] * (len(titles) - 1) + [True]
        assert all(STARTED.match(title) for title in titles[:-1])
        assert len(titles) == (1 if order == "asc" else 2)


def test_the_time_before_the_first_recording_is_not_a_gap(page: Page, view: str) -> None:
    open_page(page, view)
    page.get_by_role("grid").focus()
    page.keyboard.press("Home")
    expect(page.locator(".grid .gap.begin")).to_have_text(STARTED)
    expect(page.locator(".overview canvas")).to_have_attribute("aria-label", re.compile(", 1 recording gap$"))


@pytest.mark.parametrize(
    ("since", "before", "said"),
    [
        ("18h", "", None),
        ("", "35h", None),
        ("45h", "", "^Not fully recorded for 10 h from "),
    ],
)
def test_only_what_is_between_the_chosen_times_is_a_gap(
    page: Page, view: str, since: str, before: str, said: str | None
) -> None:
    chosen = {name: value for name, value in (("since", since), ("before", before)) if value}
    open_page(page, view, **chosen, order="asc")
    found = page.locator(".grid .gap").filter(has_text="fully recorded")
    expect(found).to_have_count(int(said is not None))
    if said is not None:
        expect(found).to_have_text(re.compile(said))


def test_a_gap_ends_at_the_chosen_time(page: Page, view: str, filled: tuple[Path, datetime]) -> None:
    """Which is a moment: an hour ago is another one at every look."""
    _, moment = filled
    open_page(page, view, since="45h", before=(moment - 25 * HOUR).isoformat(), order="asc")
    found = page.locator(".grid .gap").filter(has_text="fully recorded")
    expect(found).to_have_text(re.compile("^Not fully recorded for 5 h from "))


OFF = {"state": "switchedOff", "reason": "recording was switched off"}


def test_one_gap_of_several_services_is_one_and_overlapping_ones_are_summed_once(page: Page, view: str) -> None:
    """The browser switches its services one after the other, some microseconds or a second apart."""
    services = ["backgroundFetch", "backgroundSync", "notifications"]
    starting = {"state": "neverRecorded", "reason": "not recorded before"}
    day = 86_400_000_000
    fresh = [{**starting, "service": each, "begin": 0, "end": 3 * day + at} for at, each in enumerate(services)]
    off = [{**OFF, "service": each, "begin": at, "end": 2_000_000 - at} for at, each in enumerate(services)]
    longer = {**OFF, "service": "notifications", "begin": 1_000_000, "end": 7_700_000}
    script = """async ([fresh, off, longer]) => {
        const { joined, describe } = await import('/events/gaps.js');
        const said = (gaps) => describe(joined(gaps)).replace(/ from .*| at .*/, '');
        return [said(fresh), said(off), said([...off, longer]), joined([longer, ...off]).length];
    }"""
    open_page(page, view)
    assert page.evaluate(script, [fresh, off, longer]) == [
        "Recording of Background fetch, Background sync, Notifications started",
        "Background fetch, Background sync, Notifications not fully recorded for 2.0 s",
        "2 gaps: not fully recorded for 7.7 s in total",
        2,
    ]


def test_of_another_source_or_order_there_is_none(page: Page, view: str) -> None:
    open_page(page, view, sort="event")
    expect(row(page, "After 0")).to_be_visible()
    expect(page.locator(".grid .gap")).to_have_count(0)
    open_page(page, view, source="theirs")
    expect(row(page, "Theirs")).to_be_visible()
    expect(page.locator(".grid .gap").filter(has_text=BETWEEN)).to_have_count(0)
