"""Events to lanes, as a stream."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import groupby

import msgspec

from cdp_bgservices.events import Event, Service, to_microseconds
from cdp_bgservices.failures import Kind, judge
from cdp_bgservices.identity import Identity, identity_of
from cdp_bgservices.stories.finding import OpenLanes, registration_in_context
from cdp_bgservices.stories.lanes import HANDLER_LIMIT, MOST_PHASES, OpenLane, Phase
from cdp_bgservices.stories.transitions import label_of, overlaps, phase_name, slot_of, transition_of
from cdp_bgservices.stories.values import Head, Mark, Span
from cdp_bgservices.vocabulary.event_names import EVERY, HANDLER, SHOWN, Transition

encode_key = msgspec.json.Encoder().encode

Step = tuple[Head, Mark | Span]
"""A lane, and what happened in it."""


def assign(events: Iterable[Event], now: datetime | None = None) -> Iterator[Step]:
    """Each event as a Mark in its lane, and each phase as a Span when it ends; at last those that are still open, with
    the end ``None``.

    Events come oldest first; the order of those of one microsecond does not matter. ``now``, if given, tells which
    handlers cannot be running any more.

    Resource handling: memory is bounded by the lanes with an open phase, at most MOST_OPEN, and by the events of one
    microsecond. A lane without one is forgotten; if its instance acts again, the lane has an equal key. A notification
    that a push's handler displayed is in the push's lane until it is closed.
    """
    assignment = Assignment()
    for _, together in groupby(events, key=lambda event: event.timestamp):
        first, *others = together
        for event in sorted([first, *others], key=order_of) if others else [first]:
            yield from assignment.add(event)
    for lane in assignment.open.by_silence.values():
        yield from ((lane.head, span) for span in lane.left(None if now is None else to_microseconds(now)))


def order_of(event: Event) -> tuple[int, str]:
    """Among events of one microsecond."""
    return transition_of(event).rank, event.id


class Assignment:
    """The open lanes at one moment of the stream."""

    def __init__(self) -> None:
        self.open = OpenLanes()

    def add(self, event: Event) -> Iterator[Step]:
        at, transition, identity = to_microseconds(event.timestamp), transition_of(event), identity_of(event)
        lane = self.open.find(identity, event, at, begins=transition.begins)
        if transition.opens == SHOWN:
            if lane is not None and not overlaps(event):
                # One with the tag of another replaces it, and may belong to another push.
                yield from self.close(lane, (slot_of(event, SHOWN),), at)
                yield from self.settle(lane, at)
                lane = lane if lane.phases and lane.identity == identity else None
            lane = self.open.showing_push(event) or lane
        lane = lane or OpenLane(head_of(event, identity), identity)
        kind, reason = judge(event)
        yield lane.head, Mark(event, at, kind, reason)
        yield from self.lose(lane, at)
        yield from self.close(lane, [slot_of(event, slot) for slot in transition.closes], at, kind)
        lane.attempts = 0 if transition.resets else lane.attempts
        if transition.opens:
            yield from self.begin(lane, event, transition, at)
        yield from self.settle(lane, at)

    def begin(self, lane: OpenLane, event: Event, transition: Transition, at: int) -> Iterator[Step]:
        slot = slot_of(event, transition.opens)
        if not overlaps(event):
            yield from self.close(lane, (slot,), at)
        if len(lane.phases) >= MOST_PHASES:
            yield lane.head, self.take(lane, lane.phases[0]).over(None)
        alias = None
        if slot == HANDLER:
            lane.attempts += 1
            alias = registration_in_context(event) if event.service == Service.PUSH_MESSAGING else None
        elif transition.opens == SHOWN and lane.identity != identity_of(event):
            alias = identity_of(event)
        phase = Phase(slot, at, phase_name(event, transition, lane.attempts), lane.free_row(), event.id, alias)
        lane.phases.append(phase)
        self.open.link(lane, phase)

    def close(self, lane: OpenLane, slots: Iterable[str], at: int, kind: Kind = Kind.GOING_ON) -> Iterator[Step]:
        """The oldest phase of each slot, of notifications the newest."""
        for slot in slots:
            if slot == EVERY:
                found = [phase for phase in lane.phases if not phase.is_shown]
            else:
                found = [phase for phase in lane.phases if phase.slot == slot]
                found = found[-1:] if slot.startswith(SHOWN) else found[:1]
            for phase in found:
                yield lane.head, self.take(lane, phase).over(at, kind)

    def lose(self, lane: OpenLane, at: int) -> Iterator[Step]:
        """Handlers that cannot be running any more."""
        for phase in [phase for phase in lane.phases if phase.is_handler and at - phase.begin > HANDLER_LIMIT]:
            yield lane.head, self.take(lane, phase).lost()

    def take(self, lane: OpenLane, phase: Phase) -> Phase:
        lane.phases.remove(phase)
        self.open.unlink(lane, phase)
        return phase

    def settle(self, lane: OpenLane, at: int) -> Iterator[Step]:
        """After an event: the lane is remembered while it has an open phase, perhaps in another's place."""
        left = self.open.keep(lane, at)
        if left is not None:
            yield from ((left.head, span) for span in left.left(at))


def head_of(event: Event, identity: Identity) -> Head:
    key = encode_key((event.browser_context, *identity)).decode()
    scope = event.scope or ""
    return Head(key, event.service, event.origin, scope, label_of(event), event.source, event.browser_context)
