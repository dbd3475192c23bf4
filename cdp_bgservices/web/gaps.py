"""When the store is certain to have everything, and when not, as the page gets it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from cdp_bgservices.coverage.report import SeriesReport, report_sources
from cdp_bgservices.events import from_microseconds, to_microseconds
from cdp_bgservices.export.page_values import gap_values, interval_value
from cdp_bgservices.query import Query
from cdp_bgservices.store import Engine

MOST_GAPS = 2_000
MOST_SOURCES = 20
"""Of a shared store: the gaps of hundreds together cover all times, and there are very many."""

Reports = Mapping[str, Sequence[SeriesReport]]


class Gaps(NamedTuple):
    gaps: list[dict[str, Any]]
    left_out: int
    """How many sources are not looked at, since they are too many. A filter by source makes them fewer."""


def reports_of(engine: Engine, now: datetime) -> Reports:
    """Of every source, as far back as events are kept."""
    return report_sources(engine.coverage(), now - engine.read_retention(), now)


def reports_among(engine: Engine, query: Query, since: datetime, now: datetime) -> tuple[Reports, int]:
    """Of some sources and services; and how many sources are left out: all of them, where they are too many."""
    number = len(query.sources or engine.covered_sources()) if engine.is_shared else 0
    if number > MOST_SOURCES:
        return {}, number
    return report_sources(engine.coverage(query.sources), since, now, query.sources, query.services), 0


def coverage_answer(engine: Engine, query: Query) -> dict[str, Any]:
    """``/api/coverage``, of some sources and services, as far back as events are kept: ``spans`` is all that is known,
    ``gaps`` some of them; ``left_out`` as in ``Gaps``.
    """
    now = engine.clock()
    reports, left_out = reports_among(engine, query, now - engine.read_retention(), now)
    spans = [
        interval_value(source, interval)
        for source, found in reports.items()
        for series in found
        for interval in series.intervals
    ]
    return {"gaps": gap_values(reports), "spans": spans, "left_out": left_out}


def gaps_between(engine: Engine, query: Query, begin: int, end: int) -> Gaps:
    """Those of some services and sources, cut to a time. The future is not a gap."""
    now = engine.clock()
    since = max(from_microseconds(begin), now - engine.retention)
    until = min(to_microseconds(now), end)
    if to_microseconds(since) >= until:
        return Gaps([], 0)
    reports, left_out = reports_among(engine, query, since, now)
    found = [
        {**gap, "begin": max(gap["begin"], begin), "end": min(gap["end"], end)}
        for gap in gap_values(reports)
        if gap["begin"] < until
    ]
    return Gaps(found[:MOST_GAPS], left_out)
