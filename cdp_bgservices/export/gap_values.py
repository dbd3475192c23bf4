"""What is known of the completeness of a time, as the page gets it: times in microseconds."""

from collections.abc import Iterable, Mapping
from typing import Any

from cdp_bgservices.coverage.report import SeriesReport, gaps
from cdp_bgservices.coverage.values import MEANINGS, Interval
from cdp_bgservices.events import to_microseconds


def gap_values(reports: Mapping[str, Iterable[SeriesReport]]) -> list[dict[str, Any]]:
    """Of some sources, the oldest first."""
    found = [interval_value(source, gap) for source, series in reports.items() for gap in gaps(series)]
    return sorted(found, key=lambda gap: (gap["begin"], gap["service"]))


def interval_value(source: str, interval: Interval) -> dict[str, Any]:
    return {
        "source": source,
        "service": interval.service,
        "context_kind": interval.context_kind,
        "begin": to_microseconds(interval.begin),
        "end": to_microseconds(interval.end),
        "state": interval.state,
        "reason": MEANINGS[interval.state] + (f" ({interval.detail})" if interval.detail else ""),
    }
