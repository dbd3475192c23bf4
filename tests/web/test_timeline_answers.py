"""What the page draws, of a real store."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from cdp_bgservices.contexts import BrowserContext
from cdp_bgservices.coverage.values import DEFAULT, Interval, Series, State
from cdp_bgservices.events import Event, from_microseconds, to_microseconds
from cdp_bgservices.query import Query
from cdp_bgservices.store import Account, Engine, open_engine
from cdp_bgservices.web.event_story import story
from cdp_bgservices.web.run_numbers import answer, numbers
from cdp_bgservices.web.timeline_answers import MOST_EVENTS, overview, timeline
from tests.making import NOW, MovedClock
from tests.stories.making import notification, push, recorded, sync

HOUR, MINUTE = 3_600_000_000, 60_000_000
END = to_microseconds(NOW)
START = END - HOUR


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Engine]:
    with open_engine(tmp_path / "events.db", clock=MovedClock()) as opened:
        yield opened


def moved(events: Sequence[Event]) -> list[Event]:
    """To begin at START."""
    by = from_microseconds(START) - events[0].timestamp
    return [msgspec.structs.replace(event, timestamp=event.timestamp + by) for event in events]


def lanes_of(answer: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """By label, with the texts in their places."""
    assert answer["complete"]
    texts = answer["texts"]
    return {
        lane["label"]: {
            **lane,
            "service": texts[lane["service"]],
            "standing": (texts[lane["state"]], texts[lane["said"]]),
            "times": (lane["begin"], lane["end"], lane["next"]),
            "spans": [texts[span[2]] for span in lane["spans"]],
            "marks": [texts[mark[1]] for mark in lane["marks"]],
            "failures": [texts[mark[4]] for mark in lane["marks"] if texts[mark[4]]],
        }
        for lane in answer["lanes"]
    }


def run(at: int, tag: str, status: str = "succeeded") -> list[Event]:
    names = ["Registered sync", "Dispatched sync event", "Sync completed"]
    made = [sync(at + number * 1000, name, tag) for number, name in enumerate(names)]
    return [*made[:2], sync(at + 2000, names[2], tag, metadata={"Status": status})]


def test_a_timeline_has_the_lanes_of_what_was_recorded(database: Engine) -> None:
    database.add(moved(recorded("demo")))
    answer = timeline(database, Query(), START, END)
    assert (answer["events"], answer["gaps"]) == (35, [])
    lanes = lanes_of(answer)
    assert len(answer["lanes"]) == 10
    assert lanes["reject-message"]["spans"] == ["waiting", "dispatched", "waiting for retry (5 min)"]
    assert lanes["reject-message"]["standing"] == ("waiting", "waiting for retry after 1 attempt")
    begin, end, next_ = lanes["reject-message"]["times"]
    assert (end, next_) == (None, begin + 300_004_639)
    assert lanes["missing-269695d0"]["failures"] == ["Response Status: 404", "BAD_STATUS"]
    assert msgspec.json.decode(msgspec.json.encode(answer)) == answer


def test_what_is_open_ends_with_its_browser_context(database: Engine) -> None:
    database.add(moved(recorded("demo")))
    (context,) = {event.browser_context for event in database.events()}
    (source,) = {event.source for event in database.events()}
    over_at = END - HOUR // 2
    made = BrowserContext(
        source=source,
        context=context,
        kind=DEFAULT,
        since=from_microseconds(START),
        noted=from_microseconds(over_at),
        profile="/profile",
    )
    database.keep_contexts([made])
    assert lanes_of(timeline(database, Query(), START, END))["reject-message"]["times"][1] is None
    database.keep_contexts([msgspec.structs.replace(made, ended=made.noted, why="its browser ended")])
    lanes = lanes_of(timeline(database, Query(), START, END))
    assert all(lane["times"][1] is not None for lane in lanes.values())
    assert lanes["reject-message"]["standing"][0] == "failed", "it can be tried no more"
    assert lanes["reject-message"]["times"][1:] == (over_at, None)


def test_a_window_has_what_began_before_it(database: Engine) -> None:
    database.add(moved([*run(0, "past"), *run(10_000, "now")[:2], *run(HOUR // 2, "later")]))
    lanes = lanes_of(timeline(database, Query(), START + 10_500, START + 20_000))
    assert list(lanes) == ["now"]
    assert lanes["now"]["marks"] == ["Registered sync", "Dispatched sync event"]


def test_only_failures_are_shown_with_their_whole_lanes(database: Engine) -> None:
    database.add(moved([*run(0, "good"), *run(10, "bad", "waitUntil rejected")]))
    lanes = lanes_of(timeline(database, Query(failed=True), START, END))
    assert [lane["marks"] for lane in lanes.values()] == [
        ["Registered sync", "Dispatched sync event", "Sync completed"]
    ]
    assert list(lanes) == ["bad"]


@pytest.mark.parametrize(
    ("query", "labels"),
    [
        (Query(instance_ids=("good",)), ["good"]),
        (Query(text="rejected"), ["bad"]),
        (Query(services=("notifications",)), []),
        (Query(event_names=("Registered sync",)), ["good", "bad"]),
        (Query(before=from_microseconds(START + 5)), ["good"]),
    ],
)
def test_filters_choose_lanes(database: Engine, query: Query, labels: list[str]) -> None:
    database.add(moved([*run(0, "good"), *run(10, "bad", "waitUntil rejected")]))
    assert list(lanes_of(timeline(database, query, START, END))) == labels


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """Too many events for lanes, evenly over the hour; every hundredth run fails."""
    number = MOST_EVENTS // 3 + 10
    step = (HOUR - 10_000) // number
    runs = [run(at * step, f"tag-{at}", "failed" if at % 100 == 0 else "succeeded") for at in range(number)]
    with open_engine(tmp_path_factory.mktemp("full") / "events.db", clock=MovedClock()) as opened:
        opened.add(moved([event for one in runs for event in one]))
        yield opened


def test_of_too_many_there_are_counts_until_one_zooms_in(full: Engine) -> None:
    answer = timeline(full, Query(), START, END)
    assert not answer["complete"]
    assert answer["events"] == sum(answer["counts"]["backgroundSync"]) > MOST_EVENTS
    assert sum(answer["failed"]["backgroundSync"]) == len(range(0, MOST_EVENTS // 3 + 10, 100))
    assert timeline(full, Query(), START, START + HOUR // 10)["complete"]


def test_few_among_too_many_have_their_whole_lanes(full: Engine) -> None:
    lanes = lanes_of(timeline(full, Query(failed=True), START, END))
    assert len(lanes) == len(range(0, MOST_EVENTS // 3 + 10, 100))
    assert {tuple(lane["spans"]) for lane in lanes.values()} == {("waiting", "dispatched")}


@pytest.mark.parametrize(
    "query",
    [
        Query(),
        Query(services=("backgroundSync", "other")),
        Query(failed=True),
        Query(text="TAG-1"),
        Query(since=from_microseconds(START + HOUR // 3), before=from_microseconds(END - HOUR // 3)),
    ],
)
def test_an_overview_counts_what_a_listing_lists(full: Engine, query: Query) -> None:
    asked, end = START + 12_345, END - 54_321
    answer = overview(full, query, asked, end, 37)
    begin, width, buckets = answer["begin"], answer["width"], len(answer["failed"])
    assert asked - MINUTE < begin <= asked
    assert 25 < buckets <= 37
    expected = [0] * buckets
    for event in full.events(query):
        at = to_microseconds(event.timestamp)
        if begin <= at < begin + width * buckets:
            expected[(at - begin) // width] += 1
    assert answer["counts"].get("backgroundSync", [0] * buckets) == expected
    assert begin + width * (buckets - 1) < end <= begin + width * buckets


def test_failures_are_counted_as_they_come_and_go(database: Engine) -> None:
    def failed() -> int:
        return sum(overview(database, Query(), START, END, 10)["failed"])

    assert failed() == 0
    database.add(moved(run(0, "one", "failed")))
    assert failed() == 1
    database.add(moved([*run(0, "two", "failed"), push(5, "Push event completed", metadata={"Status": "Timeout"})]))
    assert failed() == 3
    database.clear(["backgroundSync"])
    assert failed() == 1
    database.add(moved(run(0, "three", "failed")))
    assert failed() == 2


def test_an_overview_of_nothing(database: Engine) -> None:
    answer = overview(database, Query(), START, END, 3)
    assert (answer["counts"], answer["failed"]) == ({}, [0, 0, 0])
    assert numbers(database, Query())["rows"] == []
    assert lanes_of(timeline(database, Query(), START, END)) == {}


def test_gaps_come_along(database: Engine) -> None:
    off = Interval(
        context_kind=DEFAULT,
        service="backgroundSync",
        begin=NOW - timedelta(minutes=50),
        end=NOW - timedelta(minutes=40),
        state=State.SWITCHED_OFF,
    )
    live = msgspec.structs.replace(off, begin=off.end, end=NOW, state=State.LIVE)
    before = msgspec.structs.replace(off, begin=NOW - timedelta(days=3), end=off.begin, state=State.LIVE)
    series = Series(context_kind=DEFAULT, service="backgroundSync", seen_until=NOW, armed_until=NOW + timedelta(days=3))
    database.account("shop", Account(intervals=[before, off, live], series=[series]))
    expected = {
        "service": "backgroundSync",
        "context_kind": DEFAULT,
        "state": State.SWITCHED_OFF,
        "begin": START + 15 * 60_000_000,
        "end": START + 20 * 60_000_000,
        "reason": "recording was switched off",
        "source": "shop",
    }
    begin = START + 15 * 60_000_000
    assert timeline(database, Query(), begin, END)["gaps"] == [expected]
    assert overview(database, Query(), begin, END, 10)["gaps"] == [expected]
    assert timeline(database, Query(services=("notifications",)), begin, END)["gaps"] == []
    assert timeline(database, Query(sources=("other",)), begin, END)["gaps"] == []


def test_numbers_are_those_of_all_runs(full: Engine) -> None:
    answer = numbers(full, Query())
    (row,) = answer["rows"]
    number = MOST_EVENTS // 3 + 10
    assert [row[name] for name in ("instance", "ids", "runs", "open")] == [None, number, number, 0]
    assert (row["failed"], row["median"]) == (len(range(0, number, 100)), 2000)


def test_numbers_do_not_depend_on_the_order_of_commits(database: Engine) -> None:
    """As after an import of two files."""
    events = moved([*run(0, "tag"), *run(HOUR // 2, "tag")])
    database.add(events[3:])
    database.add(list(reversed(events[:3])))
    (row,) = numbers(database, Query())["rows"]
    assert [row[name] for name in ("runs", "succeeded", "open", "median", "p95")] == [2, 2, 0, 2000, 2000]


def test_numbers_are_counted_a_little_at_a_time_and_then_what_is_new(full: Engine) -> None:
    counting, shares = None, [0.0]
    while shares[-1] < 1:
        counting, answered = answer(full, Query(), counting, seconds=0)
        assert answered["share"] > shares[-1]
        shares.append(answered["share"])
    assert len(shares) > 3
    assert answered == {**numbers(full, Query()), "share": 1}


@pytest.mark.parametrize("query", [Query(), Query(services=("backgroundSync",)), Query(text="tag")])
def test_numbers_that_are_kept_are_those_of_all(database: Engine, query: Query) -> None:
    """Also where what is new is older than what is there."""
    events = moved([*run(0, "tag"), *run(10_000, "tag"), *run(HOUR // 2, "tag", "failed")])
    counting = None
    for part in (events[3:5], events[5:], events[:3]):
        database.add(part)
        counting, answered = answer(database, query, counting)
        assert answered["rows"] == numbers(database, query)["rows"]
    assert [(row["runs"], row["failed"], row["median"]) for row in answered["rows"]] == [(3, 1, 2000)]


def story_of(database: Engine, event: Event, *, whole: bool = False) -> tuple[list[str], bool]:
    """Ids, and whether it is whole."""
    row = database.by_id(event.id)
    assert row
    answered = story(database, row, whole=whole)
    return [other.id for _, other in answered.rows], answered.whole


def test_the_story_of_a_push_is_that_of_its_notification_and_its_click(database: Engine) -> None:
    whole = moved(
        [
            push(0, "Push event dispatched"),
            notification(1_000, "Notification displayed"),
            push(2_000, "Push event completed", metadata={"Status": "Success"}),
            push(3_000, "Push event dispatched", "m2"),
            notification(HOUR - 5, "Notification clicked"),
        ]
    )
    database.add(whole)
    expected = [event.id for at, event in enumerate(whole) if at != 3]
    for event in whole[:3] + whole[4:]:
        assert story_of(database, event)[0] == expected


def test_the_story_of_what_has_no_id_is_what_is_near(database: Engine) -> None:
    names = {0: "Push event dispatched", 5: "Push event completed", HOUR // 2: "Push event dispatched"}
    events = moved([push(at, name, "") for at, name in names.items()])
    database.add(events)
    assert story_of(database, events[1])[0] == [event.id for event in events[:2]]


def test_a_story_is_looked_for_near_its_event_first(database: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cdp_bgservices.web.event_story.LOOKED", 10)
    events = moved([event for at in range(20) for event in run(at * HOUR // 30, f"tag-{at % 10}")])
    database.add(events)
    ids = [event.id for event in events]
    assert story_of(database, events[0]) == (ids[:3], False)
    assert story_of(database, events[0], whole=True) == ([*ids[:3], *ids[30:33]], True)
    assert story_of(database, events[31], whole=True) == ([*ids[:3], *ids[30:33]], True)
