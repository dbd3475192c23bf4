"""``/api/coverage``: when the store is certain to have everything, and when not."""

from typing import Any

from cdp_bgservices.coverage.report import gaps, report
from cdp_bgservices.coverage.values import MEANINGS, Interval
from cdp_bgservices.store import Engine
from cdp_bgservices.web.gaps import is_gone


def completeness(database: Engine) -> dict[str, Any]:
    """Of every source, as far back as events are kept: ``spans`` is all that is known, ``gaps`` some of them."""
    now = database.clock()
    since = now - database.read_retention()
    intervals: list[dict[str, Any]] = []
    found: list[dict[str, Any]] = []
    for told in database.coverage():
        reports = report(told.intervals, told.series, since, now, is_gone=is_gone(told.source))
        intervals += [values(told.source, interval) for series in reports for interval in series.intervals]
        found += [values(told.source, interval) for interval in gaps(reports)]
    return {"gaps": found, "spans": intervals}


def values(source: str, interval: Interval) -> dict[str, Any]:
    return {
        "source": source,
        "service": interval.service,
        "context_kind": interval.context_kind,
        "begin": interval.begin,
        "end": interval.end,
        "state": interval.state,
        "reason": MEANINGS[interval.state] + (f" ({interval.detail})" if interval.detail else ""),
    }
