"""Browser contexts, and which of them were there at the same time."""

from datetime import datetime

from cdp_bgservices.events import Event


class Contexts:
    """When each context was first and last heard of.

    A restart gives the browser's own context another id, and what was registered before goes on in it. Two
    contexts that are there together have nothing in common, though their registrations have equal ids.
    """

    def __init__(self) -> None:
        self.spans: dict[tuple[str, str], tuple[datetime, datetime]] = {}

    def see(self, event: Event) -> None:
        context = event.source, event.browser_context
        first = self.spans[context][0] if context in self.spans else event.timestamp
        self.spans[context] = first, event.timestamp

    def goes_on_in(self, source: str, former: str, later: str) -> bool:
        """Whether the later one may be the former one after a restart: nothing came of that since."""
        return self.spans[source, former][1] <= self.spans[source, later][0]
