"""What has to have a number of something after it: not fewer, not more."""

from collections import defaultdict, deque
from collections.abc import Iterable
from datetime import datetime
from itertools import chain

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


class Numbering:
    """A Sequel with numbers, and every event that may still be followed.

    Each ``then`` belongs to the oldest that still lacks one, else to the oldest that may have one more. Where all have
    enough, it is one too many. If none occurred before, it means nothing: as in ``Following``, which is for the rule
    without numbers. Events of one microsecond are in no order, so they are taken together.
    """

    def __init__(self, rule: Sequel, contexts: Contexts) -> None:
        self.rule = rule
        self.contexts = contexts
        self.moment: list[Event] = []
        """Of the same microsecond, the latest one."""
        self.open: deque[Trigger] = deque()
        """Whose time has not run out, oldest first; only with ``within``."""
        self.queues: defaultdict[Identity, dict[Context, deque[Trigger]]] = defaultdict(dict)
        """Those that may be followed, by what the events have in common and by browser context, oldest first."""
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
        if self.rule.within is None and not self.rule.shared:
            for event in moment:
                self.let_go(event)

    def begin(self, event: Event) -> None:
        self.count += 1
        trigger = Trigger(event, SAME[self.rule.same](event))
        self.queues[trigger.key].setdefault(context_of(event), deque()).append(trigger)
        if self.rule.within is not None:
            self.open.append(trigger)

    def follow(self, event: Event) -> None:
        triggers = self.triggers(event)
        if self.rule.shared:
            chosen = [trigger for trigger in triggers if trigger.event is not event]
        else:
            chosen = [trigger for trigger in (self.choose(triggers, event),) if trigger is not None]
        if any(self.is_full(trigger) for trigger in chosen):
            self.surplus.add(event)
        for trigger in chosen:
            if self.is_full(trigger) and not trigger.is_exceeded:
                trigger.is_exceeded = True
                self.exceeded += 1
            trigger.count += 1

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

    def let_go(self, event: Event) -> None:
        """Of the oldest in its queue those that have enough: a later one tells what is one too many."""
        queue = self.queues.get(SAME[self.rule.same](event), {}).get(context_of(event), deque())
        enough = self.rule.at_least if self.rule.at_most is None else self.rule.at_most
        while len(queue) > 1 and queue[0].count >= enough:
            queue.popleft()

    def is_full(self, trigger: Trigger) -> bool:
        return self.rule.at_most is not None and trigger.count >= self.rule.at_most

    def triggers(self, event: Event) -> Iterable[Trigger]:
        """Those of its own browser context, or else those of contexts that a restart has ended; oldest first."""
        queues, context = self.queues.get(SAME[self.rule.same](event), {}), context_of(event)
        if context in queues:
            return queues[context]
        former = [queue for other, queue in queues.items() if self.contexts.continues_in(other, context)]
        return sorted((trigger for queue in former for trigger in queue), key=lambda trigger: trigger.event.timestamp)

    def expire(self, now: datetime) -> None:
        """Those whose time is over. All have the same time, so that the oldest are the first."""
        while self.rule.within is not None and self.open and now - self.open[0].event.timestamp > self.rule.within:
            trigger = self.open.popleft()
            queues, context = self.queues[trigger.key], context_of(trigger.event)
            queues[context].popleft()
            if not queues[context]:
                del queues[context]
                if not queues:
                    del self.queues[trigger.key]
            if trigger.count < self.rule.at_least:
                self.lacking.add(trigger.event)

    def verdict(self, ended_at: datetime) -> Verdict:
        self.take_moment()
        self.expire(ended_at)
        if not self.count:
            return not_applicable(self.rule, f"no {either(self.rule.after)} occurred")
        waiting = chain.from_iterable(queue for queues in self.queues.values() for queue in queues.values())
        left = [trigger.event for trigger in waiting if trigger.count < self.rule.at_least]
        left.sort(key=lambda event: event.timestamp)
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
