"""The strips of coverage, and the sentences below them."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import pytest

from cdp_bgservices.coverage.report import SeriesReport, report
from cdp_bgservices.coverage.values import DEFAULT, OTHER, Interval, Series, State
from cdp_bgservices.export.coverage import COLUMNS, coverage_text, describe, gap_lines, strip
from tests.docs.blocks import blocks

NOW = datetime(2026, 11, 21, 12, 11, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAYS = 72 * HOUR
Row = tuple[float, float, State]
"""Hours ago."""


def interval(
    begin: float, end: float, state: State, *, service: str = "notifications", kind: str = DEFAULT
) -> Interval:
    return Interval(context_kind=kind, service=service, begin=NOW - begin * HOUR, end=NOW - end * HOUR, state=state)


def reported(rows: Iterable[Row], *services: str) -> list[SeriesReport]:
    intervals = [interval(*row, service=service) for service in services for row in rows]
    left = [
        Series(context_kind=DEFAULT, service=service, seen_until=NOW, armed_until=NOW + DAYS) for service in services
    ]
    return report(intervals, left, NOW - DAYS, NOW)


def test_what_the_documentation_shows() -> None:
    rows = ((60, 50, State.LIVE), (50, 30, State.BROWSER), (30, 20, State.SWITCHED_OFF), (20, 0, State.LIVE))
    (shown,) = [block.text for block in blocks("docs/coverage.md") if block.language == "text"]
    text = coverage_text("shop", reported(rows, "backgroundFetch", "backgroundSync"), NOW - DAYS, NOW)
    assert text.strip() == shown.strip()


@pytest.mark.parametrize("width", [40, 80, 100, 140])
def test_a_terminal_has_lines_that_fit(width: int) -> None:
    rows = ((60, 50, State.LIVE), (50, 30, State.BROWSER), (30, 20, State.SWITCHED_OFF), (20, 0, State.LIVE))
    text = coverage_text("/a/profile" * 9, reported(rows, "periodicBackgroundSync"), NOW - DAYS, NOW, width)
    lines = text.splitlines()
    assert max(map(len, lines)) <= width
    (shown,) = [line for line in lines if line.startswith("  periodicBackgroundSync  ")]
    assert len(shown) == width


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([(72, 0, State.LIVE)], "█" * 60),
        ([(72, 36, State.NEVER_RECORDED), (36, 0, State.BROWSER)], " " * 30 + "▒" * 30),
        ([(72, 36, State.LIVE), (36, 0, State.OVER)], "█" * 30),
        ([(72, 36, State.LIVE), (36, 0, State.PENDING)], "█" * 30 + "?" * 30),
        ([(72, 36, State.LIVE), (36, 35.99, State.CLEARED), (35.99, 0, State.LIVE)], "█" * 30 + "·" + "█" * 29),
        ([(72, 0.01, State.LIVE), (0.01, 0, State.LAPSED)], "█" * 59 + "·"),
        ([(72, 71.9, State.LAPSED), (71.9, 0, State.LIVE)], "·" + "█" * 59),
        ([], ""),
    ],
)
def test_a_gap_shows_be_it_ever_so_short(rows: list[Row], expected: str) -> None:
    assert strip([interval(*row) for row in rows], NOW - DAYS, NOW) == expected
    assert COLUMNS == 60


def test_services_that_share_a_gap_share_a_line() -> None:
    shared = [interval(30, 20, State.LAPSED, service=service) for service in ("pushMessaging", "backgroundSync")]
    other = interval(30, 20, State.CLEARED, service="notifications")
    made = interval(30, 20, State.LAPSED, service="backgroundSync", kind=OTHER)
    lines = gap_lines([*shared, other, made])
    assert [line.split("  ")[1].split(":")[0] for line in lines] == [
        "backgroundSync, pushMessaging",
        "notifications",
        "backgroundSync of other browser contexts",
    ]


def test_gaps_of_other_lengths_have_lines_of_their_own_and_one_of_several_services_has_one() -> None:
    """A browser switches its services off one after the other, some microseconds apart."""
    second = 1 / 3600
    shared = [
        interval(1 - at * 1e-9, 1 - (1.6 + at * 0.2) * second, State.SWITCHED_OFF, service=service)
        for at, service in enumerate(("backgroundSync", "pushMessaging"))
    ]
    longer = interval(1, 1 - 6.7 * second, State.SWITCHED_OFF)
    lines = gap_lines([longer, *shared])
    assert lines == [
        "2026-11-21 11:11:00 to 11:11:06 UTC (6.7 s)  notifications: recording was switched off",
        "2026-11-21 11:11:00 to 11:11:01 UTC (1.8 s)  backgroundSync, pushMessaging: recording was switched off",
    ]


def test_many_gaps_are_not_all_shown() -> None:
    lines = gap_lines([interval(number, number - 0.5, State.LAPSED) for number in range(60, 0, -2)])
    assert len(lines) == 21
    assert lines[-1] == "and 10 more: --format json has them all"


def test_days_are_named_where_there_are_two() -> None:
    assert describe([interval(13, 12, State.LAPSED)]).startswith("2026-11-20 23:11 to 2026-11-21 00:11 UTC (1 h)")
    assert describe([interval(2, 1, State.LAPSED)]).startswith("2026-11-21 10:11 to 11:11 UTC (1 h)")
