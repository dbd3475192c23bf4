"""The words of coverage: intervals of certainty, gaps and their reasons, and what a recorder sees of a service."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

DEFAULT, OTHER = "default", "other"
"""Kinds of browser contexts: the profile's own, which its disk remembers; and those that come and go, made over the
protocol or incognito windows."""


class State(StrEnum):
    """What is known of an interval: in it everything was seen, or why that is not certain."""

    LIVE = "live"
    BROWSER = "browser"
    NEVER_RECORDED = "neverRecorded"
    LAPSED = "lapsed"
    SWITCHED_OFF = "switchedOff"
    CONTEXT_ENDED = "contextEnded"
    UNREGISTERED = "unregistered"
    CLEARED = "cleared"
    PENDING = "pending"
    OVER = "over"

    @property
    def is_certain(self) -> bool:
        """Whether everything that happened is in the store, except what retention has deleted."""
        return self in (State.LIVE, State.BROWSER)

    @property
    def is_gap(self) -> bool:
        """Whether something may have happened that the store does not have."""
        return not self.is_certain and self is not State.OVER


MEANINGS = {
    State.LIVE: "recorded live",
    State.BROWSER: "recorded by the browser while no recorder was attached, and replayed",
    State.NEVER_RECORDED: "not recorded before",
    State.LAPSED: "recording lapsed, three days after it was last switched on",
    State.SWITCHED_OFF: "recording was switched off",
    State.CONTEXT_ENDED: "a browser context ended before it could be read",
    State.UNREGISTERED: "a worker was unregistered, and its events were deleted with it",
    State.CLEARED: "the browser's log was cleared by another client",
    State.PENDING: "no recorder is attached; what the browser records by itself is read when recording starts again",
    State.OVER: "the browser and its profile are gone",
}


class Interval(msgspec.Struct, frozen=True, kw_only=True):
    """From ``begin`` to ``end``, both UTC, for one service in one kind of browser context of a source."""

    context_kind: str
    service: str
    begin: datetime
    end: datetime
    state: State
    detail: str = ""
    """Such as the scope of a worker that was unregistered."""


TOGETHER = timedelta(seconds=1)
"""A browser switches its services on and off one after the other: what differs by less is at the same time."""


def together(found: Iterable[Interval]) -> list[list[Interval]]:
    """What is one interval to a reader: the same time and reason in several services, the earliest first."""
    groups: list[list[Interval]] = []
    for interval in sorted(found, key=lambda interval: interval.begin):
        for group in reversed(groups):
            if interval.begin - group[0].begin >= TOGETHER:
                groups.append([interval])
                break
            if is_same(group[0], interval):
                group.append(interval)
                break
        else:
            groups.append([interval])
    return groups


def is_same(one: Interval, other: Interval) -> bool:
    reasons = [(each.context_kind, each.state, each.detail) for each in (one, other)]
    return reasons[0] == reasons[1] and abs(one.end - other.end) < TOGETHER


class Series(msgspec.Struct, frozen=True, kw_only=True):
    """One service in one kind of browser context, and until when it was seen: the next recorder continues there."""

    context_kind: str
    service: str
    seen_until: datetime
    armed_until: datetime | None
    """When the browser stops recording by itself; None if it did not record."""
    is_over: bool = False
    """Whether the browser and its profile are gone permanently."""

    def interval(self, begin: datetime, end: datetime, state: State, detail: str = "") -> Interval:
        return Interval(
            context_kind=self.context_kind, service=self.service, begin=begin, end=end, state=state, detail=detail
        )


class Coverage(msgspec.Struct, frozen=True, kw_only=True):
    """What the recorders of one source wrote down."""

    source: str
    intervals: Sequence[Interval]
    series: Sequence[Series]
    host: str = ""
    """The machine of the last of them; empty if unknown."""
    profile: str = ""
    """The user data folder of its browser, there; empty if unknown."""


class Tail(msgspec.Struct, frozen=True, kw_only=True):
    """The newest event of a registration: the next replay has it again, or the browser's log was tampered with."""

    service: str
    registration_id: str
    timestamp: datetime
    scope: str


class Interruption(msgspec.Struct, frozen=True, kw_only=True):
    """A time for which a service did not record though it was observed."""

    begin: datetime
    end: datetime | None
    """None if it continues."""
    state: State
    detail: str = ""
    """Such as who did it, if that is known."""


class Sighting(msgspec.Struct, frozen=True, kw_only=True):
    """One service of one browser context, as it is observed."""

    browser_context: str
    context_kind: str
    service: str
    was_recording: bool
    """As it was found."""
    recording_since: datetime | None
    """When this recorder first switched it on, or found it on; None if it never did."""
    armed_until: datetime | None
    is_observed: bool
    """Whether its session is alive and the replay is complete: then every event until now was reported."""
    interruptions: tuple[Interruption, ...] = ()


Pair = tuple[datetime, datetime]
"""Begin and end."""


def uncovered(covers: Iterable[Pair], begin: datetime, end: datetime) -> Iterator[Pair]:
    """The parts of an interval that no cover reaches, in order."""
    for cover_begin, cover_end in sorted(covers):
        if cover_begin >= end:
            break
        if cover_begin > begin:
            yield begin, cover_begin
        begin = max(begin, cover_end)
    if begin < end:
        yield begin, end
