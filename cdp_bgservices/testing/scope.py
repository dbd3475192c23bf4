"""What a test sees: some browser contexts of some browsers, from one moment on."""

import warnings
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Sequence
from typing import TYPE_CHECKING

import msgspec
import trio

from cdp_bgservices.browser.open_contexts import OpenContexts
from cdp_bgservices.events import Event
from cdp_bgservices.notification_details import DISPLAYED, notification
from cdp_bgservices.query import Query
from cdp_bgservices.recorder import Recorder
from cdp_bgservices.store.trio_store import Follower, Store
from cdp_bgservices.testing.expected import Expected
from cdp_bgservices.testing.failure import HERE, OTHERS
from cdp_bgservices.thrown import Thrown

if TYPE_CHECKING:
    from cdp_bgservices.lab.opening import Lab

__tracebackhide__ = True  # pytest does not show the frames of this module.


LEARNED_DEADLINE = 3.0
"""Seconds to wait for the details of notifications: a worker may be busy, and others may be displayed."""
OTHERS_DEADLINE = 2.0
"""Seconds for the events of other contexts to be stored, which are only counted."""


class Scope(ABC):
    """Some contexts of some browsers. Both may grow."""

    where = HERE
    """Its name in messages."""
    others = OTHERS
    """How to see other contexts, in messages."""
    lab_remedy = (
        'Mark the test: @pytest.mark.bgservices(lab="{0}"), or lab="all". '
        "If a test makes its contexts itself, ask bgservices.of(context)."
    )
    """How to get a part of the lab, in messages."""

    def __init__(self, store: Store) -> None:
        self.store = store

    @property
    @abstractmethod
    def recorders(self) -> Sequence[Recorder]:
        """The recorders of the browsers."""

    @property
    @abstractmethod
    def contexts(self) -> Collection[str] | None:
        """Their ids; None for all contexts of the browsers."""

    @property
    @abstractmethod
    def lab(self) -> "Lab | None":
        """The lab that the browser was started in, if any."""

    @abstractmethod
    def everywhere(self, query: Query) -> Query:
        """A query of all contexts of these browsers: others may be added while it runs."""

    def follower(self, query: Query, *, after: int) -> Follower:
        """Follow the events of a query after a cursor."""
        return self.store.follower(self.everywhere(query), after=after)

    @abstractmethod
    def seeing(self) -> Callable[[Event | Thrown], bool]:
        """A function that tells whether an event belongs to these contexts, as they are now."""

    def query(self, query: Query) -> Query:
        """A query of these contexts, as they are now."""
        if (contexts := self.contexts) is None:
            return self.everywhere(query)
        # An empty filter would match all contexts.
        return msgspec.structs.replace(self.everywhere(query), browser_contexts=tuple(contexts) or ("none yet",))

    def warn(self, text: str) -> None:
        """Say what does not fail a test, but may be a mistake in it."""
        warnings.warn(text, stacklevel=3)

    @abstractmethod
    def ended(self) -> str:
        """Why no further event can occur; ``""`` if one can."""

    @property
    def open_contexts(self) -> OpenContexts:
        return OpenContexts(
            observer for recorder in self.recorders for observer in recorder.open_contexts(self.contexts).observers
        )

    async def settle(self) -> None:
        """Wait until everything that the browsers reported before this call is stored."""
        for recorder in self.recorders:
            await recorder.settle(self.contexts)

    async def wait_learned(self) -> None:
        """Wait until the details of displayed notifications are stored, or a little while if a worker is silent."""
        with trio.move_on_after(LEARNED_DEADLINE):
            for recorder in self.recorders:
                await recorder.wait_learned(self.contexts)


class BrowserScope(Scope):
    """Contexts of one browser: all of them, or some."""

    recorders: Sequence[Recorder] = ()
    contexts: Collection[str] | None = None
    lab: "Lab | None" = None

    def __init__(self, recorder: Recorder, contexts: Collection[str] | None = None, lab: "Lab | None" = None) -> None:
        super().__init__(recorder.store)
        self.recorder, self.recorders = recorder, [recorder]
        self.contexts, self.lab = contexts, lab

    def everywhere(self, query: Query) -> Query:
        return self.recorder.mine(query)

    def follower(self, query: Query, *, after: int) -> Follower:
        return self.recorder.follower(query, after=after)

    def seeing(self) -> Callable[[Event | Thrown], bool]:
        return lambda event: self.contexts is None or event.browser_context in self.contexts

    def ended(self) -> str:
        return "the browser disconnected" if self.recorder.browser.is_lost else ""


class View:
    """What one test sees: the events, errors and workers of its browser contexts, from one moment on."""

    def __init__(self, scope: Scope, after: int = 0) -> None:
        self.scope = scope
        self.after = after
        """The store's cursor before the first event of this test."""

    async def mark(self) -> int:
        """The cursor after everything that the browser reported before this call."""
        await self.scope.settle()
        return await self.scope.store.cursor()

    async def find(self, wanted: Expected, after: int) -> list[Event]:
        stored, sees = self.scope.store.events(self.scope.query(wanted.query), after=after), self.scope.seeing()
        return [event async for event in stored if sees(event) and wanted.matches(event)]

    async def complete(self, event: Event) -> Event:
        """The event, with its details if it displayed a notification."""
        if (event.service, event.event_name) != DISPLAYED or notification(event):
            return event
        await self.scope.wait_learned()
        found = await self.scope.store.ask(lambda engine: engine.by_id(event.id))
        return found[1] if found else event

    async def count_others(self) -> int:
        """How many events occurred in other contexts. Those that their browsers have reported are waited for."""
        with trio.move_on_after(OTHERS_DEADLINE):
            for recorder in self.scope.recorders:
                await recorder.settle()
        stored, sees = self.scope.store.events(self.scope.everywhere(Query()), after=self.after), self.scope.seeing()
        return sum([not sees(event) async for event in stored])

    async def thrown(self) -> list[Thrown]:
        """What the workers have thrown, as far as it is stored."""
        stored = await self.scope.store.thrown(self.scope.query(Query()), after=self.after)
        return list(filter(self.scope.seeing(), stored))
