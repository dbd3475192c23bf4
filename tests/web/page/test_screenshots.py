"""The pictures of docs/view.md: each of these views comes up complete, and each picture there is one of them.

``PICTURES=1`` draws them again. In *Service workers* a browser is being recorded. The others show what a real Chromium
once reported (``tests/stories/recorded``) with its times moved: a picture does not take hours, and each time it has the
same events. The timeline has each recording as it was; the others have them many times, over some hours.
"""

import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from cdp_bgservices.coverage.values import DEFAULT, Interval, Series, State
from cdp_bgservices.events import Event, Service, make_event, to_microseconds
from cdp_bgservices.store import Account, open_engine
from tests.docs.blocks import ROOT
from tests.stories.making import recorded
from tests.web.page.png import dimensions, shrink
from tests.web.page.viewing import MIDDAY, open_page, open_view, row, store

FOLDER = ROOT / "docs" / "view"
DRAWN = bool(os.environ.get("PICTURES"))
LARGEST = 150_000  # bytes
HOUR, MINUTE, SECOND = timedelta(hours=1), timedelta(minutes=1), timedelta(seconds=1)
SOURCE, SHOP = "shop", "http://localhost:8000/"


def reported(name: str, *, latest: timedelta, times: int = 1, every: timedelta = HOUR) -> Iterator[Event]:
    """A recording several times, the last of them begun ``latest`` ago, and each at a different pace."""
    events = recorded(name)
    for number in range(times):
        began = datetime.now(UTC) - latest - every * number * (1 + number / 12)
        pace = 1 + (number * 7 % times) ** 2 / 8
        for event in events:
            yield make_event(
                source=SOURCE,
                timestamp=to_microseconds(began + (event.timestamp - events[0].timestamp) * pace),
                service=event.service,
                event_name=event.event_name,
                origin=SHOP,
                storage_key=SHOP,
                registration_id=event.registration_id,
                instance_id=event.instance_id,
                metadata=dict(event.metadata),
                scope=event.scope and SHOP,
                browser_context=event.browser_context,
            )


def account(began: timedelta, off: timedelta, on: timedelta) -> Account:
    """Recorded since ``began`` ago, but switched off from ``off`` ago to ``on`` ago."""
    now = datetime.now(UTC)
    until = now + 72 * HOUR
    parts = [(began, off, State.LIVE), (off, on, State.SWITCHED_OFF), (on, timedelta(), State.LIVE)]
    return Account(
        intervals=[
            Interval(context_kind=DEFAULT, service=service, begin=now - begin, end=now - end, state=state)
            for service in Service
            for begin, end, state in parts
        ],
        series=[Series(context_kind=DEFAULT, service=name, seen_until=now, armed_until=until) for name in Service],
    )


@contextmanager
def open_stored(path: Path, events: list[Event], coverage: Account) -> Iterator[str]:
    with open_engine(store(path, events)) as database:
        database.account(SOURCE, coverage)
    with open_view(path) as address:
        yield address


@pytest.fixture(scope="module")
def hours(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    events = [
        *reported("demo", times=11, every=41 * MINUTE, latest=12 * MINUTE),
        *reported("lab", times=7, every=67 * MINUTE, latest=2 * MINUTE),
    ]
    path = tmp_path_factory.mktemp("store") / "events.db"
    with open_stored(path, events, account(16 * HOUR, 305 * MINUTE, 250 * MINUTE)) as address:
        yield address


@pytest.fixture(scope="module")
def seconds(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    events = [*reported("demo", latest=66 * SECOND), *reported("lab", latest=60 * SECOND)]
    path = tmp_path_factory.mktemp("store") / "events.db"
    with open_stored(path, events, account(5 * MINUTE, 61.6 * SECOND, 60.6 * SECOND)) as address:
        yield address


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory, site: str) -> Iterator[str]:
    path = store(tmp_path_factory.mktemp("store") / "events.db")
    with open_view(path, "--launch", "--url", f"{site}?sync=mail", "--grant", site) as address:
        yield address


@contextmanager
def open_window(browser: Browser, width: int, height: int, scheme: str) -> Iterator[Page]:
    """Whatever the page says on its console is a fault."""
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme="dark" if scheme == "dark" else "light",
        reduced_motion="reduce",
        timezone_id=MIDDAY,
        locale="en-GB",
    )
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    yield page
    assert not said
    context.close()


def look_at_a_failure(page: Page) -> None:
    page.locator(".grid .failed").filter(has_text="sync event failed").last.click()
    expect(page.locator(".detail .reason")).to_contain_text("waitUntil rejected")
    expect(page.locator(".steps")).to_contain_text("Registered sync")
    expect(page.locator(".overview canvas, .overview svg").first).to_be_visible()


def look_at_the_timeline(page: Page) -> None:
    expect(page.get_by_role("tree")).to_have_attribute("aria-busy", "false")
    expect(page.get_by_role("treeitem").filter(has_text=re.compile("^song, "))).not_to_have_count(0)


def look_at_numbers(page: Page) -> None:
    expect(page.locator("main")).to_contain_text("reject-message")


def push(page: Page) -> None:
    expect(page.locator(".side .browser")).to_contain_text("Attached to Chrome/")
    page.get_by_role("textbox", name="Push").fill('{"title": "Your order is on its way"}')
    page.get_by_role("button", name="Push", exact=True).click()
    expect(page.locator(".answer")).to_contain_text("Push event completed")


def look_at_the_list(page: Page) -> None:
    expect(row(page, "Sync completed").last).to_be_visible()


class Picture:
    def __init__(self, name: str, scheme: str, size: tuple[int, int], act: Callable[[Page], None], **at: str) -> None:
        self.name = name
        self.scheme = scheme
        self.size = size
        self.act = act
        self.at = at

    @property
    def file(self) -> Path:
        return FOLDER / f"{self.name}.png"


WIDE = (1280, 800)
STORED = [
    Picture("events", "light", WIDE, look_at_a_failure),
    Picture("numbers", "light", WIDE, look_at_numbers, view="numbers"),
    Picture("narrow", "dark", (360, 740), look_at_the_list),
]
LANES = Picture("timeline", "dark", WIDE, look_at_the_timeline, view="timeline")
DRIVEN = Picture("workers", "light", WIDE, push, view="workers")
ALL = [*STORED, LANES, DRIVEN]


def draw(browser: Browser, address: str, picture: Picture) -> None:
    with open_window(browser, *picture.size, picture.scheme) as page:
        open_page(page, address, **picture.at)
        expect(page.locator("main [aria-busy=true]")).to_have_count(0)
        picture.act(page)
        assert page.evaluate("document.documentElement.scrollWidth") == picture.size[0]
        if DRAWN:
            FOLDER.mkdir(exist_ok=True)
            picture.file.write_bytes(shrink(page.screenshot()))


@pytest.mark.browser
@pytest.mark.parametrize("picture", STORED, ids=lambda picture: picture.name)
def test_a_view_of_hours_is_complete(browser: Browser, hours: str, picture: Picture) -> None:
    draw(browser, hours, picture)


@pytest.mark.browser
def test_the_timeline_of_seconds(browser: Browser, seconds: str) -> None:
    draw(browser, seconds, LANES)


@pytest.mark.browser
def test_service_workers_with_an_answer(browser: Browser, recording: str) -> None:
    draw(browser, recording, DRIVEN)


def test_the_page_about_it_shows_them_all() -> None:
    shown = re.findall(r"!\[[^\]]{20,}\]\(view/(\w+)\.png\)", (ROOT / "docs" / "view.md").read_text(encoding="utf-8"))
    assert sorted(shown) == sorted(picture.name for picture in ALL)
    assert sorted(file.stem for file in FOLDER.iterdir()) == sorted(shown)


@pytest.mark.parametrize("picture", ALL, ids=lambda picture: picture.name)
def test_a_picture_is_as_large_as_it_should_be(picture: Picture) -> None:
    data = picture.file.read_bytes()
    assert dimensions(data) == picture.size
    assert len(data) < LARGEST
