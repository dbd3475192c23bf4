"""What the summary of a store says of a query: sums of it, and of events what the sums do not cover.

A sum has whole parts of the time, all that is in the store, and the commits up to a cursor of its own. So events are
counted where a part is not whole, and those between the two cursors.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import msgspec

from cdp_bgservices.events import from_microseconds, to_microseconds
from cdp_bgservices.query import Query
from cdp_bgservices.store.criteria import Selection, Span, every
from cdp_bgservices.store.sqlite.conditions import EVER, IN_TIME, TABLE, conditions, kind_conditions
from cdp_bgservices.store.sqlite.database import Database
from cdp_bgservices.store.sqlite.errors import translate_errors
from cdp_bgservices.store.sqlite.summing import MINUTE, PART, summed_until

NOTHING = Query()
UNSUMMED = ("instance_ids", "text", "limit")
"""Filters that the sums know nothing about."""


class Piece(NamedTuple):
    """Rows of one table, all of which are added or taken away."""

    sign: int
    table: str
    """Of events or of sums. Each has the columns of kinds; BY_MINUTE some of them."""
    where: Selection


EVENTS, UNORDERED = (
    f"(SELECT seq, timestamp, kind FROM {table}) CROSS JOIN kinds ON id = kind" for table in (IN_TIME, TABLE)
)
TOTALS, BY_TIME, BY_MINUTE = (
    "kinds CROSS JOIN sums ON kind = id",
    "kinds CROSS JOIN sums_by_time ON kind = id",
    "sums_by_minute",
)


def is_summed(query: Query) -> bool:
    """Whether the sums know enough to answer it."""
    return all(getattr(query, name) == getattr(NOTHING, name) for name in UNSUMMED)


def grain_of(query: Query) -> int:
    """The width of the parts in which it is summed, in microseconds; 0 where it is not."""
    plain = Query(services=query.services, since=query.since, before=query.before, failed=query.failed)
    return MINUTE if query == plain else PART if is_summed(query) else 0


class Sums(Database):
    """A part of the engine."""

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """What is read within it is of one moment."""
        with translate_errors(self.path):
            if self.connection.in_transaction:
                yield
                return
            self.connection.execute("BEGIN")
            try:
                yield
            finally:
                self.connection.execute("COMMIT")

    def number_of(self, query: Query, cursor: int) -> int:
        """How many events up to a cursor it takes. It is one that is summed."""
        return self.sum_of(query, [], cursor)[()]

    def sum_of(self, query: Query, columns: Sequence[str], cursor: int) -> Counter[tuple[Any, ...]]:
        """The same for each combination of values of these columns of kinds."""
        names = "".join(f"{column}, " for column in columns)
        group = f" GROUP BY {', '.join(columns)}" if columns else ""
        counts: Counter[tuple[Any, ...]] = Counter()
        width = grain_of(query) if {*columns} <= {"service"} else PART
        with self.snapshot():
            for sign, table, where in self.pieces(query, cursor, width):
                sql = f"SELECT {names}coalesce({sum_in(table)}, 0) FROM {table} WHERE {where.sql}{group}"
                for *values, number in self.rows(sql, where.values):
                    counts[tuple(values)] += sign * number
        return +counts

    def pieces(self, query: Query, cursor: int, width: int) -> Iterator[Piece]:
        """Within retention; in sums of parts of this width."""
        oldest = self.oldest_kept()
        if query.since is not None or query.before is not None:
            since = oldest if query.since is None else max(oldest, to_microseconds(query.since))
            before = EVER if query.before is None else to_microseconds(query.before)
            yield from self.pieces_between(query, since, before, cursor, width)
            return
        summed, chosen = summed_until(self.connection), kind_conditions(query)
        yield Piece(1, TOTALS, every(chosen))
        if self.rows("SELECT 1 FROM events WHERE timestamp < ? LIMIT 1", [oldest]):
            first = oldest // PART
            yield Piece(-1, BY_TIME, every([*chosen, Selection("part < ?", [first])]))
            yield Piece(-1, EVENTS, self.between(query, first * PART, oldest, (0, summed)))
        yield from self.later(query, oldest, EVER, summed, cursor)

    def pieces_between(self, query: Query, since: int, before: int, cursor: int, width: int) -> Iterator[Piece]:
        """Between two moments within retention, whatever its own are."""
        if since < before:
            summed = summed_until(self.connection)
            yield from self.within(query, since, before, summed, width)
            yield from self.later(query, since, before, summed, cursor)

    def within(self, query: Query, since: int, before: int, summed: int, width: int) -> Iterator[Piece]:
        """Whole parts of a time, and what is left of it at both ends."""
        table, part = (BY_MINUTE, "minute") if width == MINUTE else (BY_TIME, "part")
        first, last = -(-since // width), before // width
        if first >= last:
            yield Piece(1, EVENTS, self.between(query, since, before, (0, summed)))
            return
        time = Selection(f"{part} >= ? AND {part} < ?", [first, last])
        yield Piece(1, table, every([*kind_conditions(query), time]))
        for begin, end in ((since, first * width), (last * width, before)):
            if begin < end:
                yield Piece(1, EVENTS, self.between(query, begin, end, (0, summed)))

    def later(self, query: Query, since: int, before: int, summed: int, cursor: int) -> Iterator[Piece]:
        """What was committed between the cursor of the sums and another one."""
        begin, end = sorted((summed, cursor))
        if begin < end:
            seqs = Selection("seq > ? AND seq <= ?", [begin, end])
            where = every([seqs, self.between(query, since, before, (begin, end))])
            yield Piece(1 if cursor > summed else -1, UNORDERED, where)

    def between(self, query: Query, since: int, before: int, span: Span) -> Selection:
        """Two moments, whatever its own are."""
        until = None if before == EVER else from_microseconds(before)
        return conditions(msgspec.structs.replace(query, since=None, before=until), since, span)


def sum_in(table: str) -> str:
    """How many events are in rows of a table."""
    return "sum(number)" if table in (TOTALS, BY_TIME, BY_MINUTE) else "count(*)"
