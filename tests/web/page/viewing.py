"""The real viewer on a store of its own, and what a person does with its page."""

import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlencode, urlsplit, urlunsplit

from playwright.sync_api import Locator, Page, expect

from cdp_bgservices.events import Event, make_event, to_microseconds
from cdp_bgservices.store import open_engine
from tests.cli.command import COMMAND, environment

STARTED = datetime.now(UTC)
MIDDAY = f"Etc/GMT{STARTED.hour - 12:+d}"
"""The zone where it is about noon now (its name counts to the west): the last hours are of one day there, whatever the
time is here. A page with times of several days shows their dates, too.
"""
ROW = ".grid .window [role=row]:not(.gap)"


def store(path: Path, events: Sequence[Event] = ()) -> Path:
    with open_engine(path) as database:
        database.add(events)
    return path


def add(path: Path, *events: Event) -> None:
    """As a recorder beside the viewer does."""
    with open_engine(path) as database:
        database.add(events)


def event(number: int = 0, *, age: timedelta = timedelta(hours=1), **fields: object) -> Event:
    """``age`` is counted from the start of the tests, less a second a number."""
    values: dict[str, object] = {
        "source": "test",
        "timestamp": to_microseconds(STARTED - age) + number * 1_000_000,
        "service": "backgroundSync",
        "event_name": "Registered sync",
        "origin": "https://one.example/",
        "storage_key": "https://one.example/",
        "registration_id": "0",
        "instance_id": f"tag-{number}",
        "metadata": {},
        "scope": "https://one.example/app/",
        "browser_context": "CONTEXT",
    }
    return make_event(**{**values, **fields})  # type: ignore[arg-type]


def ago(age: timedelta) -> timedelta:
    """The ``age`` of an event this long before now: the tests may have started a while ago."""
    return age - (datetime.now(UTC) - STARTED)


def story(tag: str, age: timedelta, *, failed: bool = False, **fields: object) -> list[Event]:
    """A sync, from its registration to its end."""
    failure = {"Failure Reason": "waitUntil rejected", "Next Attempt Delay (ms)": "300000"}
    end = ("sync event failed", failure) if failed else ("Sync completed", {"Status": "succeeded"})
    steps: list[tuple[str, dict[str, str]]] = [("Registered sync", {}), ("Dispatched sync event", {}), end]
    return [
        event(number, age=age, instance_id=tag, event_name=name, metadata=metadata, **fields)
        for number, (name, metadata) in enumerate(steps)
    ]


@contextmanager
def open_view(path: Path | str, *arguments: str) -> Iterator[str]:
    """The address that it prints, while it serves."""
    with open_viewer("--store", str(path), *arguments) as address:
        yield address


@contextmanager
def open_viewer(*arguments: str) -> Iterator[str]:
    """The same, of whatever it is that it shows."""
    command = [*COMMAND, "view", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment()) as process:
        try:
            assert process.stdout is not None
            address = process.stdout.readline().strip()
            assert address.startswith("http://127.0.0.1:"), f"it printed {address!r}"
            yield address
        finally:
            process.terminate()
            process.wait(30)


def at(address: str, **parameters: str) -> str:
    """The same, looking at something."""
    return urlunsplit(urlsplit(address)._replace(query=urlencode(parameters)))


def open_page(page: Page, address: str, **parameters: str) -> None:
    page.goto(at(address, **parameters))
    page.locator("main .events, main .workers, main .empty").first.wait_for()
    expect(
        page.locator(".side footer")
    ).to_be_attached()  # The store's state is known, of which the toolbar has its day.
    settled(page)


def settled(page: Page) -> None:
    """Once it shows what the address asks for: until then it has the rows and lanes of before, or none.

    The strip above the rows is left out: it comes last, and few tests look at it.
    """
    expect(page.locator("main [aria-busy=true]:not(.overview)")).to_have_count(0)


def close_page(page: Page) -> None:
    """It is empty then, and keeps nothing. From within: its process stays, and the next test needs no new one."""
    with page.expect_navigation(url="about:blank"):
        page.evaluate("localStorage.clear(); location.replace('about:blank')")


def wait_until(page: Page, expression: str, argument: object = None) -> None:
    """Until it is true. Playwright's own ``wait_for_function`` is refused by the page's policy where it asks again."""
    deadline = time.monotonic() + 30
    while not page.evaluate(expression, argument):
        assert time.monotonic() < deadline, f"it did not become true: {expression}"
        page.wait_for_timeout(20)


def names(page: Page) -> Locator:
    """Of the visible events, from the top to the bottom."""
    return page.locator(f"{ROW} .event bdi:first-child")


def row(page: Page, text: str) -> Locator:
    return page.locator(ROW).filter(has_text=text)


def expect_accessible(page: Page, axe: str) -> None:
    """By day, and, of what the night may change, by night."""
    page.evaluate(axe)  # By way of the debugger: the page's own policy would not let it in.
    found = page.evaluate("() => axe.run(document, { resultTypes: ['violations'] })")
    page.emulate_media(color_scheme="dark")
    by_night = page.evaluate("() => axe.run(document, { runOnly: ['color-contrast'] })")
    faults = [*found["violations"], *by_night["violations"]]
    assert [(fault["id"], fault["nodes"][0]["html"]) for fault in faults] == []
    assert len(found["passes"]) > 15
    assert [rule["id"] for rule in by_night["passes"]] == ["color-contrast"]
    page.emulate_media(color_scheme="light")
