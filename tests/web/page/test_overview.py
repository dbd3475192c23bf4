"""The strip above the table."""

import re
from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.web.page.viewing import ROW, open_page, open_view, store, story, wait_until

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def view(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """60 syncs in an hour; every tenth fails."""
    events = [
        made
        for number in range(60)
        for made in story(f"tag-{number}", timedelta(minutes=60 - number), failed=number % 10 == 0)
    ]
    with open_view(store(tmp_path_factory.mktemp("store") / "events.db", events)) as address:
        yield address


def strip(page: Page) -> Locator:
    return page.get_by_role("region", name="Events over time")


def test_it_says_what_it_draws(page: Page, view: str) -> None:
    open_page(page, view)
    expect(strip(page).get_by_role("img")).to_have_attribute("aria-label", re.compile("^180 events in .*, 6 failed$"))
    box = strip(page).bounding_box()
    assert box is not None
    assert box["height"] <= 72


def test_a_drag_chooses_a_time_and_a_button_all_of_it(page: Page, view: str) -> None:
    open_page(page, view)
    expect(strip(page)).to_have_attribute("aria-busy", "false")
    box = strip(page).locator("canvas").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] * 0.25, box["y"] + 20)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.5, box["y"] + 20, steps=4)
    page.mouse.up()
    page.wait_for_url(re.compile("since=.*before="))
    asked = parse_qs(urlsplit(page.url).query)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", asked["since"][0])
    total = page.get_by_role("grid")
    expect(total).to_have_attribute("aria-rowcount", re.compile(r"^4\d$"))
    strip(page).get_by_role("button", name="All times").click()
    expect(total).to_have_attribute("aria-rowcount", "181")
    expect(strip(page).get_by_role("button", name="All times")).to_have_count(0)


def test_keys_choose_a_time(page: Page, view: str) -> None:
    open_page(page, view)
    expect(strip(page)).to_have_attribute("aria-busy", "false")
    since = strip(page).get_by_role("slider", name="Events since")
    since.focus()
    for _ in range(9):
        page.keyboard.press("Shift+ArrowRight")
    page.wait_for_url(re.compile("since="))
    assert int(since.get_attribute("aria-valuenow") or 0) > 0
    expect(page.locator(ROW).first).to_be_visible()
    before = strip(page).get_by_role("slider", name="Events before")
    before.focus()
    page.keyboard.press("Home")
    expect(before).to_have_attribute("aria-valuenow", re.compile(r"\d+"))
    since.focus()
    page.keyboard.press("Home")
    wait_until(
        page,
        "() => document.querySelector('.overview-handle.begin').getAttribute('aria-valuenow') === '0'",
    )


def test_a_click_chooses_nothing(page: Page, view: str) -> None:
    open_page(page, view)
    expect(strip(page)).to_have_attribute("aria-busy", "false")
    strip(page).locator("canvas").click(position={"x": 100, "y": 20})
    expect(strip(page).get_by_role("button", name="All times")).to_have_count(0)
    assert "since" not in page.url
