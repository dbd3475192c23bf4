"""What a test of Playwright's sees: contexts in whichever browsers, as they come."""

from collections.abc import Callable, Collection, Sequence
from typing import TYPE_CHECKING

from cdp_bgservices.errors import InvalidInputError
from cdp_bgservices.events import Event
from cdp_bgservices.pytest_plugin.contexts import Contexts, Place, RunningTest
from cdp_bgservices.query import Query
from cdp_bgservices.recorder import Recorder
from cdp_bgservices.store.trio_store import Store
from cdp_bgservices.testing.scope import Scope
from cdp_bgservices.thrown import Thrown

if TYPE_CHECKING:
    from cdp_bgservices.lab.opening import Lab

__tracebackhide__ = True
"""pytest shows a failed test, and none of the frames here."""


class PlacesScope(Scope):
    """Some contexts, which are looked up each time."""

    def __init__(self, contexts: Contexts, find: Callable[[], Sequence[Place]]) -> None:
        self.all = contexts
        self.find = find

    @property
    def store(self) -> Store:
        return self.all.captures.store

    @property
    def recorders(self) -> Sequence[Recorder]:
        reaches = dict.fromkeys(place.reach for place in self.find())
        return [reach.recorded().recorder for reach in reaches]

    @property
    def contexts(self) -> Collection[str]:
        return {place.context_id for place in self.find()}

    @property
    def lab(self) -> "Lab | None":
        """Raises InvalidInputError where there are several."""
        labs = {id(lab): lab for place in self.find() if (lab := place.reach.lab) and not place.is_over}
        if len(labs) > 1:
            raise InvalidInputError(
                "this test has browser contexts in several labs", "Ask for one of them: bgservices.of(context)."
            )
        return next(iter(labs.values()), None)

    def everywhere(self, query: Query) -> Query:
        return query

    def seeing(self) -> Callable[[Event | Thrown], bool]:
        since = {place.context_id: place.since for place in self.find()}

        def sees(event: Event | Thrown) -> bool:
            moment = since.get(event.browser_context)
            return event.browser_context in since and (moment is None or event.timestamp >= moment)

        return sees

    def ended(self) -> str:
        places = [place for place in self.find() if place.is_used]
        if not places or not all(place.is_over for place in places):
            return ""
        if len(places) > 1:
            return "every browser context of this test was closed"
        return "its browser context was closed" if places[0].closed else "its browser went away"


class OwnScope(PlacesScope):
    """All contexts of a test."""

    where = "the browser contexts of this test"

    def __init__(self, contexts: Contexts, test: RunningTest) -> None:
        def find() -> Sequence[Place]:
            contexts.check(test)
            return contexts.own(test)

        super().__init__(contexts, find)
