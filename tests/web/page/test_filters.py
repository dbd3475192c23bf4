"""Filters: from the toolbar, from the address, and from an event's own fields; what is filtered is said, and undone."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, Response, Route, expect

from tests.web.page.viewing import ago, at, event, names, open_page, open_view, row, store, story

pytestmark = pytest.mark.browser

HOUR = timedelta(hours=1)


@pytest.fixture(scope="module")
def view(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    events = [
        *story("old", 30 * HOUR),
        *story("outbox", 2 * HOUR, failed=True),
        *story("inbox", 2 * HOUR, origin="https://two.example/", scope="https://two.example/"),
        event(
            age=ago(HOUR / 30),
            service="pushMessaging",
            event_name="Push event dispatched",
            instance_id="p",
            source="laptop",
            browser_context="OTHER",
            metadata={"Payload": "needle in a haystack"},
        ),
    ]
    with open_view(store(tmp_path_factory.mktemp("store") / "events.db", events)) as address:
        yield address


def asked(page: Page) -> dict[str, list[str]]:
    return parse_qs(urlsplit(page.evaluate("location.href")).query)


def expect_rows(page: Page, count: int) -> None:
    expect(page.locator(".total")).to_have_text(re.compile(f"^{count} events?$"))


@pytest.mark.parametrize(
    ("menu", "value", "count", "parameter"),
    [
        ("Filter by event", "Dispatched sync event", 3, ("event", "Dispatched sync event")),
        ("Filter by origin", "https://two.example/", 3, ("origin", "https://two.example/")),
        ("Filter by scope", "https://two.example/", 3, ("scope", "https://two.example/")),
        ("Filter by source", "laptop", 1, ("source", "laptop")),
        ("Filter by context", "OTHER", 1, ("context", "OTHER")),
    ],
)
def test_a_menu_filters(page: Page, view: str, menu: str, value: str, count: int, parameter: tuple[str, str]) -> None:
    open_page(page, view)
    expect_rows(page, 10)
    page.get_by_role("button", name=menu).click()
    choice = page.get_by_role("group", name=menu).locator("label").filter(has_text=value)
    expect(choice.locator(".count")).to_have_text(str(count))
    choice.get_by_role("checkbox").check()
    expect_rows(page, count)
    assert asked(page) == {parameter[0]: [parameter[1]]}
    page.keyboard.press("Escape")
    expect(page.get_by_role("group", name=menu)).to_have_count(0)
    expect(page.get_by_role("button", name=menu)).to_be_focused()
    page.get_by_role("button", name="Remove the filter").click()
    expect_rows(page, 10)
    assert asked(page) == {}


def test_a_menu_explains_itself_in_one_line_at_the_most(page: Page, view: str) -> None:
    open_page(page, view)
    for name, note in {"origin": "", "context": "a context that a test made", "source": "browser profiles"}.items():
        page.get_by_role("button", name=f"Filter by {name}").click()
        panel = page.locator(".menu .panel")
        expect(panel.locator(".choices")).to_be_visible()
        notes = panel.locator(".note").all()
        assert len(notes) == bool(note)
        for each in notes:
            expect(each).to_contain_text(note)
            assert each.evaluate("(note) => note.getClientRects().length") == 1
            assert each.evaluate("(note) => note.offsetHeight < 2.5 * parseFloat(getComputedStyle(note).fontSize)")


def test_an_instance_is_typed(page: Page, view: str) -> None:
    open_page(page, view)
    page.get_by_role("button", name="Filter by instance").click()
    page.get_by_role("textbox", name="Instance").fill("outbox")
    page.keyboard.press("Enter")
    expect_rows(page, 3)
    assert asked(page) == {"instance": ["outbox"]}


@pytest.mark.parametrize(
    ("words", "age", "count"),
    [
        ("5 min", "5m", 1),
        ("15 min", "15m", 1),
        ("1 h", "1h", 1),
        ("6 h", "6h", 7),
        ("24 h", "24h", 7),
        ("3 days", "3d", 10),
    ],
)
def test_the_last_while(page: Page, view: str, words: str, age: str, count: int) -> None:
    open_page(page, view)
    page.get_by_role("button", name="Filter by time").click()
    page.get_by_role("button", name=words, exact=True).click()
    expect_rows(page, count)
    assert asked(page) == {"since": [age]}


def test_before_a_moment(page: Page, view: str) -> None:
    open_page(page, view)
    page.get_by_role("button", name="Filter by time").click()
    page.get_by_role("textbox", name="Before").fill("24h")
    page.keyboard.press("Enter")
    expect_rows(page, 3)


def test_an_invalid_time_is_an_error_with_a_remedy(page: Page, view: str) -> None:
    open_page(page, view, since="yesterday-ish")
    alert = page.locator(".listing [role=alert]")
    expect(alert).to_contain_text("yesterday-ish")
    expect(alert.get_by_role("button", name="Try again")).to_be_visible()


def test_filters_that_are_refused_do_not_stop_the_page(page: Page, view: str) -> None:
    """Whatever the server refuses first: it is there, and what does not depend on these filters is shown."""
    held: list[Route] = []
    refused: list[int] = []

    def asks_again(response: Response) -> bool:
        if "/api/live" in response.url:
            refused.append(response.status)
        return "/api/state" in response.url and bool(refused)

    page.route("**/api/events?*", lambda route: held.append(route))
    with page.expect_response(asks_again):
        page.goto(at(view, since="not a time"))
    assert set(refused) == {400}
    for route in held:
        route.continue_()
    expect(page.locator(".listing [role=alert]")).to_contain_text("not a time")
    expect(page.locator(".overview")).to_have_attribute("aria-busy", "false")
    expect(page.get_by_text("connection to the viewer was lost")).to_have_count(0)
    expect(page.get_by_text("Viewer not reachable")).to_have_count(0)


def test_slash_searches(page: Page, view: str) -> None:
    open_page(page, view)
    expect_rows(page, 10)
    page.keyboard.press("/")
    box = page.get_by_role("searchbox")
    expect(box).to_be_focused()
    page.keyboard.type("NEEDLE")
    expect_rows(page, 1)
    expect(names(page)).to_have_text(["Push event dispatched"])
    page.wait_for_url(re.compile("text=NEEDLE#"))  # What is typed slowly has a part of it there before.
    assert asked(page) == {"text": ["NEEDLE"]}
    page.keyboard.type("/")
    expect(box).to_have_value("NEEDLE/")
    page.keyboard.press("Escape")
    expect_rows(page, 10)


def test_only_failures_stand_out(page: Page, view: str) -> None:
    open_page(page, view)
    failed = row(page, "sync event failed")
    expect(failed).to_have_class(re.compile("failed"))
    expect(failed.locator(".failure")).to_have_text("waitUntil rejected")
    expect(failed.locator(".event .unseen")).to_have_text("failed: ")
    page.get_by_role("checkbox", name="Only failures").check()
    expect_rows(page, 1)
    assert asked(page) == {"failed": ["1"]}


def test_an_address_is_the_whole_view_and_back_goes_back(page: Page, view: str) -> None:
    open_page(page, view)
    page.get_by_role("link", name=re.compile("^Background sync")).click()
    expect_rows(page, 9)
    page.get_by_role("columnheader", name="Origin").get_by_role("button").click()
    page.get_by_role("checkbox", name="Only failures").check()
    expect_rows(page, 1)
    row(page, "sync event failed").click()
    expect(page.locator(".detail .reason")).to_contain_text("waitUntil rejected")
    expect(page).to_have_url(re.compile("selected="))
    address = page.evaluate("location.href")
    assert "#token=" in address

    page.goto("about:blank")
    page.goto(address)
    expect_rows(page, 1)
    expect(page.get_by_role("link", name=re.compile("^Background sync"))).to_have_attribute("aria-current", "true")
    expect(page.get_by_role("columnheader", name="Origin")).to_have_attribute("aria-sort", "ascending")
    expect(page.locator(".detail .reason")).to_contain_text("waitUntil rejected")
    expect(row(page, "sync event failed")).to_have_attribute("aria-selected", "true")

    page.get_by_role("link", name="All services").click()
    page.get_by_role("checkbox", name="Only failures").uncheck()
    expect_rows(page, 10)
    page.go_back()
    expect_rows(page, 1)
    expect(page.get_by_role("link", name="All services")).to_have_attribute("aria-current", "true")
    page.go_back()
    expect(page.get_by_role("link", name=re.compile("^Background sync"))).to_have_attribute("aria-current", "true")
    page.go_forward()
    expect(page.get_by_role("link", name="All services")).to_have_attribute("aria-current", "true")


def test_nothing_passes(page: Page, view: str) -> None:
    open_page(page, view, text="not there", failed="1")
    expect(page.get_by_role("heading", name="No event matches")).to_be_visible()
    page.get_by_role("button", name="Remove the filters").click()
    expect_rows(page, 10)


def test_all_at_once_are_removed(page: Page, view: str) -> None:
    open_page(page, view, origin="https://one.example/", failed="1", service="backgroundSync")
    expect_rows(page, 1)
    page.get_by_role("button", name="Remove all").click()
    expect_rows(page, 9)
    assert asked(page) == {"service": ["backgroundSync"]}


def test_the_side_says_how_many_pass(page: Page, view: str) -> None:
    open_page(page, view, origin="https://two.example/", scope="https://two.example/")
    side = page.get_by_role("navigation", name="Services")
    expect(side.get_by_role("link", name="All services")).to_contain_text("3 of 10 events")
    expect(side.get_by_role("link", name="Background sync", exact=False).first).to_contain_text("3 of 9 events")
    expect(side.get_by_role("link", name="Push messaging")).to_contain_text("0 of 1 event")
    page.get_by_role("button", name="Remove all").click()
    expect(side.get_by_role("link", name="All services")).to_contain_text(re.compile("(?<!of )10 events"))


def test_a_menu_finds_a_value_that_it_does_not_list(page: Page, tmp_path: Path) -> None:
    events = [event(number, source=f"runner-{number:03}.example:/profile") for number in range(230)]
    events += [event(1000, source="runner-000.example:/profile")]
    with open_view(store(tmp_path / "events.db", events)) as address:
        open_page(page, address)
        page.get_by_role("button", name="Filter by source").click()
        menu = page.get_by_role("group", name="Filter by source")
        expect(menu.get_by_role("checkbox")).to_have_count(200)
        expect(menu).to_contain_text("The 200 most frequent of 230. Type to find others.")
        expect(menu.get_by_role("searchbox")).to_be_focused()
        held: list[Route] = []
        page.route("**/api/facets?*find=nowhere*", lambda route: held.append(route))
        page.keyboard.type("nowhere")
        expect(menu).to_contain_text("Searching…")
        expect(menu).not_to_contain_text("No match.")
        while not held:
            page.wait_for_timeout(20)
        held[0].continue_()
        expect(menu).to_contain_text("No match.")
        menu.get_by_role("searchbox").fill("")
        page.keyboard.type("RUNNER-229")
        expect(menu.get_by_role("checkbox")).to_have_count(1)
        menu.get_by_role("checkbox").check()
        expect_rows(page, 1)
        expect(menu.get_by_role("checkbox")).to_be_checked()
