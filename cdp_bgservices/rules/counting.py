"""Presence, absence and number."""

from datetime import datetime

from cdp_bgservices.events import Event
from cdp_bgservices.rules import Outcome, Verdict
from cdp_bgservices.rules.offences import Offences, not_applicable, times
from cdp_bgservices.rules.rule import Count


class Counting:
    """A Count, and what has come of it.

    Where nothing of it may come, it holds only if something else came of the same service, which passes the rule's
    filters: of a service that was never used, nothing comes whatever the rule says.
    """

    def __init__(self, rule: Count) -> None:
        self.rule = rule
        self.came = Offences()
        self.surplus = Offences()
        self.has_acted = False
        """Whether any event of its services came that passes its filters."""

    def notice(self, event: Event) -> bool:
        """Any event of its services; whether it passes the filters."""
        self.has_acted = self.has_acted or self.rule.is_about(event)
        return self.has_acted

    def see(self, event: Event) -> None:
        if any(pattern.matches(event) for pattern in self.rule.counted):
            self.came.add(event)
            if self.rule.at_most is not None and self.came.count > self.rule.at_most:
                self.surplus.add(event)

    def verdict(self, ended_at: datetime) -> Verdict:
        count, rule = self.came.count, self.rule
        if self.surplus.count:
            most = f", {rule.at_most} at most would do" if rule.at_most else ""
            return self.failed(f"came {times(count)}{most}", self.surplus)
        if count < rule.at_least:
            if not count:
                return self.failed("did not come", self.came)
            return self.failed(f"came {times(count)} only, {rule.at_least} at least are needed", self.came)
        if not self.has_acted:
            return not_applicable(rule, f"no event of {' or '.join(rule.services())} came")
        return Verdict(rule=rule.name, outcome=Outcome.PASSED)

    def failed(self, message: str, offences: Offences) -> Verdict:
        return Verdict(rule=self.rule.name, outcome=Outcome.FAILED, message=message, events=tuple(offences.events))
