"""Lists of events, and how many there are of what: for a viewer, and for summaries."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from cdp_bgservices.events import Event
from cdp_bgservices.query import Query
from cdp_bgservices.store.listing import Listing
from cdp_bgservices.store.values import Buckets, FactPlace, FieldCounts, Health, Numbered, StoreStatistics

if TYPE_CHECKING:
    from cdp_bgservices.stories.numbers import Fact


class Lists(ABC):
    """A part of what every engine answers."""

    @abstractmethod
    def listing(self, query: Query, sort: str, cursor: int, former: Listing | None = None) -> Listing:
        """``sort`` is one of SORTS, ascending. ``former``: the same as of an earlier cursor, to go on from."""

    @abstractmethod
    def page(self, listing: Listing, offset: int, limit: int, *, descending: bool = False) -> list[Numbered]:
        """A part of a listing; fewer, but one at the least, where events are very large. Raises GoneError."""

    @abstractmethod
    def place(self, listing: Listing, found: Numbered, *, descending: bool = False) -> int | None:
        """The offset of an event in a listing; None where it is not in it."""

    @abstractmethod
    def up_to(self, query: Query, most: int) -> list[Event] | None:
        """All events that a query takes, oldest first; None where there are more than ``most``."""

    @abstractmethod
    def count(self, query: Query, most: int) -> int:
        """How many there are; ``most`` + 1 where there are more than that."""

    @abstractmethod
    def values(self, query: Query, fields: Sequence[str], after: int, until: int) -> FieldCounts:
        """What events between two cursors have in these fields, and how often."""

    def grain(self, query: Query) -> int:
        """The width of those parts of the time, from the epoch on, whose events are counted already: microseconds. 0
        where each event has to be looked at.
        """
        return 0

    @abstractmethod
    def histogram(self, query: Query, begin: int, width: int, buckets: int) -> tuple[Buckets, Buckets]:
        """The events, and the failures, of each service that has any; times are in microseconds."""

    @abstractmethod
    def facts(self, query: Query, place: FactPlace) -> "tuple[list[Fact], FactPlace]":
        """The next events as the counting of runs needs them, and the place behind them."""

    @abstractmethod
    def statistics(self) -> StoreStatistics:
        """How much there is of what."""

    def health(self) -> Health | None:
        """How the server is doing; None where there is none."""
        return None

    @abstractmethod
    def size(self) -> int:
        """Bytes on disk."""

    @abstractmethod
    def prepare(self, pause: Callable[[], None]) -> None:
        """Learn what makes later answers quick. ``pause`` is called again and again, and may let others go first."""
