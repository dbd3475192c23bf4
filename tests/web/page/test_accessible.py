"""axe-core finds nothing, in any view, by day and by night, wide and narrow."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from tests.web.page.viewing import event, expect_accessible, open_page, open_view, row, store, story

pytestmark = pytest.mark.browser

HOUR = timedelta(hours=1)


@pytest.fixture(scope="module")
def view(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    pushed = event(
        age=HOUR / 3, service="pushMessaging", event_name="Push event completed", instance_id="",
        metadata={"Payload": '{"a": [1, "b"]}', "Status": "Success"},
    )  # fmt: skip
    events = [*story("outbox", 2 * HOUR, failed=True), *story("inbox", HOUR), pushed]
    with open_view(store(tmp_path_factory.mktemp("store") / "events.db", events)) as address:
        yield address


@pytest.fixture(scope="module")
def empty_view(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with open_view(store(tmp_path_factory.mktemp("store") / "events.db")) as address:
        yield address


def look(page: Page) -> None:
    expect(page.locator("main > *").first).to_be_attached()


def choose(page: Page) -> None:
    row(page, "sync event failed").click()
    expect(page.locator(".detail .reason")).to_be_visible()


def unfold(page: Page) -> None:
    row(page, "Push event completed").click()
    expect(page.locator(".detail .tree").first).to_be_visible()


def open_menu(page: Page) -> None:
    page.get_by_role("button", name="Filter by origin").click()
    expect(page.locator(".choices input").first).to_be_visible()


def open_times(page: Page) -> None:
    page.get_by_role("button", name="Filter by time").click()
    expect(page.get_by_role("button", name="24 h")).to_be_visible()


def open_keys(page: Page) -> None:
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()


def open_view_menu(page: Page) -> None:
    page.get_by_role("button", name="View").click()
    expect(page.get_by_role("radio", name="UTC")).to_be_visible()


def open_row_menu(page: Page) -> None:
    row(page, "sync event failed").click(button="right")
    expect(page.get_by_role("menuitem", name="Copy as Markdown")).to_be_visible()


def open_column_menu(page: Page) -> None:
    page.get_by_role("columnheader", name="Event").click(button="right")
    expect(page.get_by_role("menuitem", name="Sort ascending")).to_be_visible()


def pause(page: Page) -> None:
    page.get_by_role("button", name="Live").click()
    expect(page.get_by_role("button", name="Paused")).to_be_visible()


SCENES: dict[str, tuple[dict[str, str], Callable[[Page], None]]] = {
    "events": ({}, look),
    "detail": ({}, choose),
    "json": ({}, unfold),
    "menu": ({}, open_menu),
    "time": ({}, open_times),
    "keys": ({}, open_keys),
    "choices": ({}, open_view_menu),
    "row": ({}, open_row_menu),
    "paused": ({}, pause),
    "filtered": ({"failed": "1", "text": "rejected", "since": "24h"}, look),
    "nothing": ({"text": "not there"}, look),
    "wrong": ({"since": "not a time"}, look),
    "timeline": ({"view": "timeline"}, look),
    "numbers": ({"view": "numbers"}, look),
    "workers": ({"view": "workers"}, look),
}


@pytest.mark.parametrize("width", [1280, 360])
@pytest.mark.parametrize("scene", SCENES)
def test_axe_finds_nothing(page: Page, view: str, axe: str, scene: str, width: int) -> None:
    parameters, act = SCENES[scene]
    expect_nothing(page, view, axe, width, parameters, act)


@pytest.mark.parametrize("width", [1280, 360])
def test_axe_finds_nothing_in_an_empty_store(page: Page, empty_view: str, axe: str, width: int) -> None:
    expect_nothing(page, empty_view, axe, width, {}, look)


def test_axe_finds_nothing_in_the_menu_of_a_column(page: Page, view: str, axe: str) -> None:
    expect_nothing(page, view, axe, 1280, {}, open_column_menu)


def expect_nothing(
    page: Page, address: str, axe: str, width: int, parameters: dict[str, str], act: Callable[[Page], None]
) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    open_page(page, address, **parameters)
    expect(page.locator("main [aria-busy=true]")).to_have_count(0)
    act(page)
    expect_accessible(page, axe)


def test_it_does_find_what_is_wrong(page: Page, view: str, axe: str) -> None:
    open_page(page, view)
    page.evaluate(axe)
    page.evaluate("document.querySelector('main').append(document.createElement('button'))")
    found = page.evaluate("() => axe.run(document, { resultTypes: ['violations'] })")
    assert [fault["id"] for fault in found["violations"]] == ["button-name"]
