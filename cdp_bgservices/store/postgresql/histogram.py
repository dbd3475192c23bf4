"""How many events there were when: counts by service and bucket of time."""

from collections.abc import Iterable

import msgspec

from cdp_bgservices.query import Query
from cdp_bgservices.store.postgresql.analysis import Analysis
from cdp_bgservices.store.postgresql.failure_filter import FAILED
from cdp_bgservices.store.postgresql.sql import moment
from cdp_bgservices.store.values import Buckets


class Histogram(Analysis):
    """A part of the engine."""

    def histogram(self, query: Query, begin: int, width: int, buckets: int) -> tuple[Buckets, Buckets]:
        edges = [moment(begin + width * number) for number in range(buckets + 1)]
        since = edges[0] if query.since is None else max(query.since, edges[0])
        before = edges[-1] if query.before is None else min(query.before, edges[-1])
        where = self.where(msgspec.structs.replace(query, since=since, before=before), (0, self.cursor()))
        # A look for the edge takes a quarter of the time of reckoning with a time.
        rows = self.rows(
            "SELECT service, width_bucket(timestamp, %s::timestamptz[]) AS bucket, count(*), "
            f"count(*) FILTER (WHERE {'TRUE' if query.failed else FAILED}) FROM bgservices.events WHERE {where.sql} "
            "GROUP BY service, bucket",
            [edges, *where.values],
        )
        return (
            spread(((service, bucket, number) for service, bucket, number, _ in rows), buckets),
            spread(((service, bucket, failed) for service, bucket, _, failed in rows), buckets),
        )


def spread(rows: Iterable[tuple[str, int, int]], buckets: int) -> Buckets:
    """PostgreSQL counts buckets from one."""
    counts: Buckets = {}
    for service, bucket, number in rows:
        if number:
            counts.setdefault(service, [0] * buckets)[bucket - 1] += number
    return counts
