"""Which index leads to the events that a query takes. SQLite itself does not know how many they are."""

from typing import NamedTuple

import msgspec

from cdp_bgservices.query import Query
from cdp_bgservices.store.criteria import Position, Selection, Span, check_text
from cdp_bgservices.store.sqlite.conditions import INSTANCE, KIND, conditions, kind_conditions
from cdp_bgservices.store.sqlite.database import Database

BY_TIME = "events INDEXED BY events_by_timestamp"
BY_KIND = "events INDEXED BY events_by_kind"
BY_INSTANCE = "events INDEXED BY events_by_instance"
TABLE = "events NOT INDEXED"
FEW = 20_000
"""Events that are sorted for each page. Where there are more, those that a query takes come often enough among all."""
MANY = 100_000
"""Events that are looked up one by one. To go through the whole table is quicker than to look up more."""


class Way(NamedTuple):
    """A table with its index, and the WHERE clause that goes with it."""

    table: str
    where: Selection


class Ways(Database):
    """A part of the engine."""

    def way_in_time(self, query: Query, span: Span, after: Position | None = None, oldest: int | None = None) -> Way:
        """For some events of many, in the order of time. ``oldest``: the first timestamp, if not that of retention."""
        check_text(query)
        if oldest is None:
            oldest = self.oldest_kept()
        if query.instance_ids:
            return Way(BY_INSTANCE, conditions(query, oldest, span, after, INSTANCE))
        if kind_conditions(query):
            few = Way(BY_KIND, conditions(without_text(query), oldest, span, after, KIND))
            if self.has_at_most(FEW, few):
                return Way(BY_KIND, conditions(query, oldest, span, after, KIND))
        return Way(BY_TIME, conditions(query, oldest, span, after))

    def way_to_all(self, query: Query, span: Span) -> Way:
        """For all of them, in any order."""
        check_text(query)
        oldest = self.oldest_kept()
        if query.instance_ids:
            return Way(BY_INSTANCE, conditions(query, oldest, span, indexed=INSTANCE))
        if query.text and not self.has_at_most(MANY, self.by_kind(without_text(query), span)):
            return Way(TABLE, conditions(query, oldest, span))
        return self.by_kind(query, span)

    def by_kind(self, query: Query, span: Span, oldest: int | None = None, kinds: Selection | None = None) -> Way:
        """``kinds``: only these, of those that the query takes."""
        check_text(query)
        if oldest is None:
            oldest = self.oldest_kept()
        return Way(BY_KIND, conditions(query, oldest, span, indexed=KIND, kinds=kinds))

    def has_at_most(self, number: int, way: Way) -> bool:
        sql = f"SELECT count(*) FROM (SELECT 1 FROM {way.table} WHERE {way.where.sql} LIMIT ?)"
        return bool(self.rows(sql, [*way.where.values, number + 1])[0][0] <= number)


def without_text(query: Query) -> Query:
    return msgspec.structs.replace(query, text="")
