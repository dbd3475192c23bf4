"""What has to come in an order."""

from datetime import datetime

from cdp_bgservices.events import Event
from cdp_bgservices.identity import SAME, Context, Identity, context_of
from cdp_bgservices.rules import Outcome, Verdict
from cdp_bgservices.rules.offences import Offences, not_applicable, times
from cdp_bgservices.rules.rule import Order

Reached = tuple[int, datetime, int]
"""The place in the order that has come, when, and the place before that moment."""


class Ordering:
    """An Order, and how far each instance has come: a few numbers for each, not its events.

    A recording may begin in the middle, so a place that was left out means nothing; a place that comes after
    a later one does. Another browser context begins again. Events of one microsecond are in no order.
    """

    def __init__(self, rule: Order) -> None:
        self.rule = rule
        self.reached: dict[tuple[Identity, Context], Reached] = {}
        self.late = Offences()
        self.is_compared = False
        """Whether two of the steps occurred in one instance, the first one not last."""

    def see(self, event: Event) -> None:
        place = next((place for place, step in enumerate(self.rule.order) if step.matches(event)), None)
        if place is None:
            return
        owner = SAME[self.rule.same](event), context_of(event)
        highest, moment, before = self.reached.get(owner, (-1, event.timestamp, 0))
        if event.timestamp != moment:
            before = highest
        if place == 0:
            highest = before = 0
        elif place < before:
            self.late.add(event)
        self.is_compared |= place > 0 and highest not in (-1, place)
        self.reached[owner] = max(highest, place), event.timestamp, before

    def verdict(self, ended_at: datetime) -> Verdict:
        if not self.is_compared:
            return not_applicable(self.rule, f"no two of these occurred in one {self.rule.same}")
        if self.late.count:
            outcome, message = Outcome.FAILED, f"out of order {times(self.late.count)}"
        else:
            outcome, message = Outcome.PASSED, ""
        return Verdict(rule=self.rule.name, outcome=outcome, message=message, events=tuple(self.late.events))
