"""The table's columns: what each row says, which are shown, moved and sized, and that this browser remembers it."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from cdp_bgservices.store import open_engine
from cdp_bgservices.thrown import Thrown, of_event
from tests.web.page.viewing import add, event, open_page, open_view, row, store, story

pytestmark = pytest.mark.browser

HOUR = timedelta(hours=1)
USUAL = ["#", "Time", "Service", "Event", "Reason", "Origin", "Instance ID"]
REASON = "waitUntil rejected"


@pytest.fixture(scope="module")
def view(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    events = [
        event(age=3 * HOUR, origin="https://two.example/", scope="https://two.example/"),
        *(event(number, age=2 * HOUR, instance_id="many") for number in range(1100)),
        event(
            age=HOUR / 2, event_name="Elsewhere", storage_key="https://one.example/^0https://top.example",
            metadata={"Payload": "a long text before the needle in a haystack, and a long one behind it " * 3},
        ),
        event(age=HOUR / 3, event_name="Plain", scope="https://one.example/"),
        *story("outbox", HOUR / 4, failed=True),
    ]  # fmt: skip
    with open_view(store(tmp_path_factory.mktemp("store") / "events.db", events)) as address:
        yield address


def titles(page: Page) -> list[str]:
    texts = page.get_by_role("columnheader").all_inner_texts()
    return [re.sub(r" \(.*|[▲▼]", "", text).strip() for text in texts]


def width_of(page: Page, name: str) -> int:
    width: int = page.get_by_role("columnheader", name=name).evaluate("header => header.offsetWidth")
    return width


def said(page: Page, text: str) -> None:
    expect(page.locator("#announced")).to_have_text(text)


@pytest.mark.parametrize("width", [1280, 360])
def test_the_reason_is_readable_in_the_row(page: Page, view: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    open_page(page, view)
    reason = row(page, "sync event failed").locator(".failure")
    expect(reason).to_have_text(REASON)
    expect(reason).to_be_in_viewport(ratio=1)
    assert reason.evaluate("cell => cell.scrollWidth <= cell.clientWidth")


@pytest.mark.parametrize("width", [1280, 360])
def test_what_the_worker_threw_stands_first(page: Page, tmp_path: Path, width: int) -> None:
    """Without the words that every error begins with, so that the row has room for the others."""
    failed = story("outbox", HOUR, failed=True)[-1]
    thrown = Thrown(
        id="0" * 32,
        source="test",
        timestamp=failed.timestamp,
        message="Uncaught (in promise) Error: answered 503",
        source_url="",
        line=0,
        column=None,
        registration_id="0",
        version_id="0",
        scope=None,
        script_url="",
        browser_context="CONTEXT",
    )
    path = store(tmp_path / "events.db", [failed])
    with open_engine(path) as database:
        database.add([], [of_event(thrown, failed)])
    page.set_viewport_size({"width": width, "height": 800})
    with open_view(path) as address:
        open_page(page, address)
        reason = row(page, "sync event failed").locator(".failure")
        expect(reason).to_have_text(f"Error: answered 503 ({REASON})")
        expect(reason).to_have_attribute("title", f"Error: answered 503 ({REASON})")


def test_what_only_repeats_the_origin_is_not_shown(page: Page, view: str) -> None:
    open_page(page, view)
    expect(row(page, "Plain").locator(".origin")).to_have_text("https://one.example/")
    expect(row(page, "Elsewhere").locator(".origin")).to_have_text(
        "https://one.example/app/ storage key https://one.example/^0https://top.example"
    )
    page.get_by_role("button", name="View").click()
    page.get_by_role("checkbox", name="Storage Key").check()
    page.get_by_role("checkbox", name="Service Worker Scope").check()
    expect(row(page, "Elsewhere").locator(".origin")).to_have_text("https://one.example/")
    expect(row(page, "Elsewhere").locator(".storage_key")).to_have_text("https://one.example/^0https://top.example")
    expect(row(page, "Elsewhere").locator(".scope")).to_have_text("/app/")


def test_an_origin_that_all_have_is_said_once(page: Page, tmp_path: Path) -> None:
    """A failure's reason has its room. Of another origin's event, no more is claimed."""
    path = store(
        tmp_path / "events.db", [event(scope=""), *story("outbox", HOUR / 4, failed=True, scope="https://one.example/")]
    )
    with open_view(path) as address:
        open_page(page, address)
        site = page.locator(".toolbar .site")
        expect(site).to_have_text("https://one.example/")
        expect(page.get_by_role("columnheader", name="Origin")).to_have_count(0)
        alone = width_of(page, "Reason")
        add(path, event(age=HOUR / 5, event_name="Beside"))
        expect(row(page, "Beside").locator(".origin")).to_have_text("/app/")
        assert alone > width_of(page, "Reason") + 20
        expect(row(page, "Beside").locator(".origin")).to_have_attribute("title", "https://one.example/app/")
        expect(row(page, "outbox").first.locator(".origin")).to_have_text("")
        add(path, event(age=HOUR / 6, event_name="Elsewhere", origin="https://two.example/"))
        expect(row(page, "outbox").first.locator(".origin")).to_have_text("https://one.example/")
        expect(site).to_have_count(0)
        open_page(page, address, origin="https://two.example/")
        expect(site).to_have_text("https://two.example/")
        page.set_viewport_size({"width": 360, "height": 800})
        expect(site).to_have_count(0)
        expect(row(page, "Elsewhere").locator(".origin")).to_have_text(
            "https://two.example/ scope https://one.example/app/ storage key https://one.example/"
        )


@pytest.mark.parametrize("width", [1280, 360])
def test_what_was_searched_for_is_marked_wherever_it_is(page: Page, view: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    open_page(page, view, text="NEEDLE")
    found = row(page, "Elsewhere").locator("mark")
    expect(found).to_have_text("needle")
    expect(found).to_be_in_viewport(ratio=1)
    expect(row(page, "Elsewhere").locator(".failure")).to_contain_text("Payload: …")
    row(page, "Elsewhere").locator(".event").click()
    expect(page.locator(".metadata mark")).to_have_text(["needle"] * 3)
    open_page(page, view, text="ync event fail")
    expect(row(page, "outbox").locator(".event mark")).to_have_text("ync event fail")


def test_columns_are_hidden_and_remembered_and_reset(page: Page, view: str) -> None:
    open_page(page, view)
    expect(page.get_by_role("columnheader")).to_have_count(len(USUAL))
    assert titles(page) == USUAL
    page.get_by_role("button", name="View").click()
    page.get_by_role("checkbox", name="Origin").uncheck()
    page.get_by_role("checkbox", name="Browser context").check()
    changed = ["#", "Time", "Service", "Event", "Reason", "Instance ID", "Browser context"]
    assert titles(page) == changed
    page.reload()
    expect(page.get_by_role("columnheader", name="Browser context")).to_be_visible()
    assert titles(page) == changed
    page.get_by_role("button", name="View").click()
    page.get_by_role("button", name="Reset columns").click()
    assert titles(page) == USUAL


def test_keys_move_size_and_hide_a_column(page: Page, view: str) -> None:
    open_page(page, view)
    page.get_by_role("grid").focus()
    page.keyboard.press("Tab")
    expect(page.get_by_role("columnheader", name="Time (").get_by_role("button")).to_be_focused()
    for _ in range(2):
        page.keyboard.press("ArrowRight")
    event_header = page.get_by_role("columnheader", name="Event", exact=True)
    expect(event_header.get_by_role("button")).to_be_focused()
    page.keyboard.press("Alt+ArrowRight")
    said(page, "Event: column 5 of 7")
    assert titles(page) == ["#", "Time", "Service", "Reason", "Event", "Origin", "Instance ID"]
    expect(event_header.get_by_role("button")).to_be_focused()
    page.keyboard.press("Alt+ArrowLeft")
    said(page, "Event: column 4 of 7")
    before = width_of(page, "Event")
    page.keyboard.press("Shift+ArrowRight")
    said(page, f"Event: {before + 16} pixels wide")
    assert width_of(page, "Event") == before + 16
    page.keyboard.press("Delete")
    said(page, "Event hidden")
    assert titles(page) == ["#", "Time", "Service", "Reason", "Origin", "Instance ID"]
    expect(page.get_by_role("columnheader", name="Reason").get_by_role("button")).to_be_focused()


def test_the_menu_of_a_header_does_the_same(page: Page, view: str) -> None:
    open_page(page, view)
    origin = page.get_by_role("columnheader", name="Origin")
    origin.click(button="right")
    page.get_by_role("menuitem", name="Move left").click()
    assert titles(page) == ["#", "Time", "Service", "Event", "Origin", "Reason", "Instance ID"]
    origin.click(button="right")
    page.get_by_role("menuitem", name="Sort descending").click()
    expect(origin).to_have_attribute("aria-sort", "descending")
    page.get_by_role("columnheader", name="Reason").get_by_role("button").click()  # It does not sort.
    page.get_by_role("menuitem", name="Reset columns").click()
    assert titles(page) == USUAL


def test_the_mouse_moves_a_column(page: Page, view: str) -> None:
    open_page(page, view)
    box = page.get_by_role("columnheader", name="Instance ID").bounding_box()
    to = page.get_by_role("columnheader", name="Service", exact=True).bounding_box()
    assert box is not None
    assert to is not None
    page.mouse.move(box["x"] + 20, box["y"] + 10)
    page.mouse.down()
    page.mouse.move(to["x"] + 20, to["y"] + 10, steps=4)
    page.mouse.up()
    assert titles(page) == ["#", "Time", "Instance ID", "Service", "Event", "Reason", "Origin"]
    expect(page.get_by_role("columnheader", name="Instance ID")).to_have_attribute("aria-sort", "none")


@pytest.mark.parametrize(
    "found", ['"x"', "[1]", "{", '{"order": ["time", "time", 7], "shown": {"origin": 1}, "widths": ["x"]}']
)
def test_what_another_version_remembered_does_no_harm(page: Page, view: str, found: str) -> None:
    open_page(page, view)
    page.evaluate("(found) => localStorage.setItem('cdp-bgservices.table', found)", found)
    page.reload()
    expect(page.get_by_role("columnheader")).to_have_count(len(USUAL))
    assert titles(page) == USUAL
