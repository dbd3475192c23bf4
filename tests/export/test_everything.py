"""A recording of everything that a story can be, drawn by everything that draws: lanes, states and counts are the same.

``tests/stories/everything.py`` has recorded it.
"""

from collections import Counter
from datetime import timedelta
from typing import Any
from xml.etree import ElementTree

import pytest
from perfetto.protos.perfetto.trace import perfetto_trace_pb2

from cdp_bgservices.contexts import endings, labels
from cdp_bgservices.coverage.report import report_sources
from cdp_bgservices.export.documents import About, pieces
from cdp_bgservices.export.failed_runs import failed_runs
from cdp_bgservices.export.page_values import lane_values
from cdp_bgservices.export.summary import summary_markdown
from cdp_bgservices.export.text_timeline import text_timeline
from cdp_bgservices.export.timeline import timeline_svg
from cdp_bgservices.stories import Lane, State, make_lanes
from cdp_bgservices.stories.numbers import Measuring
from cdp_bgservices.vocabulary.services import SERVICES, title_of
from tests.export.in_file import lanes_in_file
from tests.stories.everything import everything
from tests.stories.making import facts

SVG = "{http://www.w3.org/2000/svg}"
EVENTS, KNOWN = everything()
MOMENT = EVENTS[-1].timestamp + timedelta(minutes=1)
ABOUT = About(
    moment=MOMENT,
    contexts=KNOWN.contexts,
    coverage=report_sources(KNOWN.coverage, EVENTS[0].timestamp - timedelta(seconds=1), MOMENT),
)
ENDINGS = endings(KNOWN.contexts)
LABELS = labels(KNOWN.contexts)
SIGNS = {State.FAILED: "✕", State.SUCCEEDED: "✓"}

Row = tuple[str, str, str, str]
"""Of a lane: the service's title, its own, its browser context, and the sign of its state."""


@pytest.fixture(scope="module")
def lanes() -> list[Lane]:
    return make_lanes(EVENTS, MOMENT, ENDINGS)


@pytest.fixture(scope="module")
def rows(lanes: list[Lane]) -> "Counter[Row]":
    return Counter(row_of(lane) for lane in lanes)


def row_of(lane: Lane) -> Row:
    context = LABELS[lane.head.source, lane.head.context]
    return title_of(lane.head.service), lane.head.label, context, SIGNS.get(lane.state, "")


def test_it_has_everything(lanes: list[Lane]) -> None:
    assert {lane.head.service for lane in lanes} == set(SERVICES)
    assert {lane.state for lane in lanes} == {State.SUCCEEDED, State.FAILED, State.ENDED}
    assert set(LABELS.values()) == {"default", "context 2"}
    assert {reason.why for reason in KNOWN.contexts} == {"its browser ended", "it was closed"}
    assert {
        (lane.head.label, LABELS[lane.head.source, lane.head.context]): lane.said
        for lane in lanes
        if lane.head.service in ("backgroundSync", "periodicBackgroundSync")
    } == {
        ("send-message", "default"): "succeeded",
        ("send-message", "context 2"): "succeeded",
        ("reject-message", "default"): "failed after 3 attempts",
        ("reject-message", "context 2"): "failed after 1 attempt, the browser context is over",
        ("reject-again", "default"): "failed after 3 attempts",
        ("reject-later", "default"): "failed after 1 attempt, the browser context is over",
        ("not-registered", "default"): "its end was not recorded",
        ("refresh", "default"): "unregistered",
        ("weekly", "default"): "the browser context is over",
    }


def test_a_trigger_does_not_count_as_an_attempt(lanes: list[Lane]) -> None:
    """It was dispatched by hand while it waited for its second attempt."""
    (lane,) = [lane for lane in lanes if lane.head.label == "reject-again"]
    assert [span.name for span in lane.spans if span.name.startswith("dispatched")] == [
        "dispatched",
        "dispatched, by a trigger, its end was not recorded",
        "dispatched, attempt 2",
        "dispatched, attempt 3, last chance",
    ]


def page_rows(lanes: list[dict[str, Any]], texts: list[str]) -> "Counter[Row]":
    names = {context.context: LABELS[context.key] for context in KNOWN.contexts}
    return Counter(
        (
            title_of(texts[lane["service"]]),
            lane["label"],
            names[texts[lane["context"]]],
            SIGNS.get(State(texts[lane["state"]]), ""),
        )
        for lane in lanes
    )


def test_the_page(lanes: list[Lane], rows: "Counter[Row]") -> None:
    values = lane_values(lanes)
    assert page_rows(values["lanes"], values["texts"]) == rows


def test_the_page_in_a_file(rows: "Counter[Row]") -> None:
    assert page_rows(*lanes_in_file(EVENTS, ABOUT)) == rows


def test_the_picture(rows: "Counter[Row]") -> None:
    svg = ElementTree.fromstring(timeline_svg(EVENTS, ABOUT))
    stands = {
        text.get("y"): str(text.text).strip()[:1]
        for text in svg.iter(f"{SVG}text")
        if text.get("class") in ("standing", "reason")
    }
    found: Counter[Row] = Counter()
    service = ""
    for text in svg.iter(f"{SVG}text"):
        kind = str(text.get("class")).split()
        if "service" in kind:
            service = str(text.text).strip()
        elif "label" in kind:
            sign = stands[text.get("y")]
            context = str(text.findtext(f"{SVG}tspan")).removeprefix(" · ").strip()
            found[service, str(text.text).strip(), context, sign if sign in SIGNS.values() else ""] += 1
    assert found == rows
    gaps = [
        area for area in svg.iter(f"{SVG}rect") if area.get("class") == "gap" and area.find(f"{SVG}title") is not None
    ]
    assert len(gaps) >= 1


def test_the_timeline_as_text(rows: "Counter[Row]") -> None:
    found: Counter[Row] = Counter()
    service = ""
    for line in text_timeline(EVENTS, ABOUT).splitlines()[:-2]:
        if line.startswith("  "):
            said, context = line[86:].rsplit(" · ", 1)
            found[service, line[2:24].strip(), context, said[:1] if said[:1] in SIGNS.values() else ""] += 1
        else:
            service = line
    assert found == rows


def test_the_trace(lanes: list[Lane]) -> None:
    """Its phases have the same states, and a track for each lane."""
    trace = perfetto_trace_pb2.Trace()
    trace.ParseFromString(b"".join(pieces([EVENTS], "perfetto", ABOUT)))
    tracks = {packet.track_descriptor.uuid: packet.track_descriptor for packet in trace.packet}
    found: Counter[tuple[str, str, str]] = Counter()
    for packet in trace.packet:
        event = packet.track_event
        states = [each.string_value for each in event.debug_annotations if each.name == "state"]
        if event.type == perfetto_trace_pb2.TrackEvent.TYPE_SLICE_BEGIN and "phase" in event.categories:
            track = tracks[event.track_uuid]
            found[tracks[track.parent_uuid].name, track.name, states[0]] += 1
    assert found == Counter(
        (title_of(lane.head.service), lane.head.label, str(span.state)) for lane in lanes for span in lane.spans
    )


def test_the_numbers(lanes: list[Lane]) -> None:
    measuring = Measuring()
    measuring.add(facts(EVENTS))
    counted = measuring.rows({" ".join(key): moment for key, moment in ENDINGS.items()})
    runs = [run for lane in lanes for run in lane.runs if run.counts]
    for service in SERVICES:
        own = [row for row in counted if row["service"] == service]
        states = Counter(run.state for run in runs if run.service == service)
        assert sum(row["runs"] for row in own) == states.total(), service
        assert sum(row["failed"] for row in own) == states[State.FAILED], service
        assert sum(row["succeeded"] for row in own) == states[State.SUCCEEDED], service
    retried = sum(max(0, run.attempts - 1) for run in runs if run.service == "backgroundSync")
    assert sum(row["retries"] for row in counted if row["service"] == "backgroundSync") == retried == 4


def test_the_summary(lanes: list[Lane]) -> None:
    """Every run that failed is one failure, however many of its events report it."""
    failed = [run for lane in lanes for run in lane.runs if run.state is State.FAILED]
    assert len(failed) == len(failed_runs(EVENTS, (), MOMENT, ENDINGS))
    assert f" {len(failed)} failures." in summary_markdown(EVENTS, [], about=ABOUT)
    title = ElementTree.fromstring(timeline_svg(EVENTS, ABOUT)).findtext(f"{SVG}title")
    assert str(title).endswith(f" · {len(failed)} failures")
