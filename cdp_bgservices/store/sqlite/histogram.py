"""How many events there were when: counts by service and bucket of time."""

from collections.abc import Iterable

from cdp_bgservices.query import Query
from cdp_bgservices.store.sqlite.analysis import Analysis
from cdp_bgservices.store.values import Buckets

Row = tuple[str, int, int]
"""A service, a bucket, and how many."""


class Histogram(Analysis):
    """A part of the engine."""

    def histogram(self, query: Query, begin: int, width: int, buckets: int) -> tuple[Buckets, Buckets]:
        table, where = self.way_to_all(query, (0, self.cursor()))
        rows = self.rows(
            "SELECT service, bucket, sum(number), sum(failed * number) FROM kinds JOIN ("
            f"SELECT kind, (timestamp - ?) / ? AS bucket, count(*) AS number FROM {table} "
            f"WHERE {where.sql} AND timestamp >= ? AND timestamp < ? GROUP BY kind, bucket"
            ") ON id = kind GROUP BY service, bucket",
            [begin, width, *where.values, begin, begin + width * buckets],
        )
        return spread((row[:3] for row in rows), buckets), spread(((*row[:2], row[3]) for row in rows), buckets)


def spread(rows: Iterable[Row], buckets: int) -> Buckets:
    counts: Buckets = {}
    for service, bucket, number in rows:
        if number:
            counts.setdefault(service, [0] * buckets)[bucket] += number
    return counts
