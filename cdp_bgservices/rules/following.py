"""What has to have something after it: not fewer than a number, not more."""

from collections import OrderedDict, defaultdict, deque
from collections.abc import Iterable
from datetime import datetime
from heapq import merge
from itertools import takewhile

from cdp_bgservices.events import Event
from cdp_bgservices.identity import SAME, Context, Contexts, Identity, context_of
from cdp_bgservices.query import format_duration
from cdp_bgservices.rules import Outcome, Verdict
from cdp_bgservices.rules.offences import MOST, STILL_OPEN, Offences, not_applicable
from cdp_bgservices.rules.rule import Sequel, either


class Trigger:
    """An ``after``, and how many have followed it."""

    def __init__(self, event: Event, key: Identity) -> None:
        self.event = event
        self.key = key
        self.count = 0
        self.is_exceeded = False


class Following:
    """A Sequel, and every event that may still be followed.

    Each ``then`` belongs to the oldest that still lacks one, else to the oldest that may have one more. Where all have
    enough, it is one too many. A ``then`` without an ``after`` means nothing: that may have come before the recording
    began. Events of one microsecond are in no order, since Chromium's replay has none: they are taken together.
    """

    def __init__(self, rule: Sequel, contexts: Contexts) -> None:
        self.rule = rule
        self.contexts = contexts
        self.moment: list[Event] = []
        """Of the same microsecond, the latest one."""
        self.open: OrderedDict[Trigger, None] = OrderedDict()
        """Those that may be followed, oldest first."""
        self.queues: defaultdict[Identity, dict[Context, deque[Trigger]]] = defaultdict(dict)
        """The same by what the events have in common, and by browser context."""
        self.count = 0
        self.exceeded = 0
        self.lacking = Offences()
        self.surplus = Offences()

    def see(self, event: Event) -> None:
        if self.moment and event.timestamp != self.moment[0].timestamp:
            self.take_moment()
        self.moment.append(event)

    def take_moment(self) -> None:
        moment, self.moment = self.moment, []
        if moment:
            self.expire(moment[0].timestamp)
        for event in moment:
            if any(pattern.matches(event) for pattern in self.rule.after):
                self.begin(event)
        for event in moment:
            if any(pattern.matches(event) for pattern in self.rule.then):
                self.follow(event)
        if self.rule.within is None and self.rule.at_most is not None and not self.rule.shared:
            for event in moment:
                self.let_go(event, self.rule.at_most)

    def begin(self, event: Event) -> None:
        self.count += 1
        trigger = Trigger(event, SAME[self.rule.same](event))
        self.queues[trigger.key].setdefault(context_of(event), deque()).append(trigger)
        self.open[trigger] = None

    def follow(self, event: Event) -> None:
        triggers = self.triggers(event)
        if self.rule.shared:
            chosen = [trigger for trigger in triggers if trigger.event is not event]
        else:
            belongs = self.choose(triggers, event)
            chosen = [] if belongs is None else [belongs]
        if any(self.is_full(trigger) for trigger in chosen):
            self.surplus.add(event)
        for trigger in chosen:
            if self.is_full(trigger) and not trigger.is_exceeded:
                trigger.is_exceeded = True
                self.exceeded += 1
            trigger.count += 1
            if self.rule.at_most is None and trigger.count >= self.rule.at_least:
                self.forget(trigger)

    def choose(self, triggers: Iterable[Trigger], event: Event) -> Trigger | None:
        """The one that the event belongs to; the latest where all have enough. No event follows itself."""
        spare = latest = None
        for trigger in triggers:
            if trigger.event is event:
                continue
            if trigger.count < self.rule.at_least:
                return trigger
            if spare is None and not self.is_full(trigger):
                spare = trigger
            latest = trigger
        return spare or latest

    def let_go(self, event: Event, enough: int) -> None:
        """Of the oldest in its queue those that have enough: a later one tells what is one too many."""
        queue = self.queues.get(SAME[self.rule.same](event), {}).get(context_of(event), deque())
        while len(queue) > 1 and queue[0].count >= enough:
            self.forget(queue[0])

    def forget(self, trigger: Trigger) -> None:
        """It may be followed no longer."""
        del self.open[trigger]
        queues, context = self.queues[trigger.key], context_of(trigger.event)
        queues[context].remove(trigger)
        if not queues[context]:
            del queues[context]
            if not queues:
                del self.queues[trigger.key]

    def is_full(self, trigger: Trigger) -> bool:
        return self.rule.at_most is not None and trigger.count >= self.rule.at_most

    def triggers(self, event: Event) -> Iterable[Trigger]:
        """Those of its own browser context, oldest first. Where there are none, or where it may follow several: also
        earlier ones of contexts that a restart has ended."""
        queues, context = self.queues.get(SAME[self.rule.same](event), {}), context_of(event)
        own = queues.get(context, deque())
        is_alone = not own or (len(own) == 1 and own[0].event is event)
        if not is_alone and not self.rule.shared:
            return own
        former = (
            takewhile(lambda trigger: trigger.event.timestamp < event.timestamp, queue)
            for other, queue in queues.items()
            if other != context and self.contexts.continues_in(other, context)
        )
        return merge(own, *former, key=lambda trigger: trigger.event.timestamp)

    def expire(self, now: datetime) -> None:
        """Those whose time is over. All have the same time, so that the oldest are the first."""
        while self.rule.within is not None and self.open:
            trigger = next(iter(self.open))
            if now - trigger.event.timestamp <= self.rule.within:
                break
            self.forget(trigger)
            if trigger.count < self.rule.at_least:
                self.lacking.add(trigger.event)

    def verdict(self, ended_at: datetime) -> Verdict:
        self.take_moment()
        self.expire(ended_at)
        if not self.count:
            return not_applicable(self.rule, f"no {either(self.rule.after)} occurred")
        left = [trigger.event for trigger in self.open if trigger.count < self.rule.at_least]
        if self.rule.within is None:  # Its deadline is the end of the recording.
            for event in left:
                self.lacking.add(event)
            left.clear()
        if self.lacking.count or self.surplus.count:
            events = sorted(self.lacking.events + self.surplus.events, key=lambda event: event.timestamp)
            return self.tell(Outcome.FAILED, ", ".join(self.reasons()), events)
        if left:
            return self.tell(Outcome.UNDECIDED, f"{len(left)} of {self.count} {STILL_OPEN}", left)
        return self.tell(Outcome.PASSED, "", [])

    def reasons(self) -> list[str]:
        """What is wrong with how many of the triggers."""
        least, most, within = self.rule.at_least, self.rule.at_most, self.rule.within
        in_time = "" if within is None else f" within {format_duration(within)}"
        few = "not followed" if least == 1 else f"followed by fewer than {least}"
        many = f"followed by more than {most}" if most else "followed"
        numbers = ((self.lacking.count, few), (self.exceeded, many))
        return [f"{number} of {self.count} {what}{in_time}" for number, what in numbers if number]

    def tell(self, outcome: Outcome, message: str, events: list[Event]) -> Verdict:
        return Verdict(rule=self.rule.name, outcome=outcome, message=message, events=tuple(events[:MOST]))
