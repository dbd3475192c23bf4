"""What the page shows may go, and come back: what it says then, and that nothing stale is left on it."""

import re
import subprocess
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

import pytest
from playwright.sync_api import Page, Request, expect

from cdp_bgservices.store import open_engine
from tests.browser.peers import free_port
from tests.browser.processes import start
from tests.cli.command import COMMAND, environment
from tests.web.page.viewing import add, event, open_page, open_view, row, store, wait_until

pytestmark = pytest.mark.browser

HOUR = timedelta(hours=1)
TOKEN = "fixed-token-of-the-tests"


def old(path: Path) -> Path:
    return store(path, [event(number, age=HOUR, event_name=f"Old {number}") for number in range(3)])


def new(path: Path) -> Path:
    return store(path, [event(number, age=HOUR / 2, event_name=f"New {number}") for number in range(2)])


def elsewhere(path: Path) -> Path:
    return path.with_name("elsewhere.db")


class Case(NamedTuple):
    """Of a store: what becomes of it, what the page says then, what comes next, and what the page shows then."""

    go: Callable[[Path], object]
    said: str
    back: Callable[[Path], object]
    shown: list[str]
    """The events' names."""
    notice: str = ""


def delete(path: Path) -> None:
    path.unlink()
    for name in ("-wal", "-shm"):
        path.with_name(path.name + name).unlink(missing_ok=True)


def clear(path: Path) -> None:
    subprocess.run(
        [*COMMAND, "clear", "--yes", "--store", str(path)], env=environment(), check=True, capture_output=True
    )


def expire(path: Path) -> None:
    with open_engine(path) as engine:
        engine.set_retention(timedelta(minutes=1))


def keep(path: Path) -> None:
    with open_engine(path) as engine:
        engine.set_retention(timedelta(days=3))


CASES = {
    "deleted": Case(delete, "was deleted or moved", new, ["New 0", "New 1"], "The store was replaced."),
    "moved": Case(
        lambda path: path.rename(elsewhere(path)), "was deleted or moved",
        lambda path: elsewhere(path).rename(path), ["Old 0", "Old 1", "Old 2"],
    ),
    "replaced": Case(
        lambda path: new(elsewhere(path)).rename(path), "The store was replaced.",
        lambda path: None, ["New 0", "New 1"], "The store was replaced.",
    ),
    "cleared": Case(
        clear, "No recording yet", lambda path: add(path, event(event_name="Next")), ["Next"],
    ),
    "expired": Case(expire, "No recording yet", keep, ["Old 0", "Old 1", "Old 2"]),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_a_store_that_goes(page: Page, tmp_path: Path, name: str) -> None:
    case, path = CASES[name], old(tmp_path / "events.db")
    with open_view(path) as address:
        open_page(page, address)
        expect(row(page, "Old 2")).to_be_visible()
        case.go(path)
        expect(page.locator("main")).to_contain_text(case.said)
        expect(row(page, "Old")).to_have_count(0)
        page.reload()
        expect(page.locator("main")).not_to_contain_text("Old")
        case.back(path)
        expect(page.locator(".grid .window .event")).to_have_text([re.compile(each) for each in case.shown])
        expect(page.get_by_role("link", name="All services")).to_contain_text(str(len(case.shown)))
        add(path, event(9, event_name="Last of all"))
        expect(row(page, "Last of all")).to_be_visible()
        expect(page.locator("main")).not_to_contain_text("was deleted")


def test_nothing_stays_of_a_store_that_goes_where_the_stream_cannot_say_so(page: Page, tmp_path: Path) -> None:
    path = old(tmp_path / "events.db")
    with open_view(path) as address:
        page.route("**/api/live?*", lambda route: route.abort())
        open_page(page, address)
        expect(row(page, "Old 2")).to_be_visible()
        path.rename(elsewhere(path))
        expect(page.locator("main")).to_contain_text("was deleted or moved")
        expect(row(page, "Old")).to_have_count(0)
        elsewhere(path).rename(path)
        expect(row(page, "Old 2")).to_be_visible()


def test_a_new_store_in_place_of_the_old_one_is_said_to_be_one(page: Page, tmp_path: Path) -> None:
    path = old(tmp_path / "events.db")
    with open_view(path) as address:
        open_page(page, address)
        row(page, "Old 2").click()
        expect(page.locator(".detail h2")).to_have_text("Old 2")
        new(elsewhere(path)).rename(path)
        expect(row(page, "New 1")).to_be_visible()
        expect(page.get_by_role("alert")).to_contain_text("The store was replaced.")
        expect(page.locator("main")).not_to_contain_text("Old 2")
        page.get_by_role("button", name="Close this message").click()
        expect(page.get_by_role("alert")).to_have_text("")


def test_a_viewer_that_comes_back_with_its_token(page: Page, tmp_path: Path) -> None:
    path, port = old(tmp_path / "events.db"), str(free_port())
    with open_view(path, "--port", port, "--token", TOKEN) as address:
        assert address == f"http://127.0.0.1:{port}/#token={TOKEN}"
        open_page(page, address)
        expect(row(page, "Old 2")).to_be_visible()
    # What it could not load any more may have one of its own, below.
    alert = page.get_by_role("alert").first
    expect(alert).to_contain_text("The viewer does not answer.")
    expect(alert).to_contain_text("a new token it asks for")
    expect(row(page, "Old 2")).to_be_visible()
    with open_view(path, "--port", port, "--token", TOKEN):
        expect(alert).to_have_text("")
        add(path, event(9, event_name="Next"))
        expect(row(page, "Next")).to_be_visible()


def test_a_viewer_that_comes_back_with_another_store_and_its_token(page: Page, tmp_path: Path) -> None:
    port = str(free_port())
    with open_view(old(tmp_path / "old.db"), "--port", port, "--token", TOKEN) as address:
        open_page(page, address)
        expect(row(page, "Old 2")).to_be_visible()
    with open_view(new(tmp_path / "new.db"), "--port", port, "--token", TOKEN):
        expect(row(page, "New 1")).to_be_visible()
        expect(row(page, "Old")).to_have_count(0)
        expect(page.get_by_role("alert")).to_contain_text("The store was replaced.")


@pytest.mark.parametrize("way", ["address bar", "field, address", "field, token"])
def test_a_viewer_that_comes_back_with_another_token(page: Page, tmp_path: Path, way: str) -> None:
    path, port = old(tmp_path / "events.db"), str(free_port())
    with open_view(path, "--port", port) as address:
        open_page(page, address)
        expect(row(page, "Old 2")).to_be_visible()
    asked: list[str] = []

    def note(request: Request) -> None:
        asked.append(request.url)

    page.on("request", note)
    with open_view(path, "--port", port) as address:
        expect(page.get_by_role("heading", name="The token is missing or wrong.")).to_be_visible()
        field = page.get_by_role("textbox", name="Address or token")
        expect(field).to_be_focused()
        if way == "address bar":
            before = len(asked)
            page.wait_for_timeout(4500)  # Twice as long as it once took to ask again.
            assert asked[before:] == []
            page.goto(address)
        else:
            field.fill(address if way == "field, address" else address.partition("=")[2])
            page.keyboard.press("Enter")
        expect(row(page, "Old 2")).to_be_visible()
    page.remove_listener("request", note)


def test_a_page_whose_token_is_refused_asks_no_more(own_page: Page, tmp_path: Path) -> None:
    """Also where the browser had lost the stream before, and would have tried again by itself."""
    page = own_page
    page.add_init_script(
        """const { EventSource } = window;
        window.EventSource = class extends EventSource {
          constructor(address) {
            super(address);
            window.stream = this;
          }
        };"""
    )
    with open_view(old(tmp_path / "events.db")) as address:
        page.route("**/api/live?*", lambda route: route.abort())
        open_page(page, address)
        refusal = {"WWW-Authenticate": "Bearer"}
        page.route("**/api/state", lambda route: route.fulfill(status=401, headers=refusal, json={"error": "refused"}))
        expect(page.get_by_role("textbox", name="Address or token")).to_be_visible()
        wait_until(page, "stream.readyState === EventSource.CLOSED")


def test_a_browser_that_comes_back(page: Page, tmp_path: Path, chromium: Path) -> None:
    port, profile = str(free_port()), tmp_path / "profile"
    with start(chromium, profile, int(port)) as process, open_view(tmp_path / "events.db", "--attach", port) as address:
        open_page(page, address)
        foot, alert = page.locator(".side .browser"), page.get_by_role("alert")
        expect(foot).to_contain_text("Attached to Chrome/")
        process.kill()
        gone = f"The browser at {port} disconnected. Waiting for it to come back."
        expect(foot).to_have_text(re.compile(gone.replace(". ", r"\.\s*")))
        expect(page.locator(".empty h2")).to_have_text(f"The browser at {port} disconnected.")
        page.keyboard.press("Control+e")
        expect(alert).to_have_text(gone)
        expect(page.get_by_role("button", name="Stop recording events")).to_have_count(0)
        expect(page.get_by_role("button", name="Start recording events")).to_have_attribute("title", gone)
        expect(page.get_by_role("button", name="Clear", exact=True)).to_have_attribute("title", gone)
        views = page.get_by_role("navigation", name="Views")
        views.get_by_role("link", name="Service workers").click()
        expect(page.locator(".workers, .empty")).to_contain_text(f"The browser at {port} disconnected.")
        assert "--attach" not in page.locator("body").inner_text()
        with start(chromium, profile, int(port)):
            expect(foot).to_contain_text("Attached to Chrome/")
            expect(page.locator(".empty h2")).to_have_text("No service workers")
            expect(alert).to_have_text("")
            views.get_by_role("link", name="Events").click()
            expect(page.get_by_role("heading", name="Recording background service activity…")).to_be_visible()


def test_a_wrong_token_that_is_pasted(page: Page, tmp_path: Path) -> None:
    with open_view(old(tmp_path / "events.db")) as address:
        page.goto(address.partition("#")[0])
        heading = page.get_by_role("heading", name="The token is missing or wrong.")
        for wrong in ("wrong", "wrong", "<b>"):
            page.get_by_role("textbox", name="Address or token").fill(wrong)
            with page.expect_event("load"):
                page.get_by_role("button", name="Open").click()
            expect(heading).to_be_visible()
