"""How many events there were when: counts by service and bucket of time."""

from collections.abc import Iterable

import msgspec

from cdp_bgservices.events import from_microseconds, to_microseconds
from cdp_bgservices.query import Query
from cdp_bgservices.store.sqlite.analysis import Analysis
from cdp_bgservices.store.sqlite.summing import MINUTE, PART
from cdp_bgservices.store.sqlite.sums import BY_MINUTE, BY_TIME, grain_of, sum_in
from cdp_bgservices.store.values import Buckets

MOMENTS = {BY_TIME: f"part * {PART}", BY_MINUTE: f"minute * {MINUTE}"}
"""SQL of when each part of the sums begins."""

Row = tuple[str, int, int, int]
"""A service, a bucket, how many, and how many of them are failures."""


class Histogram(Analysis):
    """A part of the engine."""

    def grain(self, query: Query) -> int:
        return grain_of(query)

    def histogram(self, query: Query, begin: int, width: int, buckets: int) -> tuple[Buckets, Buckets]:
        grain = grain_of(query)
        is_whole = grain and not (begin % grain or width % grain)
        rows = (self.sum_each if is_whole else self.count_each)(query, begin, width, buckets)
        return (
            spread(((service, bucket, number) for service, bucket, number, _ in rows), buckets),
            spread(((service, bucket, failures) for service, bucket, _, failures in rows), buckets),
        )

    def sum_each(self, query: Query, begin: int, width: int, buckets: int) -> list[Row]:
        """Of whole parts that are summed. Some numbers are negative."""
        rows: list[Row] = []
        edges = self.edges_of(query, begin, width, buckets)
        with self.snapshot():
            for sign, table, where in self.pieces_between(query, edges[0], edges[-1], self.cursor(), grain_of(query)):
                moment, number = MOMENTS.get(table, "timestamp"), sum_in(table)
                rows += self.rows(
                    f"SELECT service, ({moment} - ?) / ? AS bucket, {sign} * {number}, "
                    f"{sign} * coalesce({number} FILTER (WHERE failed), 0) "
                    f"FROM {table} WHERE {where.sql} GROUP BY service, bucket",
                    [begin, width, *where.values],
                )
        return rows

    def count_each(self, query: Query, begin: int, width: int, buckets: int) -> list[Row]:
        """Every event of that time is looked at."""
        query = within(query, begin, begin + width * buckets)
        where = self.where(query, self.cursor())
        return self.rows(
            "SELECT service, bucket, sum(number), sum(failed * number) FROM kinds JOIN ("
            f"SELECT kind, (timestamp - ?) / ? AS bucket, count(*) AS number FROM {self.table_for(query)} "
            f"WHERE {where.sql} GROUP BY kind, bucket) ON id = kind GROUP BY service, bucket",
            [begin, width, *where.values],
        )

    def edges_of(self, query: Query, begin: int, width: int, buckets: int) -> list[int]:
        """Where each bucket begins and ends, within retention and what is asked for."""
        oldest, latest = self.oldest_kept(), begin + width * buckets
        if query.since is not None:
            oldest = max(oldest, to_microseconds(query.since))
        if query.before is not None:
            latest = min(latest, to_microseconds(query.before))
        return [min(max(begin + width * number, oldest), latest) for number in range(buckets + 1)]


def within(query: Query, begin: int, end: int) -> Query:
    """What it takes between two moments."""
    first, last = from_microseconds(begin), from_microseconds(end)
    return msgspec.structs.replace(
        query,
        since=first if query.since is None else max(first, query.since),
        before=last if query.before is None else min(last, query.before),
    )


def spread(rows: Iterable[tuple[str, int, int]], buckets: int) -> Buckets:
    counts: Buckets = {}
    for service, bucket, number in rows:
        if number:
            counts.setdefault(service, [0] * buckets)[bucket] += number
    return counts
