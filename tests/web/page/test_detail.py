"""The detail: metadata by key, payloads as JSON, why it failed, the story; and filters with one click."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from playwright.sync_api import Page, expect

from cdp_bgservices.store import open_engine
from cdp_bgservices.thrown import Thrown, of_event
from tests.store.making import detail
from tests.web.page.viewing import event, open_page, open_view, row, store, story

pytestmark = pytest.mark.browser

PAYLOAD = {"title": "Hello", "nested": {"deep": {"deeper": [1, None, True]}}, "many": list(range(250))}


@pytest.fixture(scope="module")
def view(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    metadata = {"Status": "Success", "Payload": json.dumps(PAYLOAD), "Empty": "", "Broken": '{"a":', "Long": "x" * 5000}
    events = [
        *story("outbox", timedelta(hours=2), failed=True),
        *story("inbox", timedelta(hours=1)),
        event(age=timedelta(minutes=5), event_name="Push event completed", service="pushMessaging", metadata=metadata),
        event(age=timedelta(minutes=4), event_name="Notification closed", service="notifications", scope=None),
    ]
    with open_view(store(tmp_path_factory.mktemp("store") / "events.db", events)) as address:
        yield address


def test_nothing_is_chosen_at_first(page: Page, view: str) -> None:
    open_page(page, view)
    expect(row(page, "Push event completed")).to_be_visible()
    expect(page.locator(".detail")).to_have_count(0)


def test_metadata_is_sorted_by_key(page: Page, view: str) -> None:
    open_page(page, view)
    row(page, "Push event completed").click()
    expect(page.locator(".metadata dt")).to_have_text(["Broken: ", "Empty: ", "Long: ", "Payload: ", "Status: "])
    expect(page.locator(".metadata dd").nth(1)).to_have_text("empty")
    expect(page.locator(".metadata dd").nth(0)).to_have_text('{"a":')
    expect(page.locator(".metadata dd").nth(4)).to_have_text("Success")


def test_no_metadata(page: Page, view: str) -> None:
    open_page(page, view)
    row(page, "Notification closed").click()
    expect(page.get_by_text("No metadata for this event")).to_be_visible()
    scope = page.locator(".fields > div").filter(has_text="Service Worker Scope")
    expect(scope.locator("dd")).to_have_text("unknown")


def test_json_unfolds_with_the_keyboard(page: Page, view: str) -> None:
    open_page(page, view)
    row(page, "Push event completed").click()
    payload = page.locator(".metadata dd").nth(3)
    expect(payload.get_by_text('title: "Hello"')).to_be_visible()
    deep = payload.locator("summary").filter(has_text="deep:")
    expect(payload.get_by_text("deeper")).to_have_count(0)
    deep.focus()
    page.keyboard.press("Enter")
    expect(payload.locator("summary").filter(has_text="deeper:")).to_be_visible()
    more = payload.get_by_role("button", name="150 more")
    more.click()
    payload.get_by_role("button", name="50 more").click()
    expect(payload.get_by_text("249: 249", exact=True)).to_be_visible()
    payload.get_by_role("button", name="As text").click()
    expect(payload.locator(".text")).to_have_text(json.dumps(PAYLOAD))


def test_a_long_value_is_shown_in_part_first(page: Page, view: str) -> None:
    open_page(page, view)
    row(page, "Push event completed").click()
    value = page.locator(".metadata dd").nth(2)
    expect(value.locator(".text")).to_have_text("x" * 2000 + "…")
    value.get_by_role("button", name="Show all 5,000 characters").click()
    expect(value.locator(".text")).to_have_text("x" * 5000)


def test_why_it_failed_and_the_whole_story(page: Page, view: str) -> None:
    open_page(page, view)
    row(page, "sync event failed").click()
    expect(page.locator(".reason")).to_contain_text("Failed: waitUntil rejected")
    steps = page.locator(".steps .step")
    expect(steps.locator(".words")).to_have_text(
        ["Registered sync", "Dispatched sync event", "sync event failed waitUntil rejected"]
    )
    expect(steps.locator(".when").nth(1)).to_have_text("+1.0 s")
    expect(steps.nth(2)).to_have_attribute("aria-current", "true")
    expect(page.locator(".standing")).to_contain_text("waiting for retry after 1 attempt, overdue: it was due at ")
    expect(page.locator(".steps .run")).to_have_count(0)
    steps.nth(0).click()
    expect(page.locator(".detail h2")).to_have_text("Registered sync")
    expect(row(page, "outbox").first).to_have_attribute("aria-selected", "true")


def test_runs_of_a_tag_that_is_used_again(page: Page, tmp_path: Path) -> None:
    events = [*story("outbox", timedelta(hours=3), failed=True), *story("outbox", timedelta(hours=2))]
    with open_view(store(tmp_path / "events.db", events)) as address:
        open_page(page, address)
        row(page, "Sync completed").click()
        runs = page.locator(".steps .run .words")
        expect(runs).to_have_text(["Run 1: failed after 1 attempt, registered again", "Run 2: succeeded"])
        expect(page.locator(".standing")).to_have_text("succeeded")
        expect(page.get_by_text("6 events, 2 runs")).to_be_visible()


@pytest.mark.parametrize(
    ("field", "rows"), [("Instance ID", 3), ("Origin", 8), ("Service Worker Scope", 7), ("Event", 2), ("Service", 6)]
)
def test_one_click_filters(page: Page, view: str, field: str, rows: int) -> None:
    open_page(page, view)
    row(page, "Registered sync").first.click()
    page.get_by_role("button", name=f"Show only this {field}", exact=True).click()
    expect(page.locator(".total")).to_have_text(f"{rows} events")
    page.get_by_role("button", name=f"Do not filter by this {field}", exact=True).click()
    expect(page.locator(".total")).to_have_text("8 events")


def test_an_event_that_is_not_there(page: Page, view: str) -> None:
    open_page(page, view, selected="0" * 32)
    expect(page.locator(".detail [role=alert]")).to_be_visible()
    page.locator(".detail").get_by_role("button", name="Close").click()
    expect(page.locator(".detail")).to_have_count(0)


def test_where_it_is_narrow_it_is_a_sheet(narrow_page: Page, view: str) -> None:
    page = narrow_page
    open_page(page, view)
    row(page, "sync event failed").click()
    sheet = page.get_by_role("dialog", name="Detail")
    expect(sheet.locator(".reason")).to_be_in_viewport()
    page.keyboard.press("Escape")
    expect(sheet).to_have_count(0)
    expect(row(page, "sync event failed")).to_be_visible()


def test_what_the_worker_threw(page: Page, tmp_path: Path) -> None:
    """It is there as soon as it is known, and markup in it is text."""
    came = event(age=timedelta(minutes=5), event_name="Push event completed", metadata={"Status": "Success"})
    message = "Uncaught Error: <b>it broke</b>\u202e"
    thrown = Thrown(
        id="0" * 32,
        source="test",
        timestamp=came.timestamp,
        message=message,
        source_url="https://one.example/app/sw.js",
        line=7,
        column=3,
        registration_id="0",
        version_id="0",
        scope="https://one.example/app/",
        script_url="https://one.example/app/sw.js",
        browser_context="CONTEXT",
    )
    path = store(tmp_path / "events.db", [came])
    with open_view(path) as address:
        open_page(page, address)
        row(page, "Push event completed").click()
        expect(page.locator(".detail header")).to_contain_text("Push event completed")
        expect(page.locator(".thrown")).to_have_count(0)
        alone = msgspec.structs.replace(thrown, id="1" * 32, message="Uncaught Error: alone")
        soon = page.get_by_role("heading", name="Thrown soon after; the handler is not known")
        with open_engine(path) as database:
            database.add([], [alone])
            # It is looked for when the event is.
            page.keyboard.press("Escape")
            row(page, "Push event completed").click()
            expect(soon).to_be_visible()
            expect(page.locator(".thrown")).to_contain_text("Uncaught Error: alone")
            database.add([], [of_event(thrown, came)])
        expect(page.locator(".thrown")).to_have_text(
            "Uncaught Error: <b>it broke</b>\\u202e (https://one.example/app/sw.js:7:3)"
        )
        expect(soon).to_have_count(0)
        expect(page.locator(".reason")).to_contain_text("Failed: Uncaught Error: <b>it broke</b>")
        expect(row(page, "Push event completed")).to_contain_text("Error: <b>it broke</b>")


def test_the_details_of_a_notification(page: Page, tmp_path: Path) -> None:
    """They are there as soon as they are known, and markup in them is text."""
    came = event(age=timedelta(minutes=5), event_name="Notification displayed", service="notifications")
    other = event(1, age=timedelta(minutes=4), event_name="Notification displayed", service="notifications")
    data = {"order": 4711, "said": "<b>it</b>\u202e"}
    with open_view(store(tmp_path / "events.db", [came, other])) as address:
        open_page(page, address)
        row(page, "Notification displayed").first.click()
        expect(page.locator(".detail header")).to_contain_text("Notification displayed")
        expect(page.get_by_role("heading", name="Notification", exact=True)).to_have_count(0)
        with open_engine(tmp_path / "events.db") as database:
            known = detail(came, data=data, lang="x" * 5000, cut=["lang"])
            database.add([], [known, detail(other, value={"missing": "it is gone"})])
        options = page.locator(".notification")
        expect(options.locator("dt")).to_have_text(["data: ", "actions: ", "icon: ", "requireInteraction: ", "lang: "])
        expect(options.get_by_text("order: 4711")).to_be_visible()
        expect(options.get_by_text('said: "<b>it</b>\\u202e"')).to_be_visible()
        expect(options.get_by_text('title: "Open it"')).to_be_visible()
        expect(options.locator("dd").last).to_contain_text("only its beginning")
        row(page, "Notification displayed").last.click()
        expect(page.get_by_text("Its options are not known: it is gone")).to_be_visible()
