"""How many events there were when: counts by service and bucket of time."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from itertools import pairwise

from cdp_bgservices.events import to_microseconds
from cdp_bgservices.query import Query
from cdp_bgservices.store.criteria import Selection
from cdp_bgservices.store.sqlite.analysis import Analysis
from cdp_bgservices.store.sqlite.failure_filter import failure_condition
from cdp_bgservices.store.sqlite.rows import encode_json
from cdp_bgservices.store.values import Buckets, Times

Row = tuple[str, int, int]
"""A service, a bucket, and how many."""


class Histogram(Analysis):
    """A part of the engine."""

    def histogram(self, query: Query, begin: int, width: int, buckets: int) -> tuple[Buckets, Buckets]:
        if query != Query(services=query.services, since=query.since, before=query.before, failed=query.failed):
            return self.count_each(query, begin, width, buckets)
        edges = self.edges_of(query, begin, width, buckets)
        failed = spread(count_times(self.memory.failure_times.read(self), query.services, edges), buckets)
        if query.failed:
            return failed, failed
        return spread(self.count_in_index(query.services, edges), buckets), failed

    def count_each(self, query: Query, begin: int, width: int, buckets: int) -> tuple[Buckets, Buckets]:
        """Every event is looked at."""
        cursor = self.cursor()
        chosen = self.where(query, cursor)
        fails = Selection("TRUE", []) if query.failed else failure_condition(self.distinct_for(query, cursor))
        rows = self.rows(
            # As a value in place of a filter, SQLite would work out every part of what makes a failure.
            f"SELECT service, (timestamp - ?) / ? AS bucket, count(*), count(*) FILTER (WHERE {fails.sql}) "
            f"FROM events NOT INDEXED WHERE {chosen.sql} AND timestamp >= ? AND timestamp < ? GROUP BY service, bucket",
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
