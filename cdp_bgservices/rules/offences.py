"""The events that speak against a rule: how many, and the first of them."""

from cdp_bgservices.events import Event

MOST = 20
"""Events that a verdict names; a million of them would be no help."""

NOTHING = "nothing came that it is about"
"""Why a rule passes that might as well not be there."""


class Offences:
    """Counts all, keeps a few."""

    def __init__(self) -> None:
        self.count = 0
        self.events: list[Event] = []

    def add(self, event: Event) -> None:
        self.count += 1
        if self.count <= MOST:
            self.events.append(event)


def times(count: int) -> str:
    """As people say it."""
    return "once" if count == 1 else f"{count} times"
