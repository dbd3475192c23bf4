"""Flaws that an eye found on the first pictures, and that no other test sees."""

import subprocess
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.cli.command import COMMAND, environment
from tests.web.page.viewing import ago, event, open_page, open_view, row, store, story, wait_until

pytestmark = pytest.mark.browser

HOUR = timedelta(hours=1)
STEPS = 60


@pytest.fixture(scope="module")
def view(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The same tag ten hours ago and ten minutes ago, between them one of many events and one with a long name."""
    events = [
        *story("mail", ago(10 * HOUR)),
        *(event(number, age=HOUR, instance_id="long", event_name=f"Step {number}") for number in range(STEPS)),
        *story("mail", ago(HOUR / 6), failed=True),
        *story("b65131d98fe780f53bf5", 2 * HOUR, service="periodicBackgroundSync"),
    ]
    with open_view(store(tmp_path_factory.mktemp("store") / "events.db", events)) as address:
        yield address


@pytest.mark.parametrize("number", [0, STEPS // 2, STEPS - 1])
def test_a_story_opens_where_one_looks_at_it(page: Page, view: str, number: int) -> None:
    page.set_viewport_size({"width": 1280, "height": 800})
    open_page(page, view, text=f"Step {number}")
    row(page, f"Step {number}").last.click()
    expect(page.locator(".step[aria-current]")).to_be_in_viewport(ratio=0.9)


@pytest.mark.parametrize(("name", "width"), [("events", 1280), ("events", 1920), ("events", 640), ("numbers", 1280)])
def test_no_heading_is_cut(page: Page, view: str, name: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    open_page(page, view, view=name)
    headings = page.get_by_role("columnheader")
    headings.first.wait_for()
    assert cut_headings(page) == []
    if name == "events":
        row(page, "Step 59").click()
        expect(page.locator(".detail h2")).to_have_text("Step 59")
        page.get_by_role("button", name="View").click()
        page.get_by_role("checkbox", name="Service Worker Scope").check()
        assert cut_headings(page) == []


def test_no_heading_is_cut_in_a_file(page: Page, tmp_path: Path) -> None:
    events = [event(number, age=HOUR) for number in range(1100)]
    file = tmp_path / "page.html"
    path = store(tmp_path / "events.db", events)
    subprocess.run([*COMMAND, "export", "--store", str(path), str(file)], check=True, env=environment())
    open_page(page, file.as_uri())
    row(page, "Registered sync").last.click()
    expect(page.locator(".detail h2")).to_be_visible()
    assert cut_headings(page) == []


def cut_headings(page: Page) -> list[str]:
    """Those that are wider than their column, wrapped, or under the button at the end."""
    found: list[str] = page.get_by_role("columnheader").evaluate_all(
        """(headings) => headings.filter((heading) => {
          const range = document.createRange();
          range.selectNodeContents(heading);
          const [text, box] = [range.getBoundingClientRect(), heading.getBoundingClientRect()];
          const isWide = text.right > Math.min(box.right, innerWidth) + 1 || heading.scrollWidth > heading.clientWidth;
          const menu = document.querySelector('.view-menu')?.getBoundingClientRect();
          const grid = heading.closest('.grid');
          const isScrolledOut = grid && grid.scrollWidth > grid.clientWidth && box.right > menu.left;
          const title = heading.querySelector('button')?.getBoundingClientRect();
          const isUnder = menu && title && title.right > menu.left;
          const isHigh = text.height > heading.closest('[role=row], tr').clientHeight;
          return box.width && !isScrolledOut && (isWide || isUnder || isHigh);
        }).map((heading) => heading.innerText)"""
    )
    return found


def test_the_strip_begins_with_all_that_is_stored(page: Page, view: str) -> None:
    """And not with the last hour, which is all that is known before the first answer."""
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/api/overview" in request.url else None)
    open_page(page, view)
    expect(page.get_by_role("img", name="69 events in 9 h 5")).to_be_visible()
    assert len(asked) == 1


def test_a_timeline_has_the_time_that_is_filtered_by(page: Page, view: str) -> None:
    """Though its lanes began before."""
    assert columns_with_marks(page, view) == {"left", "right"}
    assert columns_with_marks(page, view, since="20m") == {"right"}


def test_a_timeline_is_drawn_in_its_place_at_once(own_page: Page, view: str) -> None:
    """And not with all that is stored first, which a frame later would jump."""
    page = own_page
    page.add_init_script(
        f"""new MutationObserver(async (_, observer) => {{
          if (window.first || !document.querySelector('[role=tree][aria-busy=false]')) return;
          observer.disconnect();
          for (let turn = 0; turn < 20; turn++) await null;  // What is put off to the next frame has not come yet.
          window.first = ({COLUMNS})();
        }}).observe(document, {{ subtree: true, childList: true, attributes: true }});"""
    )
    open_page(page, view, view="timeline", instance="mail", since="20m")
    expect(page.get_by_role("treeitem")).to_have_count(2)
    wait_until(page, "Boolean(window.first)")
    assert page.evaluate("window.first") == ["right"]


def columns_with_marks(page: Page, view: str, **filters: str) -> set[str]:
    open_page(page, view, view="timeline", instance="mail", **filters)
    expect(page.get_by_role("tree")).to_have_attribute("aria-busy", "false")
    expect(page.get_by_role("treeitem")).to_have_count(2)
    page.evaluate("() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))")
    found: list[str] = page.evaluate(COLUMNS)
    return set(found)


COLUMNS = """() => {
  const canvas = document.querySelector('.timeline-stage canvas');
  const [gutter, wide, tall] = [220, canvas.width - 220, canvas.height];
  const style = getComputedStyle(document.documentElement);
  const colours = ['--backgroundSync', '--failed'].map((name) => style.getPropertyValue(name).match(/\\d+/g).join());
  const marked = (x) => {
    const { data } = canvas.getContext('2d').getImageData(x, 60, wide / 10, tall - 60);
    for (let at = 0; at < data.length; at += 4) {
      if (colours.includes(data.slice(at, at + 3).join())) return true;
    }
    return false;
  };
  const places = Object.entries({ left: gutter, right: gutter + wide * 0.9 });
  return places.filter(([, x]) => marked(x)).map(([name]) => name);
}"""
"""Of the canvas, at whose ends the lanes have marks."""
