"""Whole lanes, of as many events as memory has room for."""

from collections.abc import Iterable
from datetime import datetime
from itertools import count
from math import inf

import msgspec

from cdp_bgservices.events import Event
from cdp_bgservices.failures import Kind
from cdp_bgservices.stories.assigning import assign
from cdp_bgservices.stories.values import Head, Mark, Span


class Lane(msgspec.Struct, frozen=True):
    """An instance's story."""

    head: Head
    begin: int
    end: int | None
    """``None`` if a phase is open."""
    kind: Kind
    """How it ended, or is going: failed if the last event with an outcome is a failure."""
    spans: tuple[Span, ...]
    """As they began."""
    marks: tuple[Mark, ...]
    """Oldest first."""


def make_lanes(events: Iterable[Event], now: datetime | None = None) -> list[Lane]:
    """In the order in which they began. Takes events as ``assign`` does."""
    found: dict[str, tuple[Head, list[Span], list[Mark]]] = {}
    for head, step in assign(events, now):
        lane = found.get(head.key)
        if lane is None:
            lane = found[head.key] = (head, [], [])
        if isinstance(step, Mark):
            lane[2].append(step)
        else:
            lane[1].append(step)
    return sorted((make_lane(*lane) for lane in found.values()), key=lambda lane: (lane.begin, lane.head.key))


def lane_of(event: Event, events: Iterable[Event]) -> list[Event]:
    """Those of ``events`` that are in the lane of one of them, oldest first. Takes them as ``assign`` does."""
    for lane in make_lanes(events):
        if any(mark.event.id == event.id for mark in lane.marks):
            return [mark.event for mark in lane.marks]
    return [event]


def make_lane(head: Head, spans: list[Span], marks: list[Mark]) -> Lane:
    """Of at least one mark."""
    spans = apart(spans)
    ends = [span.end for span in spans if span.end is not None]
    is_open = len(ends) < len(spans)
    last = max([marks[-1].at, *ends])
    return Lane(head, marks[0].at, None if is_open else last, outcome(spans, marks), tuple(spans), tuple(marks))


def apart(spans: Iterable[Span]) -> list[Span]:
    """In the order in which they began. One whose row is taken gets another: if a browser context acts again that a
    restart seemed to have ended, two lanes with one key were open at the same time, each with rows of its own."""
    taken: dict[int, float] = {}
    rows = []
    for span in sorted(spans, key=lambda span: (span.begin, span.row, end_of(span))):
        row = span.row
        if taken.get(row, span.begin) > span.begin:
            row = next(row for row in count() if taken.get(row, span.begin) <= span.begin)
        taken[row] = end_of(span)
        rows.append(span if row == span.row else msgspec.structs.replace(span, row=row))
    return rows


def end_of(span: Span) -> float:
    return inf if span.end is None else span.end


def outcome(spans: list[Span], marks: list[Mark]) -> Kind:
    outcomes = [mark.kind for mark in marks if mark.kind is not Kind.GOING_ON]
    if outcomes and outcomes[-1] is Kind.FAILED:
        return Kind.FAILED
    # A notification may be shown for days after all has gone well.
    is_open = any(span.end is None and not span.name.startswith(("shown", "scheduled")) for span in spans)
    return Kind.GOING_ON if is_open or not outcomes else Kind.SUCCEEDED
