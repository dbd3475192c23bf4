"""Events to lanes, as a stream."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import groupby

import msgspec

from cdp_bgservices.events import Event, Service, to_microseconds
from cdp_bgservices.failures import Kind, judge
from cdp_bgservices.identity import Identity, context_of, identity_of
from cdp_bgservices.stories.announced import announced, is_early, is_final
from cdp_bgservices.stories.finding import OpenLanes, registration_in_context
from cdp_bgservices.stories.lanes import MOST_PHASES, NOT_RECORDED, OpenLane, Phase
from cdp_bgservices.stories.running import UNKNOWN_END, OpenRun, starts_run
from cdp_bgservices.stories.transitions import (
    label_of,
    nameless_push,
    overlaps,
    phase_name,
    slot_of,
    transition_of,
)
from cdp_bgservices.stories.values import STATES, Endings, Head, Mark, Run, Span, State
from cdp_bgservices.vocabulary.event_names import (
    ANNOUNCED,
    BEGIN,
    END,
    EVERY,
    HANDLER,
    SHOWN,
    WAITING,
    Transition,
    words_of,
)

encode_key = msgspec.json.Encoder().encode

Step = tuple[Head, Mark | Span | Run]
"""A lane, and what happened in it."""
SYNCS = (Service.BACKGROUND_SYNC, Service.PERIODIC_BACKGROUND_SYNC)


def assign(events: Iterable[Event], now: datetime | None = None, endings: Endings | None = None) -> Iterator[Step]:
    """Each event as a Mark in its lane, and each phase as a Span when it ends; at last those that are still open, with
    the end ``None``. A Run when it is over, or at last; of one that goes on again after that the last one is right.

    Events come oldest first; the order of those of one microsecond does not matter. ``now``, if given, tells which
    handlers cannot be running any more.

    Resource handling: memory is bounded by the lanes with an open phase, at most MOST_OPEN, and by the events of one
    microsecond. A lane without one is forgotten; if its instance acts again, the lane has an equal key. A notification
    that a push's handler displayed is in the push's lane until it is closed.
    """
    assignment = Assignment(endings or {})
    for _, together in groupby(events, key=lambda event: event.timestamp):
        first, *others = together
        for event in sorted([first, *others], key=order_of) if others else [first]:
            yield from assignment.add(event)
    yield from assignment.finish(None if now is None else to_microseconds(now))


def order_of(event: Event) -> tuple[int, str]:
    """Among events of one microsecond."""
    return transition_of(event).rank, event.id


class Assignment:
    """The open lanes at one moment of the stream."""

    def __init__(self, endings: Endings) -> None:
        self.open = OpenLanes(endings)

    def add(self, event: Event) -> Iterator[Step]:
        at, transition, identity = to_microseconds(event.timestamp), transition_of(event), identity_of(event)
        lane = self.open.find(identity, event, at, transition)
        if transition.opens == SHOWN:
            if lane is not None and not overlaps(event):
                # One with the tag of another replaces it, and may belong to another push.
                yield from self.close(lane, (slot_of(event, SHOWN),), at, why="replaced")
                yield from self.settle(lane, at)
                lane = lane if lane.phases and lane.identity == identity else None
            lane = self.open.showing_push(event) or lane
        lane = lane or OpenLane(head_of(event, identity), identity)
        kind, reason = judge(event)
        yield lane.head, Mark(event, at, kind, reason)
        yield from self.act(lane, event, transition, at, kind)
        yield from self.settle(lane, at)

    def act(self, lane: OpenLane, event: Event, transition: Transition, at: int, kind: Kind) -> Iterator[Step]:
        if lane.phases:
            yield from self.lose(lane, event, transition, at)
        if transition.opens == HANDLER and event.service == Service.BACKGROUND_SYNC:
            self.open.dispatched[context_of(event)] = at
        if transition.opens == HANDLER and self.is_triggered(lane, at):
            name = f"{phase_name(event, transition, 1)}, by a trigger{NOT_RECORDED}"
            yield lane.head, Span(at, at, name, State.ENDED, 0, event.id)
            if words_of(event.service, event.event_name).run == BEGIN:
                yield lane.head, Run(event.id, event.service, at, at, State.ENDED, UNKNOWN_END, 0)
            return
        coming = lane.phase(ANNOUNCED)
        next_ = (announced(event) or (coming.next if coming else None)) if transition.opens else None
        if event.service == Service.NOTIFICATIONS:
            yield from self.notify(lane, event, at)
        elif lane.head.service == event.service:
            yield from self.follow(lane, event, transition, at, kind, next_)
        waiting = lane.phase(WAITING) if event.service in SYNCS else None
        is_last = transition.opens == WAITING and is_final(event)
        if lane.phases:
            closes = (EVERY,) if is_last else transition.closes
            yield from self.close(lane, [slot_of(event, slot) for slot in closes], at, kind)
        if transition.opens and not is_last:
            yield from self.begin(lane, event, transition, at, next_, waiting)

    def follow(
        self, lane: OpenLane, event: Event, transition: Transition, at: int, kind: Kind, next_: int | None
    ) -> Iterator[Step]:
        """The run of a service that is not the notifications'."""
        role = words_of(event.service, event.event_name).run
        if starts_run(lane.run, role):
            if lane.run is not None and lane.run.end is None:
                lane.run.give_up(at, "registered again" if lane.run.counts else "")
                yield lane.head, lane.run.values()
            lane.run = OpenRun(event, at, counts=bool(role))
        assert lane.run is not None
        lane.run.follow(event, role, transition, at, kind, next_)
        if lane.run.end is not None:
            yield lane.head, lane.run.values()

    def notify(self, lane: OpenLane, event: Event, at: int) -> Iterator[Step]:
        """What becomes of a notification of which nothing else is known; and a click."""
        role = words_of(event.service, event.event_name).run
        shown = [phase for phase in lane.phases if phase.slot == slot_of(event, SHOWN)]
        if event.event_name == "Notification clicked" and shown:
            shown[-1].is_clicked = True
        elif not shown and not transition_of(event).opens:
            said = "closed" if role == END else "clicked"
            yield lane.head, Run(event.id, event.service, at, at, State.ENDED, said, 0, counts=role == END)

    def begin(
        self, lane: OpenLane, event: Event, transition: Transition, at: int, next_: int | None, waiting: Phase | None
    ) -> Iterator[Step]:
        slot = slot_of(event, transition.opens)
        if not overlaps(event):
            yield from self.close(lane, (slot,), at)
        if len(lane.phases) >= MOST_PHASES:
            yield from self.let_go(lane, lane.phases[0])
        alias = None
        if slot == HANDLER:
            alias = registration_in_context(event) if event.service == Service.PUSH_MESSAGING else None
        elif transition.opens == SHOWN and lane.identity != identity_of(event):
            alias = identity_of(event)
        attempts = lane.run.attempts if lane.run is not None else 1
        name = phase_name(event, transition, attempts)
        phase = Phase(slot, at, name, lane.free_row(), event.id, alias, next_)
        phase.resumes = waiting if slot == HANDLER else None
        lane.phases.append(phase)
        self.open.link(lane, phase)
        if phase.is_shown:
            yield lane.head, phase.shown()

    def close(
        self, lane: OpenLane, slots: Iterable[str], at: int, kind: Kind = Kind.GOING_ON, why: str = "closed"
    ) -> Iterator[Step]:
        """The oldest phase of each slot, of notifications the newest."""
        for slot in slots:
            if slot == EVERY:
                found = [phase for phase in lane.phases if not phase.is_shown]
            else:
                found = [phase for phase in lane.phases if phase.slot == slot]
                found = found[-1:] if slot.startswith(SHOWN) else found[:1]
            for phase in found:
                self.take(lane, phase)
                if phase.slot != ANNOUNCED:
                    yield lane.head, phase.over(at, STATES[kind])
                if phase.is_shown:
                    yield lane.head, phase.shown(at, why)

    def is_triggered(self, lane: OpenLane, at: int) -> bool:
        """Whether a sync is dispatched before its time."""
        waiting = lane.phase(WAITING)
        return waiting is not None and is_early(at, waiting.next)

    def lose(self, lane: OpenLane, event: Event, transition: Transition, at: int) -> Iterator[Step]:
        """Handlers that cannot be running any more: something else begins, or it is too late."""
        begins = transition.begins or transition.opens == HANDLER
        ends = not begins and (HANDLER in transition.closes or EVERY in transition.closes)
        for phase in [phase for phase in lane.phases if phase.is_handler]:
            is_own = event.service == lane.head.service
            if (begins and is_own) or (at - phase.begin > lane.limit() and not (ends and is_own)):
                self.take(lane, phase)
                yield lane.head, lane.lost(phase)
                if lane.run is not None:
                    yield lane.head, lane.run.values()

    def let_go(self, lane: OpenLane, phase: Phase) -> Iterator[Step]:
        """Its end will not be known."""
        self.take(lane, phase)
        if phase.slot != ANNOUNCED:
            yield lane.head, phase.stays()

    def take(self, lane: OpenLane, phase: Phase) -> None:
        lane.phases.remove(phase)
        self.open.unlink(lane, phase)

    def settle(self, lane: OpenLane, at: int) -> Iterator[Step]:
        """After an event: the lane is remembered while it has an open phase, perhaps in another's place."""
        if not lane.phases and lane.run is not None and lane.run.end is None:
            yield lane.head, lane.run.values()
        left = self.open.keep(lane, at)
        if left is not None:
            yield from self.leave(left, at)

    def leave(self, lane: OpenLane, now: int | None) -> Iterator[Step]:
        ended, dispatched = self.open.endings.get(lane.context), self.open.dispatched.get(lane.context, 0)
        yield from ((lane.head, step) for step in lane.left(now, ended, dispatched))

    def finish(self, now: int | None) -> Iterator[Step]:
        for lane in self.open.by_silence.values():
            yield from self.leave(lane, now)


def head_of(event: Event, identity: Identity) -> Head:
    own = (event.id,) if nameless_push(event) else ()
    key = encode_key((event.browser_context, *identity, *own)).decode()
    scope = event.scope or ""
    return Head(key, event.service, event.origin, scope, label_of(event), event.source, event.browser_context)
