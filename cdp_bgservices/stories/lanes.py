"""Lanes with open phases."""

from collections.abc import Iterator, Mapping
from math import inf

import msgspec

from cdp_bgservices.events import Service
from cdp_bgservices.identity import Context, Identity
from cdp_bgservices.stories.announced import is_passed_over
from cdp_bgservices.stories.running import OpenRun
from cdp_bgservices.stories.values import Head, Run, Span, State
from cdp_bgservices.vocabulary.event_names import ANNOUNCED, HANDLER, SHOWN, WAITING

SECOND = 1_000_000
HANDLER_LIMITS: Mapping[str, int] = {
    Service.BACKGROUND_SYNC: 300 * SECOND,
    Service.PERIODIC_BACKGROUND_SYNC: 300 * SECOND,
    Service.PUSH_MESSAGING: 90 * SECOND,
}
"""Microseconds after which Chromium lets no handler run any more: a push's kPushEventTimeoutSeconds, and of a sync what
a worker has for any event; its own limit, max_sync_event_duration, is 3 minutes unless a field trial changes it."""
LATE = 10 * SECOND
"""How much later the end of a handler may be reported."""
MOST_PHASES = 64
"""Of one lane at a time. Of more, such as notifications without a tag that are never closed, the oldest is let go."""
NOT_RECORDED = ", its end was not recorded"
CONTEXT_OVER = "the browser context is over"
PASSED_OVER = "not tried again"


class Phase(msgspec.Struct, eq=False):
    """One that is open."""

    slot: str
    """Of a Transition; requests and notifications have one each."""
    begin: int
    name: str
    row: int
    id: str
    alias: Identity | None
    """By which others find the lane: the identity of a notification in the lane of a push, or the context and
    registration of a push whose handler runs."""
    next: int | None = None
    """When it goes on, as far as that is announced."""
    resumes: "Phase | None" = None
    """Of a sync's handler, the waiting that it has ended, which goes on if the handler's end is not recorded: perhaps a
    trigger dispatched it."""
    is_clicked: bool = False
    """Whether the notification that is shown was clicked."""

    @property
    def is_handler(self) -> bool:
        return self.slot == HANDLER

    @property
    def is_shown(self) -> bool:
        return self.slot.startswith(SHOWN)

    @property
    def waits(self) -> bool:
        return self.slot == WAITING or self.name.startswith("scheduled")

    def stays(self) -> Span:
        """As an open one."""
        state = State.WAITING if self.waits else State.IN_PROGRESS
        return Span(self.begin, None, self.name, state, self.row, self.id, self.next)

    def over(self, end: int, state: State = State.ENDED) -> Span:
        return Span(self.begin, end, self.name, state, self.row, self.id)

    def lost(self) -> Span:
        """As a handler whose end was not recorded."""
        return Span(self.begin, self.begin, self.name + NOT_RECORDED, State.ENDED, self.row, self.id)

    def shown(self, end: int | None = None, why: str = "") -> Run:
        """A notification's run, which lasts as long as it is shown."""
        words = "scheduled" if self.waits else "shown"
        state = State.WAITING if self.waits else State.IN_PROGRESS
        if end is not None:
            words, state = f"clicked and {why}" if self.is_clicked and why == "closed" else why, State.ENDED
        next_ = None if end is not None else self.next
        return Run(self.id, Service.NOTIFICATIONS, self.begin, end, state, words, 0, next_, counts=not self.waits)


class OpenLane:
    """An instance, and its open phases."""

    def __init__(self, head: Head, identity: Identity) -> None:
        self.head = head
        self.identity = identity
        self.context: Context = (head.source, head.context)
        """Where it continues now."""
        self.phases: list[Phase] = []
        self.run: OpenRun | None = None
        """The last one, if it is not a notification's."""
        self.last = 0
        """When its last event happened."""

    def identities(self) -> list[Identity]:
        """By which its events find it."""
        return [self.identity, *(phase.alias for phase in self.phases if phase.alias is not None and phase.is_shown)]

    def phase(self, slot: str) -> Phase | None:
        """The oldest one of a slot."""
        return next((phase for phase in self.phases if phase.slot == slot), None)

    def free_row(self) -> int:
        taken = {phase.row for phase in self.phases if phase.slot != ANNOUNCED}
        return next(row for row in range(len(taken) + 1) if row not in taken)

    def limit(self) -> float:
        """Of its handlers, in microseconds."""
        return HANDLER_LIMITS.get(self.head.service, inf) + LATE

    def lost(self, phase: Phase) -> Span:
        """In the place of a handler that was taken out is again what it had ended."""
        former = phase.resumes
        if former is not None:
            next_ = None if former.next is None or former.next <= phase.begin else former.next
            begun = msgspec.structs.replace(former, begin=phase.begin, row=phase.row, id=phase.id, next=next_)
            self.phases.append(begun)
        if self.run is not None:
            self.run.lose(phase.begin, former)
        return phase.lost()

    def left(self, now: int | None, ended: int | None, dispatched: int) -> Iterator[Span | Run]:
        """The open phases at the end of the stream, and their runs. ``ended``: when the browser context was over;
        ``dispatched``: when any sync of it was dispatched last."""
        if ended is not None:
            ended = max(ended, self.last)
        for phase in [phase for phase in self.phases if phase.is_handler]:
            # What an end of the context cuts off, it may have ended before: the log does not say.
            if ended is not None or (now is not None and now - phase.begin > self.limit()):
                self.phases.remove(phase)
                yield self.lost(phase)
                if self.run is not None:
                    yield self.run.values()
        expected = self.run.next if self.run is not None and self.run.has_failed else None
        if self.run is not None and expected is not None and is_passed_over(expected, dispatched):
            yield from (phase.over(expected) for phase in self.phases if phase.waits)
            self.phases = [phase for phase in self.phases if not phase.waits]
            self.run.give_up(expected, PASSED_OVER)
            yield self.run.values()
        for phase in self.phases:
            if phase.slot == ANNOUNCED:
                continue
            yield phase.stays() if ended is None else phase.over(ended)
            if phase.is_shown:
                yield phase.shown(ended, CONTEXT_OVER)
        if self.run is not None and self.run.end is None:
            if ended is not None:
                self.run.give_up(ended, CONTEXT_OVER)
            yield self.run.values()
