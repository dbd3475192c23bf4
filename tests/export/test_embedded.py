"""What the page in a file answers is what the server would: the JavaScript against the store, in node."""

import json
import re
import shutil
import subprocess
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from cdp_bgservices.contexts import endings
from cdp_bgservices.coverage.report import SeriesReport
from cdp_bgservices.coverage.values import DEFAULT, Interval, State
from cdp_bgservices.events import MICROSECOND, Event, to_microseconds
from cdp_bgservices.export.documents import About
from cdp_bgservices.export.html import SLICE, pieces
from cdp_bgservices.export.page import PAGE
from cdp_bgservices.export.page_values import lane_values, page_words
from cdp_bgservices.query import Query, parse_time
from cdp_bgservices.store import Engine, open_engine
from cdp_bgservices.store.values import SORTS
from cdp_bgservices.stories import make_lanes
from cdp_bgservices.stories.numbers import Measuring
from cdp_bgservices.web.run_numbers import numbers
from cdp_bgservices.web.timeline_answers import MOST_LANES, overview, timeline
from tests.making import NOW, MovedClock, event
from tests.npm import program
from tests.stories.everything import everything
from tests.stories.making import facts

SCRIPT = Path(__file__).with_name("answering.mjs")
NOTHING: dict[str, Any] = {
    "service": [],
    "event": [],
    "origin": [],
    "scope": [],
    "instance": [],
    "source": [],
    "context": [],
    "since": "",
    "before": "",
    "text": "",
    "failed": False,
}
FILTERS: tuple[tuple[dict[str, Any], Query], ...] = (
    ({}, Query()),
    ({"service": ["backgroundSync"]}, Query(services=("backgroundSync",))),
    (
        {"service": ["pushMessaging", "notifications"]},
        Query(services=("pushMessaging", "notifications")),
    ),
    ({"event": ["Registered sync"]}, Query(event_names=("Registered sync",))),
    ({"origin": ["https://b.example"]}, Query(origins=("https://b.example",))),
    ({"origin": ["https://b.example/"]}, Query(origins=("https://b.example/",))),
    ({"scope": ["https://a.example/app/"]}, Query(scopes=("https://a.example/app/",))),
    ({"instance": ["tag-1", "tag-2"]}, Query(instance_ids=("tag-1", "tag-2"))),
    ({"source": ["other"]}, Query(sources=("other",))),
    ({"context": ["B"]}, Query(browser_contexts=("B",))),
    ({"failed": True}, Query(failed=True)),
    ({"text": "REJECTED"}, Query(text="REJECTED")),
    ({"text": "müller"}, Query(text="müller")),
    ({"text": '"}'}, Query(text='"}')),
    ({"since": "30m"}, Query(since=NOW - timedelta(minutes=30))),
    ({"before": "2026-11-21T11:15:00Z"}, Query(before=parse_time("2026-11-21T11:15:00Z"))),
    (
        {"since": "1h", "failed": True, "service": ["backgroundSync"]},
        Query(since=NOW - timedelta(hours=1), failed=True, services=("backgroundSync",)),
    ),
    ({"text": "nowhere"}, Query(text="nowhere")),
)
BEGIN, END = to_microseconds(NOW - timedelta(days=3)) + 1, to_microseconds(NOW)


def story(number: int) -> list[Event]:
    """What one service worker may live through in a minute; every third of them fails."""
    origin = ("https://a.example/", "https://b.example/")[number % 2]
    reported: dict[str, Any] = {
        "source": ("test", "other")[number % 3 == 0],
        "origin": origin,
        "storage_key": origin,
        "scope": f"{origin}app/" if number % 5 else None,
        "browser_context": ("A", "B")[number % 7 == 0],
    }
    end = {"Status": "waitUntil rejected"} if number % 3 == 2 else {"Status": "succeeded"}
    push = {"Payload": '{"from": "Müller"}', "Success": "Yes"}
    steps: tuple[tuple[float, str, str, str, dict[str, str]], ...] = (
        (0, "backgroundSync", "Registered sync", f"tag-{number % 4}", {}),
        (1, "backgroundSync", "Dispatched sync event", f"tag-{number % 4}", {"Last Chance": "No"}),
        (1.5 + number, "backgroundSync", "Sync completed", f"tag-{number % 4}", end),
        (20, "pushMessaging", "Push message received", "", push),
        (20.1, "pushMessaging", "Push event dispatched", "", {}),
        (20.2, "notifications", "Notification displayed", f"n#{number}", {"Title": "Neu: 🎉"}),
        (20.3 + number / 7, "pushMessaging", "Push event completed", "", {"Status": "Success"}),
        (40, "notifications", "Notification closed", f"n#{number}", {}),
        (41, "somethingNew", "something else", "x", {}),
    )
    return [
        event(
            age=timedelta(minutes=90 - 2 * number) - timedelta(seconds=at),
            service=service,
            event_name=name,
            instance_id=instance,
            metadata=metadata,
            **reported,
        )
        for at, service, name, instance, metadata in steps
    ]


def gap(service: str, begin: float, end: float, state: State = State.LAPSED) -> Interval:
    moment = NOW - timedelta(hours=2)
    return Interval(
        context_kind=DEFAULT,
        service=service,
        begin=moment + timedelta(hours=begin),
        end=moment + timedelta(hours=end),
        state=state,
    )


@pytest.fixture
def database(tmp_path: Path) -> Any:
    with open_engine(tmp_path / "events.db", clock=MovedClock()) as database:
        items = sorted((item for number in range(40) for item in story(number)), key=lambda item: item.timestamp)
        database.add(items)
        yield database


def embedded(database: Engine, **about: Any) -> dict[str, Any]:
    """The data of a file."""
    page = b"".join(pieces(database.pages(), About(moment=NOW, store="events.db", **about))).decode()
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL)
    assert found
    return dict(json.loads(found[1]))


@pytest.fixture
def ask(tmp_path: Path) -> Any:
    """What the page's source answers to calls."""
    shutil.copytree(PAGE, tmp_path / "page")
    (tmp_path / "page" / "package.json").write_text('{"type": "module"}')

    def asking(data: dict[str, Any], calls: Sequence[Sequence[Any]]) -> list[dict[str, Any]]:
        module = tmp_path / "page" / "source" / "embedded.js"
        done = subprocess.run(
            [program("node"), str(SCRIPT), str(module)],
            input=json.dumps({"data": data, "calls": calls, "words": page_words()}),
            capture_output=True,
            encoding="utf-8",
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()]

    return asking


def filters(values: dict[str, Any]) -> dict[str, Any]:
    return {**NOTHING, **values}


def test_the_rows_of_every_filter_and_order(database: Engine, ask: Any) -> None:
    calls, wanted = [], []
    for values, query in FILTERS:
        for sort in SORTS:
            for order in ("asc", "desc"):
                calls.append(["rows", filters(values), {"sort": sort, "order": order, "offset": 0, "limit": 500}])
                listing = database.listing(query, sort, database.cursor())
                listed = database.page(listing, 0, 500, descending=order == "desc")
                wanted.append([item.id for _, item in listed])
    assert sum(map(len, wanted)) > 1000
    for call, reported, ids in zip(calls, ask(embedded(database), calls), wanted, strict=True):
        assert [row["id"] for row in reported["answer"]["rows"]] == ids, call
        assert reported["answer"]["total"] == len(ids)


def test_a_page_of_rows_and_where_an_event_is(database: Engine, ask: Any) -> None:
    events = list(database.events())
    asked = {"sort": "time", "order": "desc", "offset": 100, "limit": 10}
    other = next(item for item in events if item.service == "pushMessaging")
    page, found, none = ask(
        embedded(database),
        [
            ["rows", filters({}), asked],
            ["find", filters({}), {"sort": "time", "order": "desc", "id": events[-101].id}],
            ["find", filters({"service": ["backgroundSync"]}), {"sort": "time", "order": "asc", "id": other.id}],
        ],
    )
    assert [row["id"] for row in page["answer"]["rows"]] == [item.id for item in events[-101:-111:-1]]
    assert (found["answer"], none["answer"]) == ({"offset": 100}, {"offset": None})


def test_a_row_is_the_event(database: Engine, ask: Any) -> None:
    (reported,) = ask(embedded(database), [["rows", filters({}), {"limit": 500}]])
    for row, item in zip(reported["answer"]["rows"], database.events(), strict=True):
        assert row["metadata"] == item.metadata
        assert parse_time(row["timestamp"]) == item.timestamp
        assert {row[name] == getattr(item, name) for name in ("origin", "scope", "source", "registration_id")} == {True}
    kinds = {(row["event_name"], row["kind"], row["failure"]) for row in reported["answer"]["rows"]}
    assert ("Sync completed", "failed", "waitUntil rejected") in kinds
    assert ("Registered sync", "going on", "") in kinds


def test_timelines(database: Engine, ask: Any) -> None:
    """The lanes are those of all events: of a push and its notification, the filters hide neither alone."""
    lanes = lane_values(make_lanes(database.events(), NOW))
    spans = ((BEGIN, END), (to_microseconds(NOW - timedelta(minutes=50)), to_microseconds(NOW - timedelta(minutes=41))))
    calls = [["timeline", filters(values), *span] for values, _ in FILTERS for span in spans]
    answers = iter(ask(embedded(database), calls))
    for _, query in FILTERS:
        passing = {item.id: to_microseconds(item.timestamp) for item in database.events(query)}
        for begin, end in spans:
            reported = next(answers)["answer"]
            inside = {id_ for id_, at in passing.items() if begin <= at < end}
            assert reported["events"] == len(inside) == timeline(database, query, begin, end)["events"]
            shown = {mark[3] for lane in reported["lanes"] for mark in lane["marks"]}
            assert inside <= shown
            assert all(passing.keys() & {mark[3] for mark in lane["marks"]} for lane in reported["lanes"])
            assert all(lane["begin"] < end for lane in reported["lanes"])
            assert reported["texts"] == lanes["texts"]
    for span in spans:
        (reported,) = ask(embedded(database), [["timeline", filters({}), *span]])
        wanted = timeline(database, Query(), *span)
        assert sorted(lane["key"] for lane in reported["answer"]["lanes"]) == sorted(
            lane["key"] for lane in wanted["lanes"]
        )
    (whole,) = ask(embedded(database), [["timeline", filters({}), BEGIN, END]])
    assert whole["answer"]["lanes"] == json.loads(json.dumps(lanes["lanes"]))


def test_overviews(database: Engine, ask: Any) -> None:
    spans = ((BEGIN, END, 100), (to_microseconds(NOW - timedelta(hours=1)), END, 7), (END - 10, END, 1000))
    calls = [["overview", filters(values), *span] for values, _ in FILTERS for span in spans]
    answers = iter(ask(embedded(database), calls))
    for _, query in FILTERS:
        for span in spans:
            assert next(answers)["answer"] == overview(database, query, *span)


def test_numbers(database: Engine, ask: Any) -> None:
    answers = ask(embedded(database), [["numbers", filters(values)] for values, _ in FILTERS])
    for (values, query), reported in zip(FILTERS, answers, strict=True):
        assert {**reported["answer"], "share": 1} == json.loads(json.dumps(numbers(database, query))), values


def test_numbers_know_which_browser_contexts_are_over(tmp_path: Path, ask: Any) -> None:
    recording, known = everything()
    measuring = Measuring()
    measuring.add(facts(recording))
    rows = measuring.rows({" ".join(key): moment for key, moment in endings(known.contexts).items()})
    with open_engine(tmp_path / "everything.db", clock=MovedClock(recording[-1].timestamp)) as database:
        database.add(recording)
        (reported,) = ask(embedded(database, contexts=known.contexts), [["numbers", filters({})]])
    assert reported["answer"]["rows"] == json.loads(json.dumps(rows))


def test_facets(database: Engine, ask: Any) -> None:
    (reported,) = ask(embedded(database), [["facets", filters({"service": ["backgroundSync"], "source": ["other"]})]])
    assert reported["answer"].pop("left_out") == {}
    facets = {name: dict(values) for name, values in reported["answer"].items()}
    events = [item for item in database.events() if item.service == "backgroundSync"]
    assert list(facets) == ["event", "origin", "scope", "source", "context"]
    assert facets["source"] == {name: sum(item.source == name for item in events) for name in ("test", "other")}
    assert facets["event"] == dict.fromkeys(["Registered sync", "Dispatched sync event", "Sync completed"], 14)
    assert reported["answer"]["source"][0][0] == "test"


def test_a_menu_searches_all_values(tmp_path: Path, ask: Any) -> None:
    with open_engine(tmp_path / "many.db", clock=MovedClock()) as database:
        database.add([event(number, origin=f"https://{number:03}.example/") for number in range(230)])
        all_, one, none = ask(
            embedded(database),
            [["facets", filters({}), "origin", find] for find in ("", "229.EXAMPLE", "nowhere")],
        )
    assert (len(all_["answer"]["origin"]), all_["answer"]["left_out"]) == (200, {"origin": 30})
    assert one["answer"] == {"origin": [["https://229.example/", 1]], "left_out": {}}
    assert none["answer"] == {"origin": [], "left_out": {}}


def test_many_slices(tmp_path: Path, ask: Any) -> None:
    """Rows of the ends are there before all is unpacked; what is in the middle lies in two slices."""
    items = [event(number, instance_id=f"tag-{number // 2}") for number in range(2 * SLICE + 10)]
    with open_engine(tmp_path / "many.db", clock=MovedClock()) as database:
        database.add(items)
        asked = [("asc", 0), ("asc", SLICE - 2), ("desc", 0), ("desc", SLICE + 7), ("desc", len(items) - 3)]
        pages = ask(
            embedded(database),
            [["rows", filters({}), {"order": order, "offset": offset, "limit": 5}] for order, offset in asked]
            + [["event", items[-1].id]],
        )
    *pages, last = pages
    for (order, offset), page in zip(asked, pages, strict=True):
        listed = items if order == "asc" else items[::-1]
        assert [row["id"] for row in page["answer"]["rows"]] == [each.id for each in listed[offset : offset + 5]]
        assert page["answer"]["total"] == len(items)
    assert [row["id"] for row in last["answer"]["story"]] == [each.id for each in items[-2:]]


def test_lanes_that_are_too_many_are_counted(tmp_path: Path, ask: Any) -> None:
    items = [
        event(
            number,
            age=timedelta(minutes=40),
            service=("backgroundSync", "pushMessaging")[number % 2],
            metadata={"Status": "failed"} if number % 5 == 0 else {},
        )
        for number in range(MOST_LANES + 100)
    ]
    with open_engine(tmp_path / "many.db", clock=MovedClock()) as database:
        database.add(items)
        begin = to_microseconds(NOW - timedelta(hours=1))
        (found,) = ask(embedded(database), [["timeline", filters({}), begin, to_microseconds(NOW)]])
        wanted = timeline(database, Query(), begin, to_microseconds(NOW))
        assert found["answer"] == {name: value for name, value in wanted.items() if name != "share"}
        assert wanted["complete"] is False


def test_an_event_and_its_story(database: Engine, ask: Any) -> None:
    lanes = make_lanes(database.events(), NOW)
    marks = [mark for lane in lanes for mark in lane.marks]
    *answers, unknown = ask(embedded(database), [*(["event", mark.event.id] for mark in marks), ["event", "no"]])
    stories = [[mark.event.id for mark in lane.marks] for lane in lanes for _ in lane.marks]
    for reported, mark, ids in zip(answers, marks, stories, strict=True):
        assert reported["answer"]["event"]["id"] == mark.event.id
        assert [row["id"] for row in reported["answer"]["story"]] == ids
    assert any(len({row["service"] for row in reported["answer"]["story"]}) == 2 for reported in answers)
    assert unknown["error"] == "This event is not in this file."


def test_gaps(database: Engine, ask: Any) -> None:
    lanes = [
        SeriesReport(context_kind=DEFAULT, service="pushMessaging", intervals=(gap("pushMessaging", 0, 1),)),
        SeriesReport(
            context_kind=DEFAULT,
            service="backgroundSync",
            intervals=(gap("backgroundSync", 0, 1, State.LIVE), gap("backgroundSync", 1, 1.5, State.SWITCHED_OFF)),
        ),
    ]
    data = embedded(database, coverage={"test": lanes})
    hour = to_microseconds(NOW - timedelta(hours=1))
    whole, timeline_, pushes, others = ask(
        data,
        [
            ["coverage"],
            ["timeline", filters({}), hour - 10, hour + 10],
            ["overview", filters({"service": ["pushMessaging"]}), BEGIN, END, 10],
            ["overview", filters({"source": ["other"]}), BEGIN, END, 10],
        ],
    )
    assert [(one["service"], one["state"]) for one in whole["answer"]["gaps"]] == [
        ("pushMessaging", "lapsed"),
        ("backgroundSync", "switchedOff"),
    ]
    assert [(one["begin"], one["end"]) for one in timeline_["answer"]["gaps"]] == [(hour - 10, hour), (hour, hour + 10)]
    assert [one["reason"] for one in pushes["answer"]["gaps"]] == [
        "recording lapsed, three days after it was last switched on"
    ]
    assert others["answer"]["gaps"] == []


def test_the_state(database: Engine, ask: Any) -> None:
    (reported,) = ask(embedded(database, redacts=True, retention=timedelta(days=5)), [["state"]])
    state = reported["answer"]
    reported = [(service["name"], service["events"]) for service in state["services"]]
    assert reported == [
        *{
            "backgroundFetch": 0,
            "backgroundSync": 120,
            "notifications": 80,
            "paymentHandler": 0,
            "periodicBackgroundSync": 0,
            "pushMessaging": 120,
            "somethingNew": 40,
        }.items()
    ]
    assert state["browser"] is None
    assert state["store"]["name"] == "events.db"
    assert (state["store"]["retention"], state["store"]["redacts"]) == (432_000, True)
    assert state["now"] - state["begin"] == timedelta(days=5) // MICROSECOND - 1


def test_what_it_cannot_do(database: Engine, ask: Any) -> None:
    calls = [
        ["setRecording", "backgroundSync", True],
        ["clear", []],
        ["trigger", {}],
        ["rows", filters({"since": "yesterday"}), {}],
        ["rows", filters({"before": "2026-13-45"}), {}],
    ]
    for reported in ask(embedded(database), calls):
        assert reported["error"]
        assert reported["remedy"]


def test_no_events(tmp_path: Path, ask: Any) -> None:
    with open_engine(tmp_path / "empty.db", clock=MovedClock()) as database:
        rows, whole, numbers_ = ask(
            embedded(database),
            [["rows", filters({}), {}], ["timeline", filters({}), BEGIN, END], ["numbers", filters({})]],
        )
    assert rows["answer"]["rows"] == whole["answer"]["lanes"] == numbers_["answer"]["rows"] == []
