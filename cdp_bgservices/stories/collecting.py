"""Whole lanes, of as many events as memory has room for."""

from collections.abc import Iterable
from datetime import datetime
from itertools import count
from math import inf

import msgspec

from cdp_bgservices.events import Event, Service
from cdp_bgservices.failures import Kind
from cdp_bgservices.stories.assigning import assign
from cdp_bgservices.stories.lanes import CONTEXT_OVER
from cdp_bgservices.stories.values import STATES, Endings, Head, Mark, Run, Span, State


class Lane(msgspec.Struct, frozen=True):
    """An instance's story."""

    head: Head
    begin: int
    end: int | None
    """``None`` if a phase is open."""
    state: State
    """Whether it goes on; otherwise that of its last run. A push has succeeded even if its notification is still
    shown."""
    said: str
    """The state in a few words, without times."""
    next: int | None
    """Of one that waits: when it goes on, as far as the log announces that."""
    spans: tuple[Span, ...]
    """As they began."""
    marks: tuple[Mark, ...]
    """Oldest first."""
    runs: tuple[Run, ...]
    """As they began; of a push also that of its notification."""

    @property
    def has_failed(self) -> bool:
        """Whether any of its events reports a failure."""
        return any(mark.kind is Kind.FAILED for mark in self.marks)


def make_lanes(events: Iterable[Event], now: datetime | None = None, endings: Endings | None = None) -> list[Lane]:
    """In the order in which they began. Takes events as ``assign`` does."""
    found: dict[str, Parts] = {}
    for head, step in assign(events, now, endings):
        parts = found.get(head.key)
        if parts is None:
            parts = found[head.key] = Parts(head)
        if isinstance(step, Mark):
            parts.marks.append(step)
        elif isinstance(step, Span):
            parts.spans.append(step)
        else:
            parts.runs[step.id] = step
    return sorted((make_lane(parts) for parts in found.values()), key=lambda lane: (lane.begin, lane.head.key))


class Parts:
    """Of a lane."""

    def __init__(self, head: Head) -> None:
        self.head = head
        self.spans: list[Span] = []
        self.marks: list[Mark] = []
        """At least one."""
        self.runs: dict[str, Run] = {}


def lane_of(event: Event, events: Iterable[Event]) -> list[Event]:
    """Those of ``events`` that are in the lane of one of them, oldest first. Takes them as ``assign`` does."""
    for lane in make_lanes(events):
        if any(mark.event.id == event.id for mark in lane.marks):
            return [mark.event for mark in lane.marks]
    return [event]


def make_lane(parts: Parts) -> Lane:
    spans, marks = apart(parts.spans), parts.marks
    runs = tuple(sorted(parts.runs.values(), key=lambda run: (run.begin, run.id)))
    ends = [span.end for span in spans if span.end is not None]
    end = None if len(ends) < len(spans) else max([marks[-1].at, *ends])
    state, said, next_ = standing(parts.head.service, spans, marks, runs)
    return Lane(parts.head, marks[0].at, end, state, said, next_, tuple(spans), tuple(marks), runs)


def apart(spans: Iterable[Span]) -> list[Span]:
    """In the order in which they began. One whose row is taken gets another: if a browser context acts again that a
    restart seemed to have ended, two lanes with one key were open at the same time, each with rows of its own."""
    taken: dict[int, float] = {}
    rows = []
    for span in sorted(spans, key=lambda span: (span.begin, span.row, end_of(span))):
        row = span.row
        if span.end != span.begin:
            if taken.get(row, span.begin) > span.begin:
                row = next(row for row in count() if taken.get(row, span.begin) <= span.begin)
            taken[row] = end_of(span)
        rows.append(span if row == span.row else msgspec.structs.replace(span, row=row))
    return rows


def end_of(span: Span) -> float:
    return inf if span.end is None else span.end


def standing(
    service: str, spans: list[Span], marks: list[Mark], runs: tuple[Run, ...]
) -> tuple[State, str, int | None]:
    """State, words, and when it goes on."""
    of_others = {mark.event.id for mark in marks if mark.event.service != service}
    own = [run for run in runs if run.service == service]
    notification = next((run for run in reversed(runs) if run.service != service), None)
    last = own[-1] if own else None
    going = [span for span in spans if span.end is None and span.id not in of_others]
    if going:
        waits = all(span.state is State.WAITING for span in going)
        state = State.WAITING if waits else State.IN_PROGRESS
        nexts = [span.next for span in going if span.next is not None]
        said = last.said if last is not None and last.end is None else waiting_words(last)
        return state, said, min(nexts, default=None) if waits else None
    final = next(mark for mark in reversed(marks) if mark.event.service == service)
    if service == Service.PERIODIC_BACKGROUND_SYNC and final.kind is Kind.ENDED:
        return State.ENDED, "unregistered", None
    if last is None:
        return STATES[final.kind], "", None
    if notification is None:
        return last.state, last.said, None
    shown = next((span.name for span in spans if span.id == notification.id and span.end is None), "")
    said = notification.said if notification.said == CONTEXT_OVER else f"notification {notification.said}"
    return last.state, f"{last.said}, {shown or said}", None


def waiting_words(last: Run | None) -> str:
    """Of a periodic sync between two occurrences."""
    return "waiting for retry" if last is not None and last.state is State.FAILED else "waiting for its time"
