"""The frame at a zoom of 200 and 400 %, in forced colours, and in the order of the Tab key."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from tests.web.page.viewing import event, open_page, open_view, row, store, story

pytestmark = pytest.mark.browser

HOUR = timedelta(hours=1)


@pytest.fixture(scope="module")
def view(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    many = [event(number, age=2 * HOUR, event_name=f"Event {number}") for number in range(60)]
    events = [*many, *story("outbox", HOUR, failed=True)]
    with open_view(store(tmp_path_factory.mktemp("store") / "events.db", events)) as address:
        yield address


@pytest.fixture
def forced(page: Page) -> Iterator[Page]:
    page.emulate_media(forced_colors="active")
    yield page
    page.emulate_media(forced_colors="none")


@pytest.mark.parametrize(("width", "height", "rows"), [(640, 400, 4), (320, 256, 2), (740, 360, 4), (1280, 300, 3)])
def test_rows_can_be_read_at_any_zoom(page: Page, view: str, width: int, height: int, rows: int) -> None:
    page.set_viewport_size({"width": width, "height": height})
    open_page(page, view)
    grid = page.get_by_role("grid")
    grid.scroll_into_view_if_needed()
    page.evaluate("document.querySelector('.grid').scrollIntoView({ block: 'end' })")
    expect(row(page, "sync event failed")).to_be_in_viewport()
    inside = page.evaluate(
        """() => [...document.querySelectorAll('.grid .window [role=row]')].filter((row) => {
          const { top, bottom } = row.getBoundingClientRect();
          const head = document.querySelector('.grid .head').getBoundingClientRect().bottom;
          return top >= Math.max(0, head) - 1 && bottom <= innerHeight + 1;
        }).length"""
    )
    assert inside >= rows
    assert page.evaluate("document.documentElement.scrollWidth") == width


@pytest.mark.parametrize("name", ["events", "timeline", "numbers", "workers"])
def test_nothing_is_wider_at_400_percent(page: Page, view: str, name: str) -> None:
    page.set_viewport_size({"width": 320, "height": 256})
    open_page(page, view, view=name)
    assert page.evaluate("document.documentElement.scrollWidth") == 320


def test_tab_follows_the_eye(page: Page, view: str) -> None:
    """From the top to the bottom of the side, before the toolbar."""
    open_page(page, view)
    expect(row(page, "sync event failed")).to_be_visible()
    places, names = [], []
    for _ in range(40):
        page.keyboard.press("Tab")
        name, left, top = page.evaluate(
            """() => {
              const { left, top } = document.activeElement.getBoundingClientRect();
              return [document.activeElement.innerText || document.activeElement.ariaLabel, left, top];
            }"""
        )
        names.append(name)
        places.append((left > 260, top) if left < 260 else (True, 0))
        if left > 260:
            break
    assert names[0] == "Skip to events"
    assert names[1] == "Events"
    assert places == sorted(places), names
    page.reload()
    expect(row(page, "sync event failed")).to_be_visible()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    assert "#token=" in page.url


def test_in_forced_colours_what_is_selected_differs(forced: Page, view: str) -> None:
    page = forced
    open_page(page, view)
    row(page, "sync event failed").click()
    background = "(row) => getComputedStyle(row).backgroundColor"
    selected = row(page, "sync event failed").evaluate(background)
    assert selected == colour(page, "Highlight")
    assert row(page, "Event 59").evaluate(background) != selected
    outline = "(link) => getComputedStyle(link).outlineStyle"
    links = page.get_by_role("navigation", name="Views").get_by_role("link")
    assert [link.evaluate(outline) for link in links.all()] == ["solid", "none", "none", "none"]


def test_in_forced_colours_the_signs_of_the_legend_are_there(forced: Page, view: str) -> None:
    page = forced
    open_page(page, view, view="timeline")
    page.locator(".timeline-legend .mark").first.wait_for()
    unseen = page.locator(".timeline-legend .mark").evaluate_all(
        """(marks, canvas) => marks.filter((mark) => {
          const style = getComputedStyle(mark);
          const isSeen = (colour) => colour !== canvas && colour !== 'rgba(0, 0, 0, 0)';
          const hasEdge = parseFloat(style.borderTopWidth) > 0 && isSeen(style.borderTopColor);
          return !style.backgroundImage.includes('gradient') && !isSeen(style.backgroundColor) && !hasEdge;
        }).map((mark) => mark.className)""",
        colour(page, "Canvas"),
    )
    assert unseen == []


def colour(page: Page, name: str) -> str:
    """A colour of the system, as it is computed."""
    return str(
        page.evaluate(
            """(name) => {
              const probe = document.createElement('i');
              probe.style.forcedColorAdjust = 'none';
              probe.style.color = name;
              document.body.append(probe);
              const found = getComputedStyle(probe).color;
              probe.remove();
              return found;
            }""",
            name,
        )
    )
