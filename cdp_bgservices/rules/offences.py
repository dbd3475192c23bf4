"""The events that speak against a rule: how many, and the first of them."""

from cdp_bgservices.events import Event
from cdp_bgservices.rules import Outcome, Verdict
from cdp_bgservices.rules.rule import Rule

MOST = 20
"""Events that a verdict names; a million of them would not help."""
STILL_OPEN = "still within the deadline when the recording ended"


class Offences:
    """Counts all, keeps a few."""

    def __init__(self) -> None:
        self.count = 0
        self.events: list[Event] = []

    def add(self, event: Event) -> None:
        self.count += 1
        if self.count <= MOST:
            self.events.append(event)


def not_applicable(rule: Rule, message: str) -> Verdict:
    """The verdict on a rule without any event that could break it; the message says what did not occur."""
    if rule.origins or rule.scopes or rule.instance_ids:
        message += " that passes its filters"
    return Verdict(rule=rule.name, outcome=Outcome.NOT_APPLICABLE, message=message)


def times(count: int) -> str:
    """As people say it."""
    return "once" if count == 1 else f"{count} times"
