"""What the timeline draws of lanes, and that it is what it says: places, states, the next try, gaps, now."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from cdp_bgservices.contexts import OTHER, BrowserContext
from cdp_bgservices.coverage.values import DEFAULT, Interval, Series, State
from cdp_bgservices.events import Event
from cdp_bgservices.store import Account, open_engine
from tests.web.page.timelines import drawn_colours, drawn_texts, lane, open_timeline, stage, texts_of
from tests.web.page.viewing import ago, event, open_page, open_view, store, story

pytestmark = pytest.mark.browser

MINUTE = timedelta(minutes=1)
ONE, TWO = "https://one.example/", "http://localhost:8000/"


@pytest.fixture(scope="module")
def view(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Two origins, one of them in two contexts; what waits, is overdue, has failed, succeeded, was closed; a gap."""
    shown: list[Event] = [
        event(
            number,
            age=ago(6 * MINUTE),
            service="notifications",
            instance_id="greeting",
            event_name=f"Notification {step}",
        )
        for number, step in enumerate(["displayed", "closed"])
    ]
    end = {"event_name": "Sync completed", "metadata": {"Status": "waitUntil rejected"}}
    given_up = [
        *story("given-up", ago(8 * MINUTE), failed=True),
        event(60, age=ago(8 * MINUTE), instance_id="given-up", **end),
    ]
    events = [
        *story("late", ago(7 * MINUTE), failed=True),
        *story("soon", ago(2 * MINUTE), failed=True, origin=TWO),
        *story("soon", ago(MINUTE), origin=TWO, browser_context="SECOND"),
        *given_up,
        *story("fine", ago(4 * MINUTE)),
        *shown,
    ]
    path = store(tmp_path_factory.mktemp("store") / "events.db", sorted(events, key=lambda each: each.timestamp))
    note_gap(path, ago(5 * MINUTE), ago(3 * MINUTE))
    with open_view(path) as address:
        yield address


def note_gap(path: Path, begin: timedelta, end: timedelta) -> None:
    now = datetime.now(UTC)
    parts = [(9 * MINUTE, begin, State.LIVE), (begin, end, State.SWITCHED_OFF), (end, timedelta(), State.LIVE)]
    service = "backgroundSync"
    account = Account(
        intervals=[
            Interval(context_kind=DEFAULT, service=service, begin=now - since, end=now - until, state=state)
            for since, until, state in parts
        ],
        series=[Series(context_kind=DEFAULT, service=service, seen_until=now, armed_until=now + 60 * MINUTE)],
    )
    with open_engine(path) as database:
        database.account("test", account)


def test_lanes_are_grouped_by_origin_and_context(page: Page, view: str) -> None:
    open_timeline(page, view)
    items = page.get_by_role("treeitem")
    levels = items.evaluate_all("items => items.map((item) => [item.ariaLevel, item.textContent.split(', ')[0]])")
    assert [name for level, name in levels if level == "1"] == ["Background sync", "Notifications"]
    places = [name for level, name in levels if level == "2" and "·" in name]
    assert [name.split(" · ")[0] for name in places] == ["one.example", "localhost:8000", "localhost:8000"]
    assert len(set(places)) == 3
    drawn_texts(page)
    assert set(places) <= texts_of(page)
    page.get_by_role("tree").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(lane(page, "late")).to_have_count(0)
    expect(lane(page, "soon")).to_have_count(2)
    page.wait_for_url(re.compile("closed="))


def test_what_waits_has_its_next_try_or_is_overdue(page: Page, view: str) -> None:
    open_timeline(page, view)
    soon = lane(page, "soon").filter(has_text="waiting")
    expect(soon).to_have_text(re.compile(r"^soon, waiting, next try at \d\d:\d\d:\d\d, in [1-3] min"))
    expect(lane(page, "late")).to_have_text(re.compile(r"^late, overdue, next try at [\d:]{8}, overdue by [1-4] min"))
    drawn_texts(page)
    texts = " ".join(texts_of(page))
    assert re.search(r"\bin \d min", texts)
    assert re.search(r"overdue by \d min", texts)
    assert "now" in texts_of(page) | {text.removesuffix(" ▸") for text in texts_of(page)}


def test_what_is_closed_or_given_up_is_over(page: Page, view: str) -> None:
    open_timeline(page, view)
    expect(lane(page, "greeting")).to_have_text("greeting, ended, closed, 2 events in 1.0 s")
    expect(lane(page, "given-up")).to_have_text(re.compile("^given-up, failed, waitUntil rejected, 4 events in"))
    expect(lane(page, "fine")).to_have_text("fine, succeeded, 3 events in 2.0 s")
    drawn_texts(page)
    assert {"closed", "waitUntil rejected"} <= texts_of(page)


def test_a_tooltip_has_the_place_the_state_and_the_reason(page: Page, view: str) -> None:
    tree = open_timeline(page, view)
    tree.focus()
    x, y, _, height = stage(page)
    tips: dict[str, list[str]] = {}
    for top in range(30, int(height), 12):
        page.mouse.move(x + 60, y + top)
        tip = page.locator(".timeline-tip")
        if tip.count():
            lines = tip.inner_text().split("\n")
            tips.setdefault(lines[0], lines)
    assert tips["given-up"][:3] == ["given-up", "Background sync", "failed: waitUntil rejected"]
    assert tips["given-up"][3].startswith("one.example · ")
    assert tips["late"][2].startswith("overdue: next try at ")
    assert "Background sync" not in tips


def test_a_gap_covers_the_phases(page: Page, view: str) -> None:
    """A sync does not wait through it as if that were certain."""
    page.emulate_media(color_scheme="light")
    open_timeline(page, view, instance="late")
    expect(page.get_by_role("treeitem")).to_have_count(2)
    _, _, width, _ = stage(page)
    top = 28 + 30
    whole = drawn_colours(page, (232, top, width - 232, 24))
    assert {"209,223,246", "210,223,246", "209,222,246"} & whole, whole  # a phase that waits
    hatched = {text for text in whole if text not in drawn_colours(page, (232, top, 60, 24))}
    assert hatched


def test_a_name_that_does_not_fit_is_left_out(page: Page, view: str) -> None:
    open_timeline(page, view)
    drawn_texts(page)
    names = {text for text in texts_of(page) if text.startswith(("wait", "disp"))}
    assert not {text for text in names if text.endswith("…")}


def test_it_is_drawn_in_the_colours_that_the_user_forces(page: Page, view: str) -> None:
    page.emulate_media(color_scheme="light", forced_colors="active")
    open_timeline(page, view)
    assert "189,30,44" not in drawn_colours(page)
    page.emulate_media(forced_colors="none")
    assert "189,30,44" in drawn_colours(page)


def test_a_phone_has_the_signs_and_short_names(narrow_page: Page, view: str) -> None:
    open_timeline(narrow_page, view)
    expect(narrow_page.get_by_role("list", name="Legend")).to_be_visible()
    drawn_texts(narrow_page)
    assert {"Sync", "Notification"} <= texts_of(narrow_page)


def test_a_reason_has_room_in_the_last_phase_or_before_the_first_event(narrow_page: Page, tmp_path: Path) -> None:
    """Where there is none behind the end: the usual case of a run that ends with a failure."""
    ended = datetime.now(UTC) - timedelta(seconds=1)
    failure = {"Failure Reason": "CANCELLED_BY_DEVELOPER", "Event Type": "BackgroundFetchAbortEvent"}
    fetch = {"service": "backgroundFetch", "instance_id": "song"}
    events = [
        *story("given-up", ago(9 * MINUTE), failed=True, browser_context="OVER"),
        event(70, age=ago(MINUTE / 4), event_name="Background Fetch started", **fetch),
        event(71, age=ago(MINUTE / 4), event_name="Background Fetch completed", metadata=failure, **fetch),
    ]
    path = store(tmp_path / "events.db", events)
    over = BrowserContext(
        source="test",
        context="OVER",
        kind=OTHER,
        number=2,
        since=ended - 10 * MINUTE,
        noted=ended,
        ended=ended,
        why="it was closed",
    )
    with open_engine(path) as database:
        database.keep_contexts([over])
    with open_view(path) as address:
        open_timeline(narrow_page, address)
        drawn_texts(narrow_page)
        texts = texts_of(narrow_page)
        assert "CANCELLED_BY_DEVELOPER" in texts
        assert any("waitUntil rejected" in text for text in texts)


def test_texts_of_a_site_are_escaped_on_the_canvas(page: Page, tmp_path: Path) -> None:
    with open_view(store(tmp_path / "events.db", story("\u202egnp.exe", timedelta(hours=1)))) as address:
        open_page(page, address, view="timeline")
        expect(page.get_by_role("treeitem")).to_have_count(2)
        drawn_texts(page)
        texts = texts_of(page)
        assert "\\u202egnp.exe" in texts
        assert "\u202e" not in "".join(texts)
