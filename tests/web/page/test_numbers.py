"""The numbers as a table."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.web.page.viewing import add, event, open_page, open_view, store, story

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def view(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Three runs of one tag and one of another; a push that failed."""
    events = [made for hours in (1, 2, 3) for made in story("mail", timedelta(hours=hours))]
    events += story("backup", timedelta(hours=4))
    for number, (name, metadata) in enumerate(
        [("Push event dispatched", {}), ("Push event completed", {"Status": "Timeout"})]
    ):
        events.append(event(number, service="pushMessaging", event_name=name, metadata=metadata, instance_id="m1"))
    with open_view(store(tmp_path_factory.mktemp("store") / "events.db", events)) as address:
        yield address


def open_numbers(page: Page, address: str, **parameters: str) -> None:
    open_page(page, address, view="numbers", **parameters)


def test_a_row_for_each_service_and_tag(page: Page, view: str) -> None:
    open_numbers(page, view)
    mail = page.get_by_role("row").filter(has=page.get_by_role("button", name="mail", exact=True))
    expect(mail.locator("td.number")).to_have_text(["3", re.compile("0$"), "0", "2.0 s", "2.0 s"])
    expect(mail.get_by_role("img").first).to_have_attribute("aria-label", "3 succeeded, 0 failed")
    push = page.get_by_role("row").filter(has=page.get_by_role("button", name="m1"))
    expect(push.get_by_role("img").first).to_have_attribute("aria-label", "0 succeeded, 1 failed")
    expect(push.get_by_role("img", name="median 1.0 s, 95 percent within 1.0 s")).to_be_visible()


def test_a_click_on_a_head_sorts(page: Page, view: str) -> None:
    open_numbers(page, view)
    runs = page.get_by_role("columnheader", name="Runs", exact=True)
    runs.get_by_role("button").click()
    expect(runs).to_have_attribute("aria-sort", "descending")
    expect(page.get_by_role("rowheader").first).to_contain_text("mail")
    page.reload()
    expect(runs).to_have_attribute("aria-sort", "descending")
    runs.get_by_role("button").click()
    expect(runs).to_have_attribute("aria-sort", "ascending")
    expect(page.get_by_role("rowheader").last).to_contain_text("mail")
    page.go_back()
    expect(runs).to_have_attribute("aria-sort", "descending")


def test_a_click_on_a_row_filters(page: Page, view: str) -> None:
    open_numbers(page, view)
    page.get_by_role("button", name="mail", exact=True).click()
    page.wait_for_url(re.compile("service=backgroundSync&instance=mail"))
    expect(page.get_by_role("rowheader")).to_have_count(1)


def test_a_click_on_failures_shows_these(page: Page, view: str) -> None:
    open_numbers(page, view)
    page.get_by_title("Show only these failures").click()
    page.wait_for_url(re.compile("failed=1"))


def test_what_is_new_is_counted(page: Page, tmp_path: Path) -> None:
    path = store(tmp_path / "events.db", story("mail", timedelta(hours=1)))
    with open_view(path) as address:
        open_numbers(page, address)
        expect(page.get_by_role("rowheader")).to_have_count(1)
        add(path, *story("backup", timedelta(minutes=1)))
        expect(page.get_by_role("rowheader")).to_have_count(2)


def test_nothing_is_said_to_be_nothing(page: Page, view: str) -> None:
    open_numbers(page, view, instance="none")
    expect(page.get_by_role("heading", name="No runs yet")).to_be_visible()


def test_what_is_long_or_turns_text_stays_in_its_row(page: Page, tmp_path: Path) -> None:
    events = [*story("x" * 3000, timedelta(hours=2)), *story("\u202egnp.exe", timedelta(hours=1))]
    with open_view(store(tmp_path / "events.db", events)) as address:
        open_numbers(page, address)
        rows = page.locator(".numbers tbody tr")
        expect(rows).to_have_count(2)
        assert len(set(rows.evaluate_all("rows => rows.map((row) => row.clientHeight)"))) == 1
        expect(page.get_by_role("button", name="\\u202egnp.exe")).to_be_visible()
        assert page.locator(".numbers").evaluate("table => table.scrollWidth <= table.clientWidth")


def test_what_is_counted_together_is_said(page: Page, tmp_path: Path) -> None:
    two = story("mail", timedelta(hours=1), origin="https://two.example/", browser_context="OTHER")
    with open_view(store(tmp_path / "events.db", [*story("mail", timedelta(hours=2)), *two])) as address:
        open_numbers(page, address)
        expect(page.locator(".together")).to_contain_text("the runs of 2 origins and 2 browser contexts together")
        open_numbers(page, address, origin="https://two.example/", context="OTHER")
        expect(page.get_by_role("rowheader")).to_have_count(1)
        expect(page.locator(".together")).to_have_count(0)


def test_an_empty_store_has_no_runs_yet(page: Page, tmp_path: Path) -> None:
    with open_view(store(tmp_path / "events.db")) as address:
        open_numbers(page, address)
        expect(page.get_by_role("heading", name="No recording yet")).to_be_visible()
    with open_view(store(tmp_path / "events.db", [event(service="new", event_name="Something happened")])) as address:
        open_numbers(page, address)
        expect(page.get_by_role("heading", name="No runs yet")).to_be_visible()
        expect(page.get_by_text("The store has no sync, push, fetch, notification or payment.")).to_be_visible()


def test_it_fits_a_telephone(narrow_page: Page, view: str) -> None:
    open_numbers(narrow_page, view)
    expect(narrow_page.get_by_role("rowheader").first).to_be_visible()
    assert narrow_page.locator(".numbers").evaluate("table => table.scrollWidth") <= 360
