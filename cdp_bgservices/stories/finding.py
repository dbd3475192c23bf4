"""How an event finds its lane."""

from collections import OrderedDict, deque
from collections.abc import Iterable

from cdp_bgservices.events import Event
from cdp_bgservices.identity import Context, Contexts, Identity, context_of, registration_of
from cdp_bgservices.stories.lanes import OpenLane, Phase
from cdp_bgservices.stories.transitions import nameless_push
from cdp_bgservices.stories.values import Endings
from cdp_bgservices.vocabulary.event_names import HANDLER, Transition

MOST_OPEN = 20_000
"""Lanes that are remembered at a time; of more, the one that was silent the longest is let go."""


class OpenLanes:
    """By identity and browser context."""

    def __init__(self, endings: Endings) -> None:
        self.endings = endings
        self.contexts = Contexts()
        self.by_identity: dict[Identity, dict[Context, list[OpenLane]]] = {}
        self.by_silence: OrderedDict[int, OpenLane] = OrderedDict()
        """By ``id()``; the one that was silent the longest comes first."""
        self.dispatched: dict[Context, int] = {}
        """When a background sync was dispatched last, by context."""
        self.pushes: dict[Identity, deque[OpenLane]] = {}
        """Those whose handler runs, by context and registration. The one that showed nothing for the longest comes
        first."""

    def find(self, identity: Identity, event: Event, now: int, transition: Transition) -> OpenLane | None:
        context = context_of(event)
        self.contexts.see(context, now)
        by_context = self.by_identity.get(identity)
        if by_context is None:
            return None
        if nameless_push(event):
            return one_that_ends(by_context.get(context, []), transition)
        if lanes := by_context.get(context):
            return lanes[-1]
        former = [lanes[-1] for other, lanes in by_context.items() if self.continues(other, context)]
        if transition.begins or not former:
            return None
        lane = max(former, key=lambda lane: (lane.last, lane.head.key))
        self.move(lane, context)
        return lane

    def continues(self, former: Context, later: Context) -> bool:
        return former not in self.endings and self.contexts.continues_in(former, later)

    def keep(self, lane: OpenLane, now: int) -> OpenLane | None:
        """Remember it while a phase of it is open. Returns the one that is let go in its place, if any."""
        lane.last = now
        number = id(lane)
        if not lane.phases:
            if self.by_silence.pop(number, None) is not None:
                self.drop(lane.identity, lane)
            return None
        if number not in self.by_silence:
            self.enter(lane.identity, lane)
            self.by_silence[number] = lane
        self.by_silence.move_to_end(number)
        if len(self.by_silence) <= MOST_OPEN:
            return None
        _, oldest = self.by_silence.popitem(last=False)
        for phase in oldest.phases:
            self.unlink(oldest, phase)
        self.drop(oldest.identity, oldest)
        return oldest

    def move(self, lane: OpenLane, context: Context) -> None:
        """To the context that a restart has made of its own."""
        for identity in lane.identities():
            self.drop(identity, lane)
        lane.context = context
        for identity in lane.identities():
            self.enter(identity, lane)

    def enter(self, identity: Identity, lane: OpenLane) -> None:
        self.by_identity.setdefault(identity, {}).setdefault(lane.context, []).append(lane)

    def drop(self, identity: Identity, lane: OpenLane) -> None:
        by_context = self.by_identity[identity]
        by_context[lane.context].remove(lane)
        if not by_context[lane.context]:
            del by_context[lane.context]
        if not by_context:
            del self.by_identity[identity]

    def link(self, lane: OpenLane, phase: Phase) -> None:
        """Let others find the lane by a phase's alias."""
        if phase.alias is not None and phase.is_shown:
            self.enter(phase.alias, lane)
        elif phase.alias is not None:
            self.pushes.setdefault(phase.alias, deque()).append(lane)

    def unlink(self, lane: OpenLane, phase: Phase) -> None:
        if phase.alias is not None and phase.is_shown:
            self.drop(phase.alias, lane)
        elif phase.alias is not None:
            self.pushes[phase.alias].remove(lane)
            if not self.pushes[phase.alias]:
                del self.pushes[phase.alias]

    def showing_push(self, event: Event) -> OpenLane | None:
        """The push whose handler shows a notification now. Another push, if one runs, shows the next one."""
        lanes = self.pushes.get(registration_in_context(event))
        if not lanes:
            return None
        lane = lanes[0]
        lanes.rotate(-1)
        return lane


def one_that_ends(pushes: Iterable[OpenLane], transition: Transition) -> OpenLane | None:
    """Of those without a message id, the oldest one that the event may belong to."""
    slots = transition.closes or (HANDLER,)
    return None if transition.begins else next((lane for lane in pushes if any(map(lane.phase, slots))), None)


def registration_in_context(event: Event) -> Identity:
    return event.browser_context, *registration_of(event)
