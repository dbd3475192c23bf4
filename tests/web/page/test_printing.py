"""On paper: all rows in a table under a head, and not the part of the page that was in view."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from cdp_bgservices.cli.running import run as run_here
from tests.web.page.viewing import event, open_page, open_view, store, wait_until

pytestmark = pytest.mark.browser

MANY = 1_200
"""More than one answer has."""
HOSTILE = "\u202egnp.exe<b>"


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    failed = {"event_name": "sync event failed", "metadata": {"Failure Reason": "waitUntil rejected", "x": HOSTILE}}
    items = [event(number, age=timedelta(hours=1), **(failed if number == 7 else {})) for number in range(MANY)]
    return store(tmp_path_factory.mktemp("store") / "events.db", items)


@pytest.fixture(scope="module")
def view(path: Path) -> Iterator[str]:
    with open_view(path) as address:
        yield address


def printed(page: Page, rows: int) -> None:
    """What is there while the browser prints, and not a moment longer."""
    prints = """(rows) => {
      dispatchEvent(new Event('beforeprint'));
      return document.querySelectorAll('.printed tbody tr').length === rows;
    }"""
    wait_until(page, prints, rows)  # A report in a file reads its rows for this once it has drawn the first.
    page.emulate_media(media="print")
    expect(page.locator(".printed h1")).to_be_visible()
    expect(page.locator("#app")).to_be_hidden()
    (bad,) = page.locator(".printed .failure").all()
    expect(bad).to_contain_text("✕ sync event failed")
    expect(bad.locator("strong")).to_have_text("waitUntil rejected")
    expect(bad).to_contain_text("x: \\u202egnp.exe<b>")
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    page.emulate_media(media="null")
    expect(page.locator(".printed")).to_have_count(0)
    expect(page.get_by_role("grid")).to_be_visible()


def test_the_page_that_is_served(page: Page, view: str) -> None:
    open_page(page, view)
    expect(page.locator(".total")).to_have_text(f"{MANY:,} events")
    printed(page, MANY)
    pages = re.findall(rb"/Type\s*/Page\b", page.pdf(format="A4"))
    assert len(pages) > 10
    page.get_by_role("searchbox").fill("waitUntil rejected")
    expect(page.locator(".total")).to_have_text("1 event")
    printed(page, 1)


def test_a_report_in_a_file(page: Page, path: Path, tmp_path: Path) -> None:
    file = tmp_path / "report.html"
    options = ("--title", "Nightly <b>", "--service", "backgroundSync", "--store", str(path))
    assert run_here(["export", str(file), *options]) == 0
    page.goto(file.as_uri())
    expect(page.get_by_role("heading", name="Nightly <b>", exact=True)).to_be_visible()
    expect(page.locator(".made")).to_contain_text("Service: backgroundSync")
    expect(page).to_have_title(re.compile(r"^Events · Nightly <b>, \d{4}-\d\d-\d\d \d\d:\d\d UTC$"))
    expect(page.locator(".total")).to_have_text(f"{MANY:,} events")
    printed(page, MANY)


def test_another_view_is_not_clipped(page: Page, view: str) -> None:
    page.set_viewport_size({"width": 1280, "height": 150})
    open_page(page, view, view="numbers")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    expect(page.get_by_role("table", name="Runs by service and tag")).to_be_visible()
    expect(page.locator(".side")).to_be_hidden()
    assert page.evaluate("document.documentElement.scrollHeight > innerHeight")
    page.emulate_media(media="null")
