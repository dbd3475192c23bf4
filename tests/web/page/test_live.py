"""New events appear by themselves, and the reader keeps the place."""

import re
import subprocess
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from statistics import median

import pytest
from playwright.sync_api import Page, expect

from tests.browser.peers import free_port
from tests.cli.command import COMMAND, environment
from tests.web.page.viewing import add, ago, event, open_page, open_view, row, store

pytestmark = pytest.mark.browser

NOW = timedelta(0)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    old = [event(number, age=timedelta(hours=1), event_name=f"Old {number:03}") for number in range(300)]
    return store(tmp_path / "events.db", old)


@pytest.fixture
def view(path: Path) -> Iterator[str]:
    with open_view(path) as address:
        yield address


def test_at_the_end_it_follows(page: Page, view: str, path: Path) -> None:
    open_page(page, view)
    expect(row(page, "Old 299")).to_be_in_viewport()
    for number in range(30):
        add(path, event(number, age=NOW, event_name=f"New {number:02}"))
        expect(row(page, f"New {number:02}")).to_be_in_viewport()
    expect(page.locator(".total")).to_have_text("330 events")
    expect(page.get_by_role("link", name="All services")).to_contain_text("330")
    expect(row(page, "New 29").locator(".index")).to_have_text("330")
    expect(page.get_by_role("status")).to_contain_text("new event")


def test_it_follows_though_the_table_becomes_lower_while_it_scrolls(page: Page, view: str, path: Path) -> None:
    """The browser reports a position later: by then there may be a message above the table."""
    open_page(page, view)
    expect(row(page, "Old 299")).to_be_in_viewport()
    page.get_by_role("grid").evaluate(
        """grid => {
          grid.style.maxHeight = `${grid.offsetHeight - 120}px`;
          grid.dispatchEvent(new Event('scroll'));
        }"""
    )
    expect(row(page, "Old 299")).to_be_in_viewport()
    add(path, event(age=NOW, event_name="New"))
    expect(row(page, "New")).to_be_in_viewport()


def test_elsewhere_nothing_moves_and_a_button_appears(page: Page, view: str, path: Path) -> None:
    open_page(page, view)
    page.get_by_role("grid").focus()
    page.keyboard.press("Home")
    expect(row(page, "Old 003")).to_be_in_viewport()
    add(path, *[event(number, age=NOW, event_name=f"New {number:02}") for number in range(12)])
    button = page.get_by_role("button", name="12 new events")
    expect(button).to_be_visible()
    expect(row(page, "Old 003")).to_be_in_viewport()
    expect(page.locator(".total")).to_have_text("300 events")
    button.click()
    expect(row(page, "New 11")).to_be_in_viewport()
    expect(button).to_have_count(0)


def test_paused_the_table_stays_and_what_comes_is_counted(page: Page, view: str, path: Path) -> None:
    open_page(page, view)
    expect(row(page, "Old 299")).to_be_in_viewport()
    live = page.get_by_role("toolbar").get_by_role("button", name="Live", exact=True)
    expect(live).to_have_attribute("aria-pressed", "true")
    live.click()
    paused = page.get_by_role("button", name="Paused · 12 new")
    add(path, *[event(number, age=NOW, event_name=f"New {number:02}") for number in range(12)])
    expect(paused).to_have_attribute("aria-pressed", "false")
    expect(row(page, "Old 299")).to_be_in_viewport()
    expect(page.locator(".total")).to_have_text("300 events")
    paused.click()
    expect(row(page, "New 11")).to_be_in_viewport()
    expect(live).to_have_attribute("aria-pressed", "true")
    add(path, event(20, age=NOW, event_name="New 20"))
    expect(row(page, "New 20")).to_be_in_viewport()


def test_a_selected_row_stays_in_view_while_others_come(page: Page, view: str, path: Path) -> None:
    open_page(page, view)
    row(page, "Old 295").click()
    expect(page.locator(".detail h2")).to_have_text("Old 295")
    for number in range(6):
        add(path, *[event(10 * number + more, age=NOW, event_name=f"New {number}{more}") for more in range(10)])
        expect(page.get_by_role("link", name="All services")).to_contain_text(str(310 + 10 * number))
        expect(row(page, "Old 295")).to_be_in_viewport(ratio=1)
    expect(row(page, "Old 295")).to_have_attribute("aria-selected", "true")
    news = page.locator(".news")
    expect(news).to_have_text(re.compile(r"^\d+ new events$"))
    news.click()
    expect(row(page, "New 59")).to_be_in_viewport()
    expect(page.locator(".detail h2")).to_have_text("Old 295")


def test_the_title_counts_the_failures_of_a_hidden_page(own_page: Page, view: str, path: Path) -> None:
    """Those that pass the filters, until the page is looked at again."""
    page = own_page
    page.add_init_script("Object.defineProperty(Document.prototype, 'hidden', { get: () => Boolean(window.isHidden) })")
    open_page(page, view, service="backgroundSync")
    expect(row(page, "Old 299")).to_be_visible()
    show = "(hidden) => { window.isHidden = hidden; document.dispatchEvent(new Event('visibilitychange')); }"
    page.evaluate(show, True)
    failure = {"event_name": "sync event failed", "age": ago(NOW) - timedelta(seconds=1)}
    add(path, event(**failure), event(1, **failure), event(2, **failure, service="pushMessaging"))  # type: ignore[arg-type]
    # A hidden page asks every 5 s.
    expect(page).to_have_title("(2 failed) Events · events.db · Background services")
    page.evaluate(show, False)
    expect(page).to_have_title("Events · events.db · Background services")


def test_newest_first_the_new_ones_come_on_top(page: Page, view: str, path: Path) -> None:
    open_page(page, view, order="desc")
    expect(row(page, "Old 299").locator(".index")).to_have_text("1")
    add(path, event(age=NOW, event_name="New"))
    expect(row(page, "New").locator(".index")).to_have_text("1")
    expect(row(page, "Old 299").locator(".index")).to_have_text("2")


def test_only_what_passes_the_filters_comes(page: Page, view: str, path: Path) -> None:
    open_page(page, view, event="Wanted")
    expect(page.get_by_role("heading", name="No event matches")).to_be_visible()
    add(path, event(age=NOW, event_name="Unwanted"), event(age=NOW, event_name="Wanted"))
    expect(row(page, "Wanted")).to_be_visible()
    expect(page.locator(".total")).to_have_text("1 event")


def test_one_that_is_older_than_the_last_finds_its_place(page: Page, view: str, path: Path) -> None:
    open_page(page, view)
    expect(row(page, "Old 299")).to_be_in_viewport()
    add(path, event(295, age=timedelta(hours=1, milliseconds=-500), event_name="Late"))
    expect(row(page, "Late").locator(".index")).to_have_text("297")
    expect(row(page, "Old 299").locator(".index")).to_have_text("301")


def test_a_story_grows_while_it_is_looked_at(page: Page, view: str, path: Path) -> None:
    open_page(page, view)
    row(page, "Old 299").click()
    expect(page.locator(".steps .step")).to_have_count(1)
    add(path, event(age=NOW, event_name="Sync completed", instance_id="tag-299", metadata={"Status": "succeeded"}))
    expect(page.locator(".steps .step .words")).to_have_text(["Old 299", "Sync completed"])


def test_events_cleared_elsewhere_are_gone(page: Page, view: str, path: Path) -> None:
    open_page(page, view)
    expect(row(page, "Old 299")).to_be_visible()
    subprocess.run(
        [*COMMAND, "clear", "--yes", "--store", str(path)], env=environment(), check=True, capture_output=True
    )
    expect(page.get_by_role("heading", name="No recording yet")).to_be_visible()
    add(path, event(age=NOW, event_name="After all"))
    expect(row(page, "After all")).to_be_visible()


@pytest.mark.parametrize(("how", "name"), [("abort", "AbortError"), ("break", "Error")])
def test_an_answer_that_is_cut_on_its_way_is_not_an_empty_one(page: Page, view: str, how: str, name: str) -> None:
    """As a listing that is asked for again calls back the question before."""
    open_page(page, view)
    said = page.evaluate(
        """async (how) => {
          const { openRemote } = await import('/source/remote.js');
          const { EVERYTHING } = await import('/filters.js');
          const control = new AbortController();
          window.fetch = async (_, { signal }) => new Response(new ReadableStream({ start(answer) {
            answer.enqueue(new TextEncoder().encode('{'));
            signal.addEventListener('abort', () => answer.error(signal.reason));
            setTimeout(() => (how === 'abort' ? control.abort() : answer.error(new TypeError('cut'))), 10);
          } }));
          const asked = openRemote('token').rows(EVERYTHING, { limit: 1, signal: control.signal });
          return asked.then(JSON.stringify, (error) => error.name);
        }""",
        how,
    )
    assert said == name


def test_an_event_is_on_the_screen_soon_after_its_commit(page: Page, view: str, path: Path) -> None:
    """200 ms where nothing else runs; here, others may: there are more attempts until they do not hold up ten."""
    open_page(page, view)
    expect(row(page, "Old 299")).to_be_in_viewport()
    delays = list[float]()
    while len(delays) < 10 or median(delays[-10:]) >= 1:
        number = len(delays)
        page.evaluate(
            """name => { window.seen = new Promise((resolve) => {
              const look = () => document.querySelector('.grid .window')?.textContent.includes(name)
                ? resolve(Date.now()) : requestAnimationFrame(look);
              look();
            }); }""",
            f"New {number:02}",
        )
        add(path, event(number, age=NOW, event_name=f"New {number:02}"))
        committed = time.time()
        delays.append(page.evaluate("window.seen") / 1000 - committed)
    assert median(delays[-10:]) < 1


def test_the_server_lost_and_back(page: Page, path: Path) -> None:
    port = str(free_port())
    with open_view(path, "--port", port) as address:
        open_page(page, address)
        expect(row(page, "Old 299")).to_be_visible()
    expect(page.get_by_role("alert").filter(has_text="The viewer does not answer.")).to_be_visible()
    expect(row(page, "Old 299")).to_be_visible()
    with open_view(path, "--port", port):  # With a token of its own, which this page does not have.
        expect(page.get_by_role("alert").filter(has_text="token")).to_be_visible()
