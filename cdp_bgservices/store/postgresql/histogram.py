"""How many events there were when: counts by service and bucket of time."""

from cdp_bgservices.query import Query
from cdp_bgservices.store.postgresql.database import Database
from cdp_bgservices.store.values import Buckets


class Histogram(Database):
    """A part of the engine."""

    def histogram(self, query: Query, begin: int, width: int, buckets: int) -> tuple[Buckets, Buckets]:
        raise NotImplementedError
