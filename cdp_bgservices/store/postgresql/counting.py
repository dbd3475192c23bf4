"""Counts of events and of their values; and all that a query takes, as long as these are not too many."""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from cdp_bgservices.events import Event, from_microseconds
from cdp_bgservices.query import Query
from cdp_bgservices.store.fact_words import FACTS, delay_in, fact_columns, fact_names, place_after
from cdp_bgservices.store.postgresql.analysis import Analysis
from cdp_bgservices.store.postgresql.conditions import conditions
from cdp_bgservices.store.postgresql.failure_filter import FAILED
from cdp_bgservices.store.postgresql.joining import numbered, with_details
from cdp_bgservices.store.postgresql.rows import unescaped
from cdp_bgservices.store.values import FactPlace, FieldCounts, StoreStatistics

if TYPE_CHECKING:
    from cdp_bgservices.stories.numbers import Fact


class Counting(Analysis):
    """A part of the engine."""

    def count(self, query: Query, most: int) -> int:
        sql, values = self.where(query, (0, self.cursor()))
        rows = self.rows(
            f"SELECT count(*) FROM (SELECT 1 FROM bgservices.events WHERE {sql} LIMIT %s) AS found", [*values, most + 1]
        )
        return int(rows[0][0])

    def up_to(self, query: Query, most: int) -> list[Event] | None:
        if self.count(query, most) > most:
            return None
        sql, values = self.where(query, (0, self.cursor()))
        inner = f"SELECT * FROM bgservices.events WHERE {sql} ORDER BY timestamp, seq LIMIT %s"
        rows = self.rows(with_details(inner), [*values, most + 1])
        return None if len(rows) > most else [event for _, event in numbered(rows)]

    def values(self, query: Query, fields: Sequence[str], after: int, until: int) -> FieldCounts:
        """Each field by itself: how they come together takes far more memory, and most of the time."""
        self.read_settings()
        sql, values = self.where(query, (after, until))
        counted = " UNION ALL ".join(
            f"SELECT {place}, {field}, count(*) FROM chosen WHERE {field} <> '' GROUP BY {field}"
            for place, field in enumerate(fields)
        )
        rows = self.rows(
            f"WITH chosen AS MATERIALIZED (SELECT {', '.join(fields)} FROM bgservices.events WHERE {sql}) {counted}",
            values,
        )
        counts: FieldCounts = {field: Counter() for field in fields}
        for place, text, number in rows:
            counts[fields[place]][unescaped(text)] = number
        return counts

    def changed_hours(self, after: int, until: int) -> set[int]:
        self.read_settings()
        where = self.where(Query(), (after, until))
        hour = "floor(extract(epoch FROM timestamp) / 3600)::bigint"
        rows = self.rows(f"SELECT DISTINCT {hour} FROM bgservices.events WHERE {where.sql}", where.values)
        return {hour for (hour,) in rows}

    def facts(self, query: Query, place: FactPlace) -> "tuple[list[Fact], FactPlace]":
        """In the order of commits, which is also the order of time for events of one browser; by time after an
        import, whose order may differ, and where an index leads to a few.
        """
        deciding, names = fact_names()
        cursor, ordered = self.cursor(), place.position is not None
        span = (place.until, place.aim if ordered else cursor)
        where = conditions(query, place.oldest, span, place.position)
        rows = self.rows(
            f"SELECT {fact_columns()}, event_name = ANY(%s) AND {FAILED} FROM bgservices.events "
            f"WHERE {where.sql} AND event_name = ANY(%s) "
            f"ORDER BY {'timestamp, seq' if ordered else 'seq'} LIMIT {FACTS}",
            [[*deciding], *where.values, names],
        )
        facts: list[Fact] = [
            (
                *(at, service, name, unescaped(instance), unescaped(registration), unescaped(context)),
                *(is_failure, delay_in(metadata)),
            )
            for at, _, service, name, instance, registration, context, metadata, is_failure in rows
        ]
        return facts, place_after(place, span[1], rows)

    def statistics(self) -> StoreStatistics:
        clears, cursor = self.clears(), self.cursor()
        where = self.where(Query(), (0, cursor))
        rows = self.rows(
            "SELECT service, count(*), min(timestamp), max(timestamp) FROM bgservices.events "
            f"WHERE {where.sql} GROUP BY service",
            where.values,
        )
        return StoreStatistics(
            name=self.name,
            size=self.size(),
            events={unescaped(service): number for service, number, _, _ in rows},
            oldest=from_microseconds(min(oldest for _, _, oldest, _ in rows)) if rows else None,
            newest=from_microseconds(max(newest for _, _, _, newest in rows)) if rows else None,
            retention=self.retention,
            redacts=self.redacts,
            cursor=cursor,
            clears=clears,
        )

    def prepare(self, pause: Callable[[], None]) -> None:
        cursor = self.cursor()
        self.memory.vocabulary.read(self.rows, self.server, cursor, pause)
