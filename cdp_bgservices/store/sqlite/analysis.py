"""What several of the viewer's questions share."""

from collections import Counter
from collections.abc import Callable

import msgspec

from cdp_bgservices.events import from_microseconds
from cdp_bgservices.query import Query
from cdp_bgservices.store.criteria import Selection, check_text
from cdp_bgservices.store.sqlite.conditions import IN_TIME, TABLE, conditions
from cdp_bgservices.store.sqlite.sums import Sums, number_of
from cdp_bgservices.store.values import StoreStatistics

MANY = 100_000
"""Events that are looked up one by one."""
ENDS = """
WITH kept(since) AS (VALUES (?))
SELECT
    (SELECT timestamp FROM events WHERE timestamp >= since ORDER BY timestamp LIMIT 1),
    (SELECT timestamp FROM events WHERE timestamp >= since ORDER BY timestamp DESC LIMIT 1)
FROM kept
"""


class Analysis(Sums):
    """A part of the engine."""

    def where(self, query: Query, cursor: int, after: int = 0) -> Selection:
        """What is within retention, of the commits behind one cursor and up to another."""
        check_text(query)
        return conditions(query, self.oldest_kept(), (after, cursor))

    def table_for(self, query: Query) -> str:
        """Where all events that it takes are looked for: to go through the whole table is quicker than to look up the
        texts of very many.
        """
        if not query.text:
            return IN_TIME
        check_text(query)
        rest = msgspec.structs.replace(query, text="", instance_ids=())
        return TABLE if number_of(self.sum_of(rest, [], self.cursor())) > MANY else IN_TIME

    def statistics(self) -> StoreStatistics:
        with self.snapshot():
            cursor = self.cursor()
            counts: Counter[str] = Counter()
            for service, number in self.sum_of(Query(), ["service"], cursor):
                counts[service] += number
            ends = self.rows(ENDS, [self.oldest_kept()])[0]
            oldest, newest = (None if at is None else from_microseconds(at) for at in ends)
            return StoreStatistics(
                name=self.name,
                size=self.size(),
                events={service: number for service, number in counts.items() if number},
                oldest=oldest,
                newest=newest,
                retention=self.read_retention(),
                redacts=self.read_redacts(),
                cursor=cursor,
                clears=self.clears(),
            )

    def prepare(self, pause: Callable[[], None]) -> None:
        """The file has it."""
