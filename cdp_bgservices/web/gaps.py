"""When the store is certain to have everything, and when not, as the page gets it."""

from datetime import datetime
from typing import Any

from cdp_bgservices.coverage.report import SeriesReport, report_sources
from cdp_bgservices.events import from_microseconds, to_microseconds
from cdp_bgservices.export.page_values import gap_values, interval_value
from cdp_bgservices.query import Query
from cdp_bgservices.store import Engine

MOST_GAPS = 2_000

Gaps = list[dict[str, Any]]


def reports_of(engine: Engine, now: datetime) -> dict[str, list[SeriesReport]]:
    """Of every source, as far back as events are kept."""
    return report_sources(engine.coverage(), now - engine.read_retention(), now)


def coverage_answer(engine: Engine) -> dict[str, Any]:
    """``/api/coverage``, of every source, as far back as events are kept: ``spans`` is all that is known, ``gaps`` some
    of them.
    """
    reports = reports_of(engine, engine.clock())
    spans = [
        interval_value(source, interval)
        for source, found in reports.items()
        for series in found
        for interval in series.intervals
    ]
    return {"gaps": gap_values(reports), "spans": spans}


def gaps_between(engine: Engine, query: Query, begin: int, end: int) -> Gaps:
    """Those of some services and sources, cut to a time. The future is not a gap."""
    now = engine.clock()
    since = max(from_microseconds(begin), now - engine.retention)
    until = min(to_microseconds(now), end)
    if to_microseconds(since) >= until:
        return []
    reports = report_sources(engine.coverage(), since, now, query.sources, query.services)
    return [
        {**gap, "begin": max(gap["begin"], begin), "end": min(gap["end"], end)}
        for gap in gap_values(reports)
        if gap["begin"] < until
    ][:MOST_GAPS]
