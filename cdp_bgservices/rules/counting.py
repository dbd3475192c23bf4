"""Presence, absence and number."""

from datetime import datetime

from cdp_bgservices.events import Event
from cdp_bgservices.rules import Outcome, Verdict
from cdp_bgservices.rules.offences import Offences, not_applicable, times
from cdp_bgservices.rules.rule import Count


class Counting:
    """A Count, and the events that it counted.

    A rule that forbids events passes only if another event of the same service occurred that passes the rule's filters:
    a service that was never used proves nothing.
    """

    def __init__(self, rule: Count) -> None:
        self.rule = rule
        self.counted = Offences()
        self.surplus = Offences()
        self.has_acted = False
        """Whether any event of its services occurred that passes its filters."""

    def notice(self, event: Event) -> bool:
        """Any event of its services; whether it passes the filters."""
        self.has_acted = self.has_acted or self.rule.is_about(event)
        return self.has_acted

    def see(self, event: Event) -> None:
        if any(pattern.matches(event) for pattern in self.rule.counted):
            self.counted.add(event)
            if self.rule.at_most is not None and self.counted.count > self.rule.at_most:
                self.surplus.add(event)

    def verdict(self, ended_at: datetime) -> Verdict:
        count, rule = self.counted.count, self.rule
        if self.surplus.count:
            most = f", at most {rule.at_most} allowed" if rule.at_most else ""
            return self.failed(f"occurred {times(count)}{most}", self.surplus)
        if count < rule.at_least:
            if not count:
                return self.failed("did not occur", self.counted)
            return self.failed(f"occurred {times(count)}, at least {rule.at_least} required", self.counted)
        if not self.has_acted:
            return not_applicable(rule, f"no event of {' or '.join(rule.services())} occurred")
        return Verdict(rule=rule.name, outcome=Outcome.PASSED)

    def failed(self, message: str, offences: Offences) -> Verdict:
        return Verdict(rule=self.rule.name, outcome=Outcome.FAILED, message=message, events=tuple(offences.events))
