"""How many events there were when: counts by service and bucket of time."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from itertools import pairwise

from cdp_bgservices.events import from_microseconds, to_microseconds
from cdp_bgservices.query import Query
from cdp_bgservices.store.criteria import Selection
from cdp_bgservices.store.sqlite.analysis import Analysis
from cdp_bgservices.store.sqlite.failure_filter import FAILED, failure_condition
from cdp_bgservices.store.sqlite.rows import encode_json
from cdp_bgservices.store.sqlite.summing import MINUTE, PART
from cdp_bgservices.store.sqlite.sums import BY_MINUTE, BY_TIME, grain_of, sum_in
from cdp_bgservices.store.values import Buckets, Times

IN_SUMS = {BY_TIME: (f"part * {PART}", "failed"), BY_MINUTE: (f"minute * {MINUTE}", "failed")}
"""SQL of the moment at which each part begins, and of whether it has failures only."""

Row = tuple[str, int, int]
"""A service, a bucket, and how many."""


class Histogram(Analysis):
    """A part of the engine."""

    def grain(self, query: Query) -> int:
        return grain_of(query)

    def histogram(self, query: Query, begin: int, width: int, buckets: int) -> tuple[Buckets, Buckets]:
        grain = grain_of(query)
        if grain and not (begin % grain or width % grain):
            return self.sum_each(query, begin, width, buckets)
        if grain != MINUTE:
            return self.count_each(query, begin, width, buckets)
        edges = self.edges_of(query, begin, width, buckets)
        failed = spread(count_times(self.memory.failure_times.read(self), query.services, edges), buckets)
        if query.failed:
            return failed, failed
        return spread(self.count_in_index(query.services, edges), buckets), failed

    def sum_each(self, query: Query, begin: int, width: int, buckets: int) -> tuple[Buckets, Buckets]:
        """Of whole parts that are summed."""
        rows: list[tuple[str, int, int, int]] = []
        edges = self.edges_of(query, begin, width, buckets)
        with self.snapshot():
            for sign, table, where in self.pieces_between(query, edges[0], edges[-1], self.cursor(), grain_of(query)):
                moment, failed = IN_SUMS.get(table, ("timestamp", FAILED.sql))
                number = sum_in(table)
                rows += self.rows(
                    f"SELECT service, ({moment} - ?) / ? AS bucket, {sign} * {number}, "
                    f"{sign} * coalesce({number} FILTER (WHERE {failed}), 0) "
                    f"FROM {table} WHERE {where.sql} GROUP BY service, bucket",
                    [begin, width, *where.values],
                )
        return spread((row[:3] for row in rows), buckets), spread(((*row[:2], row[3]) for row in rows), buckets)

    def count_each(self, query: Query, begin: int, width: int, buckets: int) -> tuple[Buckets, Buckets]:
        """Every event of that time is looked at."""
        cursor = self.cursor()
        chosen = self.where(query, cursor)
        fails = Selection("TRUE", []) if query.failed else failure_condition(self.distinct_for(query, cursor))
        way = self.way_to(Query(since=from_microseconds(begin), before=from_microseconds(begin + width * buckets)))
        rows = self.rows(
            # As a value in place of a filter, SQLite would work out every part of what makes a failure.
            f"SELECT service, (timestamp - ?) / ? AS bucket, count(*), count(*) FILTER (WHERE {fails.sql}) "
            f"FROM {way} WHERE {chosen.sql} AND timestamp >= ? AND timestamp < ? GROUP BY service, bucket",
            [begin, width, *fails.values, *chosen.values, begin, begin + width * buckets],
        )
        return spread((row[:3] for row in rows), buckets), spread(((*row[:2], row[3]) for row in rows), buckets)

    def edges_of(self, query: Query, begin: int, width: int, buckets: int) -> list[int]:
        """Where each bucket begins and ends, within retention and what is asked for."""
        oldest, latest = self.oldest_kept(), begin + width * buckets
        if query.since is not None:
            oldest = max(oldest, to_microseconds(query.since))
        if query.before is not None:
            latest = min(latest, to_microseconds(query.before))
        return [min(max(begin + width * number, oldest), latest) for number in range(buckets + 1)]

    def count_in_index(self, services: Sequence[str], edges: list[int]) -> Iterable[Row]:
        """A stretch of the index for each service and bucket: grouping a million rows would sort them."""
        pairs = encode_json([*pairwise(edges)]).decode()
        sql = (
            "SELECT ?, key, (SELECT count(*) FROM events INDEXED BY events_by_service WHERE service = ? "
            "AND timestamp >= value ->> 0 AND timestamp < value ->> 1) FROM json_each(?)"
        )
        for service in services or self.stored_services():
            yield from self.rows(sql, [service, service, pairs])

    def stored_services(self) -> Iterable[str]:
        """A leap in the index for each."""
        service = self.rows("SELECT min(service) FROM events")[0][0]
        while service is not None:
            yield service
            service = self.rows("SELECT min(service) FROM events WHERE service > ?", [service])[0][0]


def count_times(times: Times, services: Sequence[str], edges: list[int]) -> Iterable[Row]:
    for service, failed in times.items():
        if not services or service in services:
            places = [bisect_left(failed, edge) for edge in edges]
            yield from ((service, bucket, end - start) for bucket, (start, end) in enumerate(pairwise(places)))


def spread(rows: Iterable[Row], buckets: int) -> Buckets:
    counts: Buckets = {}
    for service, bucket, number in rows:
        if number:
            counts.setdefault(service, [0] * buckets)[bucket] += number
    return counts
