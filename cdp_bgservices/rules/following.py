"""What has to have something after it."""

from collections import OrderedDict, defaultdict, deque
from datetime import datetime

from cdp_bgservices.events import Event
from cdp_bgservices.identity import SAME, Context, Contexts, Identity, context_of
from cdp_bgservices.query import format_duration
from cdp_bgservices.rules import Outcome, Verdict
from cdp_bgservices.rules.offences import STILL_OPEN, Offences, not_applicable
from cdp_bgservices.rules.rule import Sequel, either

Owner = tuple[Identity, Context]
"""What two events need to have in common, and a browser context."""


class Following:
    """A Sequel, and every event that still waits for the one after it.

    A ``then`` without an ``after`` means nothing: that may have come before the recording began. Events of one
    microsecond are in no order, since Chromium's replay has none for them.
    """

    def __init__(self, rule: Sequel, contexts: Contexts) -> None:
        self.rule = rule
        self.contexts = contexts
        self.waiting: OrderedDict[int, tuple[Event, Owner]] = OrderedDict()
        """By number, oldest first."""
        self.queues: defaultdict[Identity, dict[Context, deque[int]]] = defaultdict(dict)
        """The same numbers by what the events have in common, and by browser context."""
        self.now: datetime | None = None
        self.early: dict[Owner, int] = {}
        """How many of this very moment have followed nothing yet, or, where they are shared, have come."""
        self.count = 0
        self.late = Offences()

    def see(self, event: Event) -> None:
        if event.timestamp != self.now:
            self.now = event.timestamp
            self.early.clear()
            self.expire(event.timestamp)
        owner = SAME[self.rule.same](event), context_of(event)
        follows = any(pattern.matches(event) for pattern in self.rule.then)
        used = follows and self.close(owner)
        if any(pattern.matches(event) for pattern in self.rule.after):
            self.open(owner, event)
        # Only now: no event follows itself.
        if follows and (self.rule.shared or not used):
            self.early[owner] = self.early.get(owner, 0) + 1

    def open(self, owner: Owner, event: Event) -> None:
        self.count += 1
        if self.early.get(owner):
            if not self.rule.shared:
                self.early[owner] -= 1
            return
        key, context = owner
        self.waiting[self.count] = event, owner
        self.queues[key].setdefault(context, deque()).append(self.count)

    def close(self, owner: Owner) -> bool:
        """The oldest that waits, or all if it is shared, wait no longer; returns whether there was one."""
        found = False
        while (former := self.oldest(owner)) is not None:
            self.take(former)
            found = True
            if not self.rule.shared:
                break
        return found

    def oldest(self, owner: Owner) -> Owner | None:
        """Where the oldest waits: in its own browser context, or else in one that a restart has ended."""
        key, context = owner
        queues = self.queues.get(key, {})
        if context in queues:
            return owner
        heads = [(queue[0], former) for former, queue in queues.items() if self.contexts.continues_in(former, context)]
        return (key, min(heads)[1]) if heads else None

    def take(self, owner: Owner) -> Event:
        """The oldest that waits there, which waits no longer."""
        key, context = owner
        queue = self.queues[key][context]
        event, _ = self.waiting.pop(queue.popleft())
        if not queue:
            del self.queues[key][context]
            if not self.queues[key]:
                del self.queues[key]
        return event

    def expire(self, now: datetime) -> None:
        """Those whose time is over. All have the same time, so that the oldest are the first."""
        while self.rule.within is not None and self.waiting:
            event, owner = next(iter(self.waiting.values()))
            if now - event.timestamp <= self.rule.within:
                break
            self.late.add(self.take(owner))

    def verdict(self, ended_at: datetime) -> Verdict:
        self.expire(ended_at)
        left = Offences()
        for event, _ in self.waiting.values():
            left.add(event)
        if not self.count:
            return not_applicable(self.rule, f"no {either(self.rule.after)} occurred")
        if self.rule.within is None:
            # Its deadline is the end of the recording.
            return self.tell(Outcome.FAILED if left.count else Outcome.PASSED, left, "not followed")
        if self.late.count:
            return self.tell(Outcome.FAILED, self.late, f"not followed within {format_duration(self.rule.within)}")
        if left.count:
            return self.tell(Outcome.UNDECIDED, left, STILL_OPEN)
        return self.tell(Outcome.PASSED, left, "")

    def tell(self, outcome: Outcome, offences: Offences, what: str) -> Verdict:
        message = f"{offences.count} of {self.count} {what}" if offences.count else ""
        return Verdict(rule=self.rule.name, outcome=outcome, message=message, events=tuple(offences.events))
