"""Coverage as text, a line for each service, and as data."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from cdp_bgservices.coverage.report import SeriesReport, gaps
from cdp_bgservices.coverage.values import MEANINGS, OTHER, Interval, State, together
from cdp_bgservices.export.columns import wrap
from cdp_bgservices.export.terminal_escape import escape_text
from cdp_bgservices.export.ticks import format_span
from cdp_bgservices.vocabulary.services import SERVICES

LABEL, COLUMNS = 26, 60
"""Of a service's name, and of its strip, which is as wide as a terminal allows."""
LEAST = 10
MOST_GAPS = 20
SIGNS = {State.OVER: " ", State.NEVER_RECORDED: " ", State.LIVE: "█", State.BROWSER: "▒", State.PENDING: "?"}
"""In the order in which they are painted; gaps come last."""
GAP = "·"
SHORT = timedelta(minutes=2)
"""The times of a shorter gap have seconds."""
LEGEND = ((State.LIVE, "recorded live"), (State.BROWSER, "recorded by the browser"), (State.PENDING, "not read yet"))


def coverage_text(
    source: str, reports: Sequence[SeriesReport], since: datetime, until: datetime, width: int | None = None
) -> str:
    """The source, a strip for each service, and what its gaps are. ``width`` is that of a terminal."""
    columns = COLUMNS if width is None else max(LEAST, width - LABEL - 2)
    lines = indented(escape_text(source), 0, width)
    for kind, group in groupby(reports, key=lambda series: series.context_kind):
        if kind == OTHER:
            lines.append("  in other browser contexts")
        lines += [
            f"  {escape_text(series.service):<{LABEL}}{strip(series.intervals, since, until, columns)}"
            for series in group
        ]
    ruler = f"{format_span(until - since)} ago"
    lines.append(f"  {'':<{LABEL}}{ruler}{'now':>{columns - len(ruler)}}")
    used = {interval.state for series in reports for interval in series.intervals}
    legend = [f"{SIGNS[state]} {text}" for state, text in LEGEND if state in used]
    if any(state not in SIGNS for state in used):
        legend.append(f"{GAP} gap")
    lines += indented("   ".join(legend), 2 + LABEL, width)
    for line in gap_lines(gaps(reports)):
        lines += indented(line, 2, width)
    return "\n".join(lines) + "\n"


def indented(text: str, indent: int, width: int | None) -> list[str]:
    return [" " * indent + line for line in ([text] if width is None else wrap(text, max(LEAST, width - indent)))]


def strip(intervals: Iterable[Interval], since: datetime, until: datetime, number: int = COLUMNS) -> str:
    """A letter for each column: of several states in it that of a gap, be it ever so short."""
    width = (until - since) / number
    columns = [" "] * number
    order = {state: number for number, state in enumerate(SIGNS)}
    for interval in sorted(intervals, key=lambda interval: order.get(interval.state, len(order))):
        first = int((interval.begin - since) / width)
        last = max(first + 1, -int(-((interval.end - since) / width) // 1))
        for column in range(max(first, 0), min(last, number)):
            columns[column] = SIGNS.get(interval.state, GAP)
    return "".join(columns).rstrip()


def gap_lines(found: Iterable[Interval]) -> list[str]:
    """A line for each; services that share one share the line."""
    lines = [describe(intervals) for intervals in together(found)]
    if len(lines) > MOST_GAPS:
        return [*lines[:MOST_GAPS], f"and {len(lines) - MOST_GAPS} more: --format json has them all"]
    return lines


def first_gap(found: Iterable[Interval]) -> str:
    """The first line, and how many more there are; "" if there is none."""
    lines = gap_lines(found)
    more = f", and {len(lines) - 1} more" if len(lines) > 1 else ""
    return f"{lines[0]}{more} (see `cdp-bgservices coverage`)" if lines else ""


def describe(intervals: Sequence[Interval]) -> str:
    """``2026-11-20 10:00 to 12:30 (2h)  backgroundSync, notifications: recording was switched off``"""
    first = intervals[0]
    begin, end = first.begin, max(interval.end for interval in intervals)
    clock = "%H:%M" if end - begin >= SHORT else "%H:%M:%S"
    same_day = begin.date() == end.date()
    when = f"{begin:%Y-%m-%d {clock}} to {end:{clock if same_day else f'%Y-%m-%d {clock}'}} UTC"
    services = sorted({interval.service for interval in intervals})
    who = "all services" if len(services) == len(SERVICES) else ", ".join(map(escape_text, services))
    kind = " of other browser contexts" if first.context_kind == OTHER else ""
    detail = f" ({escape_text(first.detail)})" if first.detail else ""
    return f"{when} ({format_span(end - begin)})  {who}{kind}: {MEANINGS[first.state]}{detail}"


def coverage_values(source: str, reports: Iterable[SeriesReport]) -> dict[str, Any]:
    """For JSON."""
    return {
        "source": source,
        "lanes": [
            {
                "context_kind": series.context_kind,
                "service": series.service,
                "spans": [
                    {
                        "begin": interval.begin,
                        "end": interval.end,
                        "state": interval.state,
                        "certain": interval.state.is_certain,
                        "gap": interval.state.is_gap,
                        "detail": interval.detail,
                    }
                    for interval in series.intervals
                ],
            }
            for series in reports
        ],
    }


def minute(moment: datetime) -> datetime:
    return moment.replace(second=0, microsecond=0)
