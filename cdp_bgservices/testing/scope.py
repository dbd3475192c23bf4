"""Which browser contexts a test looks at, and in which browsers they are."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Sequence
from typing import TYPE_CHECKING

import msgspec

from cdp_bgservices.browser.open_contexts import OpenContexts
from cdp_bgservices.events import Event
from cdp_bgservices.query import Query
from cdp_bgservices.recorder import Recorder
from cdp_bgservices.store.trio_store import Follower, Store
from cdp_bgservices.thrown import Thrown

if TYPE_CHECKING:
    from cdp_bgservices.lab.opening import Lab

__tracebackhide__ = True
"""pytest shows a failed test, and none of the frames here."""


class Scope(ABC):
    """Some contexts of some browsers. There may be more of both each time."""

    where = "this browser context"
    """What a message calls it."""

    @property
    @abstractmethod
    def store(self) -> Store:
        """Where all of it is recorded."""

    @property
    @abstractmethod
    def recorders(self) -> Sequence[Recorder]:
        """Of the browsers."""

    @property
    @abstractmethod
    def contexts(self) -> Collection[str] | None:
        """Their ids; None is all of the browsers."""

    @property
    @abstractmethod
    def lab(self) -> "Lab | None":
        """What the browser was started in, where it was."""

    @abstractmethod
    def everywhere(self, query: Query) -> Query:
        """A query of these browsers, whichever the context: others may come while it goes on."""

    def follower(self, query: Query, *, after: int) -> Follower:
        """What of it is stored behind a cursor, as it comes."""
        return self.store.follower(self.everywhere(query), after=after)

    @abstractmethod
    def seeing(self) -> Callable[[Event | Thrown], bool]:
        """Whether an event is one of these contexts', as they are now."""

    def query(self, query: Query) -> Query:
        """A query of these contexts, as they are now."""
        if (contexts := self.contexts) is None:
            return self.everywhere(query)
        # A filter of no context would take all of them.
        return msgspec.structs.replace(self.everywhere(query), browser_contexts=tuple(contexts) or ("none yet",))

    @abstractmethod
    def ended(self) -> str:
        """Why nothing more can come; ``""`` where something can."""

    @property
    def open_contexts(self) -> OpenContexts:
        """Those that are open now."""
        return OpenContexts(
            observer for recorder in self.recorders for observer in recorder.open_contexts(self.contexts).observers
        )

    async def settle(self) -> None:
        """Until everything that the browsers have reported before this call is stored."""
        for recorder in self.recorders:
            await recorder.settle(self.contexts)


class BrowserScope(Scope):
    """Contexts of one browser: all of them, or some."""

    def __init__(self, recorder: Recorder, contexts: Collection[str] | None = None, lab: "Lab | None" = None) -> None:
        self.recorder = recorder
        self.chosen = contexts
        self.started_in = lab

    @property
    def store(self) -> Store:
        return self.recorder.store

    @property
    def recorders(self) -> Sequence[Recorder]:
        return [self.recorder]

    @property
    def contexts(self) -> Collection[str] | None:
        return self.chosen

    @property
    def lab(self) -> "Lab | None":
        return self.started_in

    def everywhere(self, query: Query) -> Query:
        return self.recorder.mine(query)

    def follower(self, query: Query, *, after: int) -> Follower:
        return self.recorder.follower(query, after=after)

    def seeing(self) -> Callable[[Event | Thrown], bool]:
        chosen = self.chosen
        return lambda event: chosen is None or event.browser_context in chosen

    def ended(self) -> str:
        return "the browser went away" if self.recorder.browser.connection.lost.is_set() else ""
