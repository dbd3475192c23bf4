"""How many events there were when: counts by service and bucket of time."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from itertools import pairwise

from cdp_bgservices.events import to_microseconds
from cdp_bgservices.query import Query
from cdp_bgservices.store.sqlite.conditions import where
from cdp_bgservices.store.sqlite.database import Database
from cdp_bgservices.store.sqlite.distinct_values import DistinctValues
from cdp_bgservices.store.sqlite.failure_filter import failure_condition
from cdp_bgservices.store.sqlite.rows import encode_json
from cdp_bgservices.store.sqlite.sql import Selection
from cdp_bgservices.store.values import Buckets, Times

Row = tuple[str, int, int]
"""A service, a bucket, and how many."""


def is_plain(query: Query) -> bool:
    """Whether it asks for services, times and failures only: of these it is known when they were."""
    return query == Query(services=query.services, since=query.since, before=query.before, failed=query.failed)


def count_known(
    database: Database, query: Query, begin: int, width: int, buckets: int, times: Times
) -> tuple[Buckets, Buckets]:
    """``count_each`` of a plain query, by the index and by the ``times`` of failures."""
    edges = edges_of(database, query, begin, width, buckets)
    failed = spread(count_times(times, query.services, edges), buckets)
    if query.failed:
        return failed, failed
    return spread(count_in_index(database, query.services, edges), buckets), failed


def count_each(
    database: Database, query: Query, begin: int, width: int, buckets: int, cursor: int, distinct: DistinctValues | None
) -> tuple[Buckets, Buckets]:
    """The events and the failures of each service that has any between ``begin`` and the end of the last bucket, in
    microseconds, up to a cursor; every event is looked at."""
    chosen = where(database, query, cursor, distinct)
    fails = Selection("TRUE", []) if query.failed else failure_condition(distinct)
    rows = database.rows(
        # As a value in place of a filter, SQLite would work out every part of what makes a failure.
        f"SELECT service, (timestamp - ?) / ? AS bucket, count(*), count(*) FILTER (WHERE {fails.sql}) "
        f"FROM events NOT INDEXED WHERE {chosen.sql} AND timestamp >= ? AND timestamp < ? GROUP BY service, bucket",
        [begin, width, *fails.values, *chosen.values, begin, begin + width * buckets],
    )
    return spread((row[:3] for row in rows), buckets), spread(((*row[:2], row[3]) for row in rows), buckets)


def edges_of(database: Database, query: Query, begin: int, width: int, buckets: int) -> list[int]:
    """Where each bucket begins and ends, within retention and what is asked for."""
    oldest, latest = database.oldest_kept(), begin + width * buckets
    if query.since is not None:
        oldest = max(oldest, to_microseconds(query.since))
    if query.before is not None:
        latest = min(latest, to_microseconds(query.before))
    return [min(max(begin + width * number, oldest), latest) for number in range(buckets + 1)]


def count_in_index(database: Database, services: Sequence[str], edges: list[int]) -> Iterable[Row]:
    """A stretch of the index for each service and bucket: grouping a million rows would sort them."""
    pairs = encode_json([*pairwise(edges)]).decode()
    sql = (
        "SELECT ?, key, (SELECT count(*) FROM events INDEXED BY events_by_service WHERE service = ? "
        "AND timestamp >= value ->> 0 AND timestamp < value ->> 1) FROM json_each(?)"
    )
    for service in services or stored_services(database):
        yield from database.rows(sql, [service, service, pairs])


def count_times(times: Times, services: Sequence[str], edges: list[int]) -> Iterable[Row]:
    for service, failed in times.items():
        if not services or service in services:
            places = [bisect_left(failed, edge) for edge in edges]
            yield from ((service, bucket, end - start) for bucket, (start, end) in enumerate(pairwise(places)))


def stored_services(database: Database) -> Iterable[str]:
    """A leap in the index for each."""
    service = database.rows("SELECT min(service) FROM events")[0][0]
    while service is not None:
        yield service
        service = database.rows("SELECT min(service) FROM events WHERE service > ?", [service])[0][0]


def spread(rows: Iterable[Row], buckets: int) -> Buckets:
    counts: Buckets = {}
    for service, bucket, number in rows:
        if number:
            counts.setdefault(service, [0] * buckets)[bucket] += number
    return counts
