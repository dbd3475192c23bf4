"""What makes a viewer's answers quick: kept in memory, for all connections to one store."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from sqlite3 import Connection

from cdp_bgservices.events import from_microseconds
from cdp_bgservices.query import Query
from cdp_bgservices.store.criteria import Selection, check_text
from cdp_bgservices.store.sqlite.conditions import conditions
from cdp_bgservices.store.sqlite.distinct_values import DistinctValues, Vocabulary
from cdp_bgservices.store.sqlite.failure_times import FailureTimes
from cdp_bgservices.store.sqlite.summing import Summing
from cdp_bgservices.store.sqlite.sums import EVENTS, UNORDERED, Sums, number_of
from cdp_bgservices.store.values import Clock, StoreStatistics

MANY = 100_000
"""Events that are looked for in an index; among more, in the table."""
ENDS = """
WITH kept(since) AS (VALUES (?))
SELECT
    (SELECT timestamp FROM events WHERE timestamp >= since ORDER BY timestamp LIMIT 1),
    (SELECT timestamp FROM events WHERE timestamp >= since ORDER BY timestamp DESC LIMIT 1)
FROM kept
"""


class Memory:
    """What the connections to one store have learned. Each part has its own lock."""

    def __init__(self) -> None:
        self.vocabulary = Vocabulary()
        self.failure_times = FailureTimes()


class Analysis(Sums):
    """A connection with such a memory."""

    def __init__(self, connection: Connection, path: Path, clock: Clock, memory: Memory | None = None) -> None:
        super().__init__(connection, path, clock)
        self.memory = memory or Memory()
        self.summing = Summing()
        self.has_added = False

    def where(self, query: Query, cursor: int, after: int = 0) -> Selection:
        """What is within retention, of the commits behind one cursor and up to another."""
        check_text(query)
        return conditions(query, self.oldest_kept(), (after, cursor), distinct=self.distinct_for(query, cursor))

    def distinct_for(self, query: Query, cursor: int) -> DistinctValues | None:
        """All texts of the narrow columns up to a cursor; only where they make the query quicker."""
        return self.memory.vocabulary.until(self.rows, cursor) if query.text or query.failed else None

    def way_to(self, query: Query) -> str:
        """The table, and how it is looked through: to go through all of it is quicker than to look up each event of
        very many.
        """
        is_many = number_of(self.sum_of(query, [], self.cursor())) > MANY
        return UNORDERED if is_many else EVENTS

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
        self.memory.failure_times.read(self, pause)
        self.memory.vocabulary.until(self.rows, self.cursor())
