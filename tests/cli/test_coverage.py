"""The coverage command, and what events says of gaps."""

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from cdp_bgservices.coverage.hosts import this_host
from cdp_bgservices.coverage.values import DEFAULT, OTHER, Interval, Series, State
from cdp_bgservices.events import Service
from cdp_bgservices.query import Query
from cdp_bgservices.store import Account, open_engine
from cdp_bgservices.store.presence import Presence
from cdp_bgservices.web.gaps import coverage_answer
from tests.cli.running import run_here
from tests.making import event

HOUR = timedelta(hours=1)
NOTE = "note: recording has gaps: "
BEGIN, OFF, ON, END = 50, 30, 20, 0
"""Hours ago: when it was first recorded, switched off, and on again; and now."""


def fill(
    path: Path, *, services: tuple[str, ...] = tuple(Service), kind: str = DEFAULT, source: str = "mine"
) -> datetime:
    """A store whose recorder is at work, after a gap of ten hours. Returns the moment that it was filled at."""
    now = datetime.now(UTC)

    def interval(service: str, begin: float, end: float, state: State, detail: str = "") -> Interval:
        begun, ended = now - begin * HOUR, now - end * HOUR
        return Interval(context_kind=kind, service=service, begin=begun, end=ended, state=state, detail=detail)

    intervals = [
        interval(service, *rest)
        for service in services
        for rest in (
            (BEGIN, 40, State.LIVE),
            (40, OFF, State.BROWSER),
            (OFF, ON, State.SWITCHED_OFF, "by\x1b[31m"),
            (ON, END, State.LIVE),
        )
    ]
    series = [
        Series(context_kind=kind, service=service, seen_until=now, armed_until=now + 72 * HOUR) for service in services
    ]
    with open_engine(path) as database:
        database.account(source, Account(intervals=intervals, series=series))
        if not database.statistics().events:
            database.add([event(age=timedelta(minutes=1), timestamp=int((now - HOUR).timestamp()) * 1_000_000)])
    return now


def test_a_strip_for_each_service_and_its_gaps(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store = tmp_path / "events.db"
    now = fill(store)
    result = run_here(capsys, store, "coverage")
    assert (result.status, result.err) == (0, "")
    source, *lines = result.out.splitlines()
    assert source == "mine"
    expected = " " * 18 + "█" * 8 + "▒" * 9 + "·" * 9 + "█" * 16
    for line, service in zip(lines, sorted(Service), strict=False):
        name, strip = line[:28].strip(), line[28:]
        assert name == service
        assert len(strip) == 60
        differing = sum(a != b for a, b in zip(strip, expected, strict=True))
        assert differing <= 3, f"{strip}\n{expected}"  # Columns at which one state ends and another begins.
    assert "3 d ago" in result.out
    assert "█ recorded live   ▒ recorded by the browser   · gap" in result.out
    assert f"{now - OFF * HOUR:%Y-%m-%d %H:%M} to " in lines[-1]
    assert lines[-1].endswith("(10 h)  all services: recording was switched off (by\\x1b[31m)")
    assert re.search(r"\((22 h|21 h 59 min)\)  all services: not recorded before", lines[-2])


def test_the_same_as_data(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store = tmp_path / "events.db"
    now = fill(store)
    fill(store, source="other", kind=OTHER)
    result = run_here(capsys, store, "coverage", "--format", "json", "--service", "notifications", "--source", "mine")
    answer = json.loads(result.out)
    until = datetime.fromisoformat(answer["until"])
    assert until - datetime.fromisoformat(answer["since"]) == timedelta(days=3)
    (source,) = answer["sources"]
    (series,) = source["lanes"]
    assert (source["source"], series["context_kind"], series["service"]) == ("mine", "default", "notifications")
    reported = [(interval["state"], interval["certain"], interval["gap"]) for interval in series["spans"]]
    assert reported == [
        ("neverRecorded", False, True),
        ("live", True, False),
        ("browser", True, False),
        ("switchedOff", False, True),
        ("live", True, False),
    ]
    ends = [datetime.fromisoformat(interval["end"]) for interval in series["spans"]]
    assert ends == [now - BEGIN * HOUR, now - 40 * HOUR, now - OFF * HOUR, now - ON * HOUR, now]


def test_from_a_moment_on(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store = tmp_path / "events.db"
    fill(store)
    result = run_here(capsys, store, "coverage", "--since", "10h")
    assert "█" * 60 in result.out
    assert "·" not in result.out
    assert "10 h ago" in result.out


def test_other_browser_contexts_are_distinguished(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store = tmp_path / "events.db"
    fill(store)
    fill(store, kind=OTHER, services=("backgroundSync",))
    result = run_here(capsys, store, "coverage")
    assert "  in other browser contexts\n  backgroundSync" in result.out
    assert "backgroundSync of other browser contexts: recording was switched off" in result.out


def test_the_recorder_has_gone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store, now = tmp_path / "events.db", datetime.now(UTC)
    series = Series(
        context_kind=DEFAULT, service="notifications", seen_until=now - 5 * HOUR, armed_until=now + 67 * HOUR
    )
    interval = Interval(
        context_kind=DEFAULT, service="notifications", begin=now - 9 * HOUR, end=now - 5 * HOUR, state=State.LIVE
    )
    with open_engine(store) as database:
        database.account("mine", Account(intervals=[interval], series=[series]))
    result = run_here(capsys, store, "coverage")
    assert "? not read yet" in result.out
    assert (
        "(5 h)  notifications: no recorder is attached; what the browser records by itself is read when" in result.out
    )
    assert run_here(capsys, store, "events").err.startswith(NOTE)


@pytest.mark.parametrize(
    ("host", "is_shared", "is_pending"),
    [(this_host(), False, False), (this_host(), True, False), ("another", False, True), ("another", True, True)],
)
def test_a_profile_that_is_not_there_is_gone_if_it_was_this_machine_s(
    tmp_path: Path, host: str, is_shared: bool, is_pending: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    store, now = tmp_path / "events.db", datetime.now(UTC)
    source = f"{f'{host}:' if is_shared else ''}{tmp_path / 'profile'}"
    seen = now - 5 * HOUR
    series = Series(context_kind=DEFAULT, service="notifications", seen_until=seen, armed_until=now + 67 * HOUR)
    presence = Presence(source=source, run="1", host=host, browser="", version="", since=seen, seen=seen, is_over=True)
    with open_engine(store) as database:
        database.account(source, Account(intervals=[], series=[series]))
        database.keep_recorders([presence])
        gaps = [gap["state"] for gap in coverage_answer(database, Query())["gaps"]]
    assert gaps == [State.NEVER_RECORDED, *([State.PENDING] if is_pending else [])]
    result = run_here(capsys, store, "coverage")
    assert ("no recorder is attached" in result.out) is is_pending


@pytest.mark.parametrize(
    ("arguments", "more"),
    [
        ([], "(10 h)  all services: recording was switched off"),
        (["--since", "2d"], "(10 h)  all services: recording was switched off"),
        (["--since", "60h"], "all services: not recorded before, and 1 more (see `cdp-bgservices coverage`)"),
        (["--since", "10h"], None),
        (["--before", "35h"], None),
        (["--service", "notifications"], "(10 h)  notifications: recording was switched off"),
        (["--source", "another"], None),
    ],
)
def test_events_says_in_a_line_what_may_be_missing(
    tmp_path: Path, arguments: list[str], more: str | None, capsys: pytest.CaptureFixture[str]
) -> None:
    store = tmp_path / "events.db"
    fill(store)
    result = run_here(capsys, store, "events", "--format", "jsonl", *arguments)
    notes = [line for line in result.err.splitlines() if line.startswith("note:")]
    assert len(notes) == (more is not None), result.err
    if more:
        assert notes[0].startswith(NOTE)
        assert more in notes[0]
        assert notes[0].endswith("(see `cdp-bgservices coverage`)")


def test_a_verdict_says_it_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store = tmp_path / "events.db"
    fill(store)
    result = run_here(capsys, store, "check", "--rules", "recommended")
    assert result.status == 0
    assert result.err.startswith(NOTE)


def test_where_nothing_was_recorded(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with open_engine(tmp_path / "events.db"):
        pass
    for arguments in ([], ["--source", "absent"]):
        result = run_here(capsys, tmp_path / "events.db", "coverage", *arguments)
        assert (result.status, result.out) == (0, "")
        assert "nothing of this was recorded" in result.err
    result = run_here(capsys, tmp_path / "events.db", "coverage", "--format", "json")
    assert json.loads(result.out)["sources"] == []


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["--since", "soon"], 2, "'soon' is not a time"),
        (["--since", "2999-01-01"], 2, "--since is not in the past"),
        (["--service", "sync"], 2, "is not a background service"),
        (["--format", "csv"], 2, "csv"),
    ],
)
def test_what_makes_no_sense(
    tmp_path: Path, arguments: list[str], status: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    fill(tmp_path / "events.db")
    result = run_here(capsys, tmp_path / "events.db", "coverage", *arguments)
    assert result.status == status
    assert said in result.err
    assert "Traceback" not in result.err


def test_a_store_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    result = run_here(capsys, tmp_path / "none.db", "coverage")
    assert result.status == 4
    assert "No store at" in result.err
