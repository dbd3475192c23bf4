"""Counts of events and of their values; and all that a query takes, as long as these are not too many."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from cdp_bgservices.events import Event
from cdp_bgservices.query import Query
from cdp_bgservices.store.postgresql.database import Database
from cdp_bgservices.store.values import FactPlace, FieldCounts, StoreStatistics

if TYPE_CHECKING:
    from cdp_bgservices.stories.numbers import Fact


class Counting(Database):
    """A part of the engine."""

    def count(self, query: Query, most: int) -> int:
        raise NotImplementedError

    def up_to(self, query: Query, most: int) -> list[Event] | None:
        raise NotImplementedError

    def values(self, query: Query, fields: Sequence[str], after: int, until: int) -> FieldCounts:
        raise NotImplementedError

    def facts(self, query: Query, place: FactPlace) -> "tuple[list[Fact], FactPlace]":
        raise NotImplementedError

    def statistics(self) -> StoreStatistics:
        raise NotImplementedError

    def prepare(self, pause: Callable[[], None]) -> None:
        raise NotImplementedError
