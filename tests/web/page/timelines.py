"""The timeline of the real viewer, and what its canvas shows."""

import re
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import msgspec
from playwright.sync_api import Locator, Page, expect

from cdp_bgservices.events import Event
from tests.web.page.viewing import open_page


def recent(events: Sequence[Event]) -> list[Event]:
    """As if they had begun ten minutes ago; the browser's timestamps are apart as they were."""
    by = datetime.now(UTC) - timedelta(minutes=10) - events[0].timestamp
    return [msgspec.structs.replace(event, timestamp=event.timestamp + by) for event in events]


def open_timeline(page: Page, address: str, **parameters: str) -> Locator:
    open_page(page, address, view="timeline", **parameters)
    tree = page.get_by_role("tree")
    expect(tree).to_have_attribute("aria-busy", "false")
    return tree


def lane(page: Page, label: str) -> Locator:
    return page.get_by_role("treeitem").filter(has_text=re.compile(rf"^{label}, "))


def stage(page: Page) -> tuple[float, float, float, float]:
    box = page.locator(".timeline-stage").bounding_box()
    assert box is not None
    return box["x"], box["y"], box["width"], box["height"]


def zoom(page: Page, notches: int) -> None:
    """With Ctrl and the wheel, where the pointer is; in if it is more than none."""
    page.keyboard.down("Control")
    for _ in range(abs(notches)):
        page.mouse.wheel(0, -100 if notches > 0 else 100)
    page.keyboard.up("Control")


def period(page: Page) -> tuple[datetime, datetime] | None:
    """Of the address."""
    found = parse_qs(urlsplit(page.evaluate("location.href")).query).get("period")
    if not found:
        return None
    begin, end = map(datetime.fromisoformat, found[0].split("/"))
    return begin, end


def settled_period(page: Page, other_than: tuple[datetime, datetime] | None = None) -> tuple[datetime, datetime]:
    """Once nothing moves any more, and the address has it: a slow move has others there on its way."""
    deadline = time.monotonic() + 30
    while True:
        expect(page.get_by_role("tree")).to_have_attribute("aria-busy", "false")
        found = period(page)
        if found not in (None, other_than):
            return found
        assert time.monotonic() < deadline, f"the period is still {found}"
        page.wait_for_timeout(20)


def selected(page: Page) -> str:
    return str(page.evaluate("new URLSearchParams(location.search).get('selected') ?? ''"))


def drawn_colours(page: Page, box: tuple[float, float, float, float] | None = None) -> set[str]:
    """Of the canvas as it is drawn, or of a part of it: x, y, width, height."""
    found: list[str] = page.evaluate(
        """async (box) => {
          await new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)));
          const canvas = document.querySelector('.timeline-stage canvas');
          const ratio = canvas.width / canvas.clientWidth;
          const part = box ? box.map((number) => Math.round(number * ratio)) : [0, 0, canvas.width, canvas.height];
          const { data } = canvas.getContext('2d').getImageData(...part);
          const found = new Set();
          for (let at = 0; at < data.length; at += 4) found.add(data.slice(at, at + 3).join(','));
          return [...found];
        }""",
        box,
    )
    return set(found)


def drawn_texts(page: Page) -> None:
    """Notes from now on which texts the canvas draws; ``texts_of`` answers them."""
    page.evaluate(
        """() => {
          window.texts = new Set();
          const draw = CanvasRenderingContext2D.prototype.fillText;
          if (draw.isNoted) return;
          CanvasRenderingContext2D.prototype.fillText = function (text, ...place) {
            window.texts.add(text);
            return draw.call(this, text, ...place);
          };
          CanvasRenderingContext2D.prototype.fillText.isNoted = true;
        }"""
    )


def texts_of(page: Page) -> set[str]:
    """What the canvas has drawn, after it was drawn again."""
    page.evaluate("dispatchEvent(new Event('themechange'))")
    page.evaluate("() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))")
    found: list[str] = page.evaluate("[...window.texts]")
    return set(found)
