"""One recording, drawn by everything that draws: the lanes are the same everywhere."""

import re
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree

import msgspec
import pytest
from perfetto.protos.perfetto.trace import perfetto_trace_pb2

from cdp_bgservices.events import Event, to_microseconds
from cdp_bgservices.export.documents import About, pieces
from cdp_bgservices.export.text_timeline import text_timeline
from cdp_bgservices.export.timeline import timeline_svg
from cdp_bgservices.query import Query
from cdp_bgservices.rules import Outcome
from cdp_bgservices.rules.file import parse_rules
from cdp_bgservices.rules.judging import judge
from cdp_bgservices.store import open_engine
from cdp_bgservices.store.related import same_instance
from cdp_bgservices.vocabulary.services import title_of
from cdp_bgservices.web.run_numbers import numbers
from cdp_bgservices.web.timeline_answers import timeline
from tests.export.in_file import lanes_in_file
from tests.making import MovedClock
from tests.stories.making import event, notification, push, recorded, sync

Lane = tuple[str, str, int]
"""A service, a label, and how many events."""
SVG = "{http://www.w3.org/2000/svg}"
SECOND = 1_000_000


def two_contexts() -> list[Event]:
    """With one sync tag: one succeeds, the other fails."""
    ends = (("A", "waitUntil rejected"), ("B", "succeeded"))
    return [
        *(sync(at, "Registered sync", browser_context=context) for at, context in ((0, "A"), (1, "B"))),
        *(sync(at, "Dispatched sync event", browser_context=context) for at, context in ((12, "A"), (13, "B"))),
        *(
            sync(14 + at, "Sync completed", browser_context=context, metadata={"Status": status})
            for at, (context, status) in enumerate(ends)
        ),
    ]


def a_restart() -> list[Event]:
    """Between the registration of a sync and its second attempt."""
    return [
        sync(0, "Registered sync", "restarted", source="other", browser_context="before"),
        sync(1, "Dispatched sync event", "restarted", source="other", browser_context="before"),
        sync(2, "sync event failed", "restarted", source="other", browser_context="before"),
        sync(9, "Dispatched sync event", "restarted", source="other", browser_context="after"),
        sync(
            10, "Sync completed", "restarted", source="other", browser_context="after", metadata={"Status": "succeeded"}
        ),
    ]


def pushes() -> list[Event]:
    """One with its notification, and notifications without a tag that no push shows."""
    return [
        push(20, "Push message received"),
        push(21, "Push event dispatched"),
        notification(22, "Notification displayed", metadata={"Title": "News"}),
        push(23, "Push event completed", metadata={"Status": "Success"}),
        notification(30, "Notification closed"),
        *(notification(at, "Notification displayed", "") for at in (40, 41)),
        notification(42, "Notification closed", ""),
    ]


def a_payment() -> list[Event]:
    """Its handler is installed before its registration exists."""
    return [
        event(50, "paymentHandler", "Install payment handler", "order", registration_id="-1"),
        event(51, "paymentHandler", "Install payment handler result", "order", registration_id="-1"),
        event(52, "paymentHandler", "Payment request", "order", registration_id="7"),
        event(53, "paymentHandler", "Payment response", "order", registration_id="7"),
    ]


def made() -> list[Event]:
    return sorted([*two_contexts(), *a_restart(), *pushes(), *a_payment()], key=lambda item: item.timestamp)


MADE = sorted(
    [
        *[("backgroundSync", "tag", 3)] * 2,
        ("backgroundSync", "restarted", 5),
        ("pushMessaging", "m1", 5),
        ("notifications", "no tag", 3),
        ("paymentHandler", "order", 4),
    ]
)


def moment_of(events: list[Event]) -> tuple[int, int]:
    return to_microseconds(events[0].timestamp), to_microseconds(events[-1].timestamp) + 1


def of_viewer(events: list[Event], folder: Path) -> list[Lane]:
    with open_engine(folder / "events.db", clock=MovedClock(events[-1].timestamp)) as engine:
        engine.add(events)
        answer = timeline(engine, Query(), *moment_of(events))
    texts = answer["texts"]
    return [(texts[lane["service"]], lane["label"], len(lane["marks"])) for lane in answer["lanes"]]


def of_picture(events: list[Event]) -> list[Lane]:
    """Labels and marks of a lane are at one height."""
    svg = ElementTree.fromstring(timeline_svg(events))
    numbers: Counter[int] = Counter()
    for mark in svg.iter(f"{SVG}g"):
        if mark.find(f"{SVG}title") is not None:
            (y,) = re.findall(r"(\d+)\)$", str(mark.get("transform")))
            numbers[int(y)] += int((mark.findtext(f"{SVG}text") or "1").strip())
    lanes, service = [], ""
    for text in svg.iter(f"{SVG}text"):
        kind = str(text.get("class"))
        if kind == "service":
            service = str(text.text).strip()
        elif kind.startswith("label"):
            lanes.append((service, str(text.text).strip(), numbers[int(str(text.get("y"))) - 4]))
    return lanes


def of_letters(events: list[Event]) -> list[tuple[str, str]]:
    lanes, service = [], ""
    for line in text_timeline(events).splitlines()[:-2]:
        if line.startswith("  "):
            lanes.append((service, line[2:24].strip()))
        else:
            service = line
    return lanes


def of_perfetto(events: list[Event]) -> list[Lane]:
    trace = perfetto_trace_pb2.Trace()
    trace.ParseFromString(b"".join(pieces([events], "perfetto", About())))
    tracks = {packet.track_descriptor.uuid: packet.track_descriptor for packet in trace.packet}
    instants = [
        packet.track_event.track_uuid
        for packet in trace.packet
        if packet.track_event.type == perfetto_trace_pb2.TrackEvent.TYPE_INSTANT
    ]
    return [
        (tracks[tracks[uuid].parent_uuid].name, tracks[uuid].name, number) for uuid, number in Counter(instants).items()
    ]


def of_file(events: list[Event]) -> list[Lane]:
    """The viewer in a file."""
    lanes, texts = lanes_in_file(events, About(moment=events[-1].timestamp))
    return [(texts[lane["service"]], lane["label"], len(lane["marks"])) for lane in lanes]


def of_otlp(events: list[Event]) -> list[int]:
    """How many records share each trace id, of those that have one."""
    lines = b"".join(pieces([events], "otlp-json", About())).splitlines()
    records = [
        record
        for line in lines
        for resource in msgspec.json.decode(line)["resourceLogs"]
        for scope in resource["scopeLogs"]
        for record in scope["logRecords"]
    ]
    return list(Counter(record["traceId"] for record in records if "traceId" in record).values())


@pytest.mark.parametrize("recording", ["made", "demo", "lab"])
def test_everything_draws_the_same_lanes(recording: str, tmp_path: Path) -> None:
    events = made() if recording == "made" else recorded(recording)
    lanes = sorted(of_viewer(events, tmp_path))
    assert lanes == MADE or recording != "made"
    assert sorted((service, label[:29], number) for service, label, number in of_picture(events)) == sorted(
        (title_of(service), label[:29], number) for service, label, number in lanes
    )
    assert sorted((service, label[:20]) for service, label in of_letters(events)) == sorted(
        (title_of(service), label[:20]) for service, label, _ in lanes
    )
    assert sorted(of_file(events)) == lanes
    assert sorted(of_perfetto(events)) == sorted((title_of(service), label, number) for service, label, number in lanes)


def test_a_trace_id_belongs_to_a_lane() -> None:
    """Events without an instance id have none."""
    assert sorted(of_otlp(made())) == sorted(number for _, label, number in MADE if label != "no tag")


@pytest.mark.parametrize(("context", "status"), [("A", "waitUntil rejected"), ("B", "succeeded")])
def test_the_other_events_of_an_instance_are_those_of_its_lane(context: str, status: str, tmp_path: Path) -> None:
    with open_engine(tmp_path / "events.db", clock=MovedClock(made()[-1].timestamp)) as engine:
        engine.add(made())
        (end,) = engine.events(Query(event_names=("Sync completed",), browser_contexts=(context,)))
        found = same_instance(engine, end)
    assert end.metadata == {"Status": status}
    assert [other.event_name for other in found] == ["Registered sync", "Dispatched sync event", "Sync completed"]
    assert {other.browser_context for other in found} == {context}


def test_numbers_count_what_the_lanes_show(tmp_path: Path) -> None:
    with open_engine(tmp_path / "events.db", clock=MovedClock(made()[-1].timestamp)) as engine:
        engine.add(made())
        rows = {(row["service"], row["instance"]): row for row in numbers(engine, Query())["rows"]}
    counted = {
        key: [row[name] for name in ("runs", "succeeded", "failed", "ended", "retries", "open")]
        for key, row in rows.items()
    }
    assert counted == {
        ("backgroundSync", "tag"): [2, 1, 1, 0, 0, 0],
        ("backgroundSync", "restarted"): [1, 1, 0, 0, 1, 0],
        ("pushMessaging", "m1"): [1, 1, 0, 0, 0, 0],
        ("notifications", "news"): [1, 0, 0, 1, 0, 0],
        ("notifications", ""): [2, 0, 0, 1, 0, 1],
        ("paymentHandler", "order"): [1, 1, 0, 0, 0, 0],
    }
    assert rows["backgroundSync", "tag"]["trend"] == [[14, True], [14, False]]


@pytest.mark.parametrize(
    ("after", "then", "outcome", "number"),
    [
        # Each context's sync has its own end; that of one does not stand for the other.
        ("backgroundSync:Registered sync", "backgroundSync:Sync completed", Outcome.PASSED, 0),
        ("backgroundSync:Registered sync", "SUCCEEDED", Outcome.FAILED, 1),
        ("paymentHandler:Install payment handler", "paymentHandler:Payment response", Outcome.PASSED, 0),
        ("pushMessaging:Push message received", "pushMessaging:Push event completed", Outcome.PASSED, 0),
    ],
)
def test_rules_follow_the_lanes(after: str, then: str, outcome: Outcome, number: int) -> None:
    succeeded = '{ event = "backgroundSync:Sync completed", where = { Status = "succeeded" } }'
    wanted = succeeded if then == "SUCCEEDED" else f'"{then}"'
    (verdict,) = judge(parse_rules(f'[[rule]]\nafter = "{after}"\nthen = {wanted}'), made())
    assert (verdict.outcome, len(verdict.events)) == (outcome, number)
