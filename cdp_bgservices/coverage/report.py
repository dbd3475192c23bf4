"""What is known of a stretch of time, without a hole: what recorders wrote down, and what follows from it."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import groupby

import msgspec

from cdp_bgservices.coverage.intervals import uncovered
from cdp_bgservices.coverage.values import Lane, Span, State

FRESH = timedelta(minutes=2)
"""A recorder writes down every minute what is certain: where that is newer, it is at work."""

STRENGTH = tuple(State)
"""Where two tell of the same time, the first of these is right: what one recorder did not see another did."""


class LaneReport(msgspec.Struct, frozen=True, kw_only=True):
    """One service in one kind of browser context."""

    context_kind: str
    service: str
    spans: tuple[Span, ...]
    """One after the other, without a hole, each of another state than the one before it."""


def report(
    spans: Sequence[Span], lanes: Sequence[Lane], since: datetime, until: datetime, *, is_gone: bool = False
) -> list[LaneReport]:
    """Of a source, from one moment to another, which is now. ``is_gone``: its profile is not there any more."""
    reports = []
    for lane in lanes:
        told = [span for span in spans if (span.context_kind, span.service) == (lane.context_kind, lane.service)]
        first = Span(
            context_kind=lane.context_kind,
            service=lane.service,
            begin=since,
            end=until if until - lane.seen_until > FRESH else max(since, lane.seen_until),
            state=State.NEVER_RECORDED,
        )
        layers = [
            *sorted(told, key=lambda span: STRENGTH.index(span.state)),
            *since_then(lane, until, is_gone=is_gone),
            first,
        ]
        whole = tuple(merge(flatten(layers, since, first.end)))
        reports.append(LaneReport(context_kind=lane.context_kind, service=lane.service, spans=whole))
    return reports


def since_then(lane: Lane, until: datetime, *, is_gone: bool) -> Iterator[Span]:
    """What is known of the time since a lane was last seen."""

    def span(begin: datetime, end: datetime, state: State) -> Span:
        return Span(context_kind=lane.context_kind, service=lane.service, begin=begin, end=end, state=state)

    if until - lane.seen_until <= FRESH:
        return
    if lane.is_over or is_gone:
        yield span(lane.seen_until, until, State.OVER)
    elif lane.armed_until is None:
        yield span(lane.seen_until, until, State.SWITCHED_OFF)
    else:
        yield span(lane.seen_until, lane.armed_until, State.PENDING)
        yield span(lane.armed_until, until, State.LAPSED)


def flatten(layers: Iterable[Span], since: datetime, until: datetime) -> list[Span]:
    """Of each layer what those before it leave of the stretch, in order."""
    found: list[Span] = []
    for layer in layers:
        begin, end = max(layer.begin, since), min(layer.end, until)
        if begin < end:
            left = uncovered([(span.begin, span.end) for span in found], begin, end)
            found += [msgspec.structs.replace(layer, begin=start, end=stop) for start, stop in left]
    return sorted(found, key=lambda span: span.begin)


def merge(spans: Iterable[Span]) -> Iterator[Span]:
    """Neighbours that say the same are one."""
    for _, group in groupby(spans, key=lambda span: (span.state, span.detail)):
        first, *others = group
        yield msgspec.structs.replace(first, end=others[-1].end) if others else first


def gaps(reports: Iterable[LaneReport], services: Collection[str] = (), *, from_the_start: bool = True) -> list[Span]:
    """Every gap, the oldest first; of these services, if any are named.

    ``from_the_start``: also that nothing was recorded before the first recording.
    """
    found = []
    for lane in reports:
        if services and lane.service not in services:
            continue
        spans = lane.spans
        if spans and spans[0].state is State.NEVER_RECORDED and not from_the_start:
            spans = spans[1:]
        found += [span for span in spans if span.state.is_gap]
    return sorted(found, key=lambda span: (span.begin, span.end))
