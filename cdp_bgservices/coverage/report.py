"""What is known of a period of time, without a hole: what recorders wrote down, and what follows from it."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import groupby

import msgspec

from cdp_bgservices.coverage.hosts import was_deleted
from cdp_bgservices.coverage.values import Coverage, Interval, Series, State, uncovered

FRESH = timedelta(minutes=2)
"""A recorder writes down every minute what is certain: where that is newer than this, it is at work."""

STRENGTH = tuple(State)
"""Where two recorders describe the same time, the first of these states is right: one saw what the other did not."""


class SeriesReport(msgspec.Struct, frozen=True, kw_only=True):
    """One service in one kind of browser context."""

    context_kind: str
    service: str
    intervals: tuple[Interval, ...]
    """One after the other, without a hole, each of another state than the one before it."""


def report(
    intervals: Sequence[Interval], found: Sequence[Series], since: datetime, until: datetime, *, is_gone: bool = False
) -> list[SeriesReport]:
    """Of a source, from one moment to another, which is now. ``is_gone``: its profile is not there any more."""
    reports = []
    for series in found:
        known = [
            interval
            for interval in intervals
            if (interval.context_kind, interval.service) == (series.context_kind, series.service)
        ]
        end = until if until - series.seen_until > FRESH else max(since, series.seen_until)
        layers = [
            *sorted(known, key=lambda interval: STRENGTH.index(interval.state)),
            *since_then(series, until, is_gone=is_gone),
            series.interval(since, end, State.NEVER_RECORDED),
        ]
        whole = tuple(merge(flatten(layers, since, end)))
        reports.append(SeriesReport(context_kind=series.context_kind, service=series.service, intervals=whole))
    return reports


def report_sources(
    coverage: Iterable[Coverage],
    since: datetime,
    until: datetime,
    sources: Collection[str] = (),
    services: Collection[str] = (),
) -> dict[str, list[SeriesReport]]:
    """By source, of these sources and services, or of all; without a source of which nothing is known."""
    reports = {}
    for each in coverage:
        if sources and each.source not in sources:
            continue
        is_gone = was_deleted(each.source, each.host) or was_deleted(each.profile, each.host)
        found = report(each.intervals, each.series, since, until, is_gone=is_gone)
        if found := [series for series in found if not services or series.service in services]:
            reports[each.source] = found
    return reports


def since_then(series: Series, until: datetime, *, is_gone: bool) -> Iterator[Interval]:
    """What is known of the time since a series was last seen."""
    if until - series.seen_until <= FRESH:
        return
    if series.is_over or is_gone:
        yield series.interval(series.seen_until, until, State.OVER)
    elif series.armed_until is None:
        yield series.interval(series.seen_until, until, State.SWITCHED_OFF)
    else:
        yield series.interval(series.seen_until, series.armed_until, State.PENDING)
        yield series.interval(series.armed_until, until, State.LAPSED)


def flatten(layers: Iterable[Interval], since: datetime, until: datetime) -> list[Interval]:
    """The parts of each layer that no earlier layer covers, in order."""
    found: list[Interval] = []
    for layer in layers:
        begin, end = max(layer.begin, since), min(layer.end, until)
        if begin < end:
            left = uncovered([(interval.begin, interval.end) for interval in found], begin, end)
            found += [msgspec.structs.replace(layer, begin=start, end=stop) for start, stop in left]
    return sorted(found, key=lambda interval: interval.begin)


def merge(intervals: Iterable[Interval]) -> Iterator[Interval]:
    """Neighbours that say the same are one."""
    for _, group in groupby(intervals, key=lambda interval: (interval.state, interval.detail)):
        first, *others = group
        yield msgspec.structs.replace(first, end=others[-1].end) if others else first


def gaps(
    reports: Iterable[SeriesReport], services: Collection[str] = (), *, from_the_start: bool = True
) -> list[Interval]:
    """Every gap, the oldest first; of these services, if any are named.

    ``from_the_start``: also that nothing was recorded before the first recording.
    """
    found = []
    for series in reports:
        if services and series.service not in services:
            continue
        intervals = series.intervals
        if intervals and intervals[0].state is State.NEVER_RECORDED and not from_the_start:
            intervals = intervals[1:]
        found += [interval for interval in intervals if interval.state.is_gap]
    return sorted(found, key=lambda interval: (interval.begin, interval.end))


def gaps_of(
    coverage: Iterable[Coverage],
    since: datetime,
    until: datetime,
    sources: Collection[str] = (),
    services: Collection[str] = (),
    *,
    from_the_start: bool = True,
) -> list[Interval]:
    """``gaps`` of these sources and services, or of all, from one moment to another, which is now."""
    reports = report_sources(coverage, since, until, sources, services)
    return gaps([series for found in reports.values() for series in found], from_the_start=from_the_start)
