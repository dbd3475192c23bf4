"""What one test sees: the events, errors and workers of its browser contexts, from one moment on."""

from cdp_bgservices.browser.open_contexts import OpenContexts
from cdp_bgservices.events import Event
from cdp_bgservices.query import Query
from cdp_bgservices.testing.expected import Expected
from cdp_bgservices.testing.scope import Scope
from cdp_bgservices.thrown import Thrown

__tracebackhide__ = True  # pytest does not show the frames of this module.


class View:
    """The view of one test."""

    def __init__(self, scope: Scope, after: int = 0) -> None:
        self.scope = scope
        self.after = after
        """The store's cursor before the first event of this test."""

    @property
    def open_contexts(self) -> OpenContexts:
        return self.scope.open_contexts

    async def mark(self) -> int:
        """The cursor after everything that the browser reported before this call."""
        await self.scope.settle()
        return await self.scope.store.cursor()

    async def find(self, wanted: Expected, after: int) -> list[Event]:
        stored, sees = self.scope.store.events(self.query(wanted), after=after), self.scope.seeing()
        return [event async for event in stored if sees(event) and wanted.matches(event)]

    async def count_others(self) -> int:
        """How many events occurred in other contexts."""
        stored, sees = self.scope.store.events(self.scope.everywhere(Query()), after=self.after), self.scope.seeing()
        return sum([not sees(event) async for event in stored])

    def query(self, wanted: Expected) -> Query:
        """The part that the store can answer."""
        return self.scope.query(wanted.query)

    async def thrown(self) -> list[Thrown]:
        """What the workers have thrown, as far as it is stored."""
        query = self.query(Expected())
        return list(filter(self.scope.seeing(), await self.scope.store.thrown(query, after=self.after)))
