"""Two runs side by side: a passing one and a failing one."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlencode, urlsplit, urlunsplit

import pytest
from playwright.sync_api import Page, expect

from cdp_bgservices.export import export
from tests.web.page.timelines import drawn_texts, lane, texts_of
from tests.web.page.viewing import ago, open_view, open_viewer, store, story

pytestmark = pytest.mark.browser

MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)


@pytest.fixture(scope="module")
def view(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The same two tags an hour apart, one of which fails the second time; and a third one the first time."""
    events = [
        *story("outbox", ago(80 * MINUTE), source="passing"),
        *story("mail", ago(80 * MINUTE - 4 * SECOND), source="passing"),
        *story("extra", ago(80 * MINUTE - 6 * SECOND), source="passing"),
        *story("outbox", ago(20 * MINUTE), source="failing", failed=True),
        *story("mail", ago(20 * MINUTE - 4 * SECOND), source="failing"),
    ]
    with open_view(store(tmp_path_factory.mktemp("store") / "events.db", events)) as address:
        yield address


def open_two(page: Page, address: str, **parameters: str) -> None:
    query = urlencode([("view", "timeline"), ("source", "passing"), ("source", "failing"), *parameters.items()])
    page.goto(urlunsplit(urlsplit(address)._replace(query=query)))
    expect(page.get_by_role("tree")).to_have_attribute("aria-busy", "false")


def test_two_runs_begin_at_one_place_and_say_how_they_differ(page: Page, view: str) -> None:
    open_two(page, view)
    page.get_by_role("button", name="Compare").click()
    page.wait_for_url(re.compile("compare=1"))
    items = page.get_by_role("treeitem")
    names = ["outbox, passing", "outbox, failing", "mail, passing", "mail, failing", "extra, passing"]
    expect(items).to_have_text([re.compile("^Background sync"), *(re.compile(f"^{name}, ") for name in names)])
    expect(lane(page, "outbox").first).to_contain_text("succeeded, there waiting")
    late = re.compile(r"overdue by 1\d min.*, waiting, there succeeded, 3 events")
    expect(lane(page, "outbox").last).to_have_text(late)
    expect(lane(page, "mail").first).to_have_text(re.compile("^mail, passing, succeeded, 3 events in 2.0 s$"))
    expect(lane(page, "extra")).to_contain_text("missing in failing")
    drawn_texts(page)
    texts = texts_of(page)
    assert {"start", "Since each start", "passing", "failing"} <= texts
    assert any(text.startswith("+") for text in texts)
    page.get_by_role("button", name="Compare").click()
    expect(page.get_by_role("region", name="Events over time")).to_be_visible()


def test_an_address_compares(page: Page, view: str) -> None:
    open_two(page, view, compare="1")
    expect(page.get_by_role("button", name="Compare")).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_role("treeitem")).to_have_count(1 + 5)


def test_what_cannot_be_compared_says_why(page: Page, view: str) -> None:
    page.goto(urlunsplit(urlsplit(view)._replace(query="view=timeline&compare=1")))
    button = page.get_by_role("button", name="Compare")
    expect(button).to_have_attribute("aria-disabled", "true")
    expect(button).to_have_attribute("title", re.compile("choose two sources or two contexts"))
    expect(button).to_have_attribute("aria-pressed", "false")


def test_two_files_are_compared(page: Page, tmp_path: Path) -> None:
    """Of the same source, and older than a store keeps events; the one file ends before the other begins."""
    week = timedelta(days=7)
    runs = {
        "passing.jsonl": [*story("outbox", week), *story("mail", week - 4 * SECOND)],
        "failing.jsonl": story("outbox", week - 20 * MINUTE, failed=True),
    }
    for name, events in runs.items():
        (tmp_path / name).write_text("".join(export(events, "jsonl")), encoding="utf-8")
    with open_viewer(*(str(tmp_path / name) for name in runs)) as address:
        page.goto(address)
        expect(page.get_by_role("button", name="Compare")).to_have_attribute("aria-pressed", "true")
        names = ["outbox, passing.jsonl", "outbox, failing.jsonl", "mail, passing.jsonl"]
        expected = [re.compile("^Background sync"), *(re.compile(f"^{name}, ") for name in names)]
        expect(page.get_by_role("treeitem")).to_have_text(expected)
        expect(lane(page, "outbox").first).to_contain_text("succeeded, there waiting")
        expect(lane(page, "mail")).to_contain_text("missing in failing.jsonl")
