"""Everything that a page chose is text: no markup, no script, nothing that turns what stands beside it."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.web.page.viewing import ROW, event, open_page, open_view, store, story

pytestmark = pytest.mark.browser

MARKUP = """<img src=x onerror="window.owned=1"><script>window.owned=1</script>'"></title><style>*{display:none}"""
TURNED = "\u202egnp.exe"
TEXTS = [
    MARKUP,
    TURNED,
    "x" * 300_000,
    "a\nb\x00\x1b[31m\u2028",
    "javascript:window.owned=1",
    '{"__proto__":{"toString":1},"<b>":"</b>"}',
]
DEEP = '{"a":' * 400 + "1" + "}" * 400


@pytest.fixture(scope="module")
def view(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    events = [
        event(
            number,
            service=text if number % 2 and len(text) < 1000 else "pushMessaging",
            event_name=f"{number} {text}",
            origin=text,
            storage_key=text,
            scope=text,
            instance_id=text,
            source=text[:1000],
            browser_context=text[:1000],
            metadata={text[:1000]: text, "Payload": text, "Deep": DEEP, "Status": text},
            age=timedelta(minutes=10),
        )
        for number, text in enumerate(TEXTS)
    ]
    with open_view(store(tmp_path_factory.mktemp("store") / "events.db", events)) as address:
        yield address


@pytest.mark.parametrize("width", [1280, 360])
@pytest.mark.parametrize("number", range(len(TEXTS)))
def test_it_is_shown_as_text(page: Page, view: str, number: int, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    open_page(page, view)
    page.locator(ROW).filter(has_text=f"{number} ").nth(0).wait_for()
    page.get_by_role("grid").focus()
    page.keyboard.press("Home")
    for _ in range(number):
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")  # Where the detail covers the rows.
    expect(page.locator(".detail h2")).to_contain_text(f"{number} ")
    assert page.evaluate("[window.owned, document.images.length, {}.toString()]") == [None, 0, "[object Object]"]
    assert page.locator("main script, main style, main title").count() == 0
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert "\u202e" not in page.locator("body").inner_text()


def test_what_turns_text_is_written_as_an_escape(page: Page, view: str) -> None:
    open_page(page, view)
    expect(page.locator(ROW).nth(1).locator(".origin")).to_have_text("\\u202egnp.exe")


def test_an_address_with_markup_in_it(page: Page, view: str) -> None:
    open_page(page, view, text=MARKUP, event=MARKUP, view=MARKUP, sort=MARKUP, order=MARKUP, selected=MARKUP)
    expect(page.locator(".chip").filter(has_text="<img")).to_have_count(2)
    expect(page.locator(".detail [role=alert]")).to_be_visible()
    assert page.evaluate("[window.owned, document.images.length]") == [None, 0]


@pytest.mark.parametrize("width", [1280, 360])
def test_a_long_tag_or_one_that_turns_has_a_row_of_its_height(page: Page, width: int, tmp_path: Path) -> None:
    events = [each for text in TEXTS for each in story(text, timedelta(minutes=10))]
    page.set_viewport_size({"width": width, "height": 800})
    with open_view(store(tmp_path / "events.db", events)) as address:
        open_page(page, address, view="numbers")
        rows = page.locator(".numbers tbody tr")
        expect(rows).to_have_count(len(TEXTS))
        assert max(rows.evaluate_all("rows => rows.map((row) => row.offsetHeight)")) < 140
        assert "\u202e" not in page.locator("body").inner_text()
        assert page.evaluate("document.documentElement.scrollWidth") == width
