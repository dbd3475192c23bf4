"""What makes a viewer's answers quick: kept in memory, for all connections to one store."""

from collections.abc import Callable
from pathlib import Path
from sqlite3 import Connection

from cdp_bgservices.events import from_microseconds
from cdp_bgservices.query import Query
from cdp_bgservices.store.criteria import Selection, check_text
from cdp_bgservices.store.sqlite.conditions import conditions
from cdp_bgservices.store.sqlite.service_counts import ServiceCounts
from cdp_bgservices.store.sqlite.ways import Ways
from cdp_bgservices.store.values import Clock, StoreStatistics


class Memory:
    """What the connections to one store have learned. Each part has its own lock."""

    def __init__(self) -> None:
        self.service_counts = ServiceCounts()


class Analysis(Ways):
    """A connection with such a memory."""

    def __init__(self, connection: Connection, path: Path, clock: Clock, memory: Memory | None = None) -> None:
        super().__init__(connection, path, clock)
        self.memory = memory or Memory()

    def where(self, query: Query, cursor: int, after: int = 0) -> Selection:
        """What is within retention, of the commits behind one cursor and up to another."""
        check_text(query)
        return conditions(query, self.oldest_kept(), (after, cursor))

    def statistics(self) -> StoreStatistics:
        counted = self.memory.service_counts.update(self)
        tallies = counted.tallies.values()
        return StoreStatistics(
            name=self.name,
            size=self.size(),
            events={service: tally.number for service, tally in counted.tallies.items()},
            oldest=from_microseconds(min(tally.oldest for tally in tallies)) if tallies else None,
            newest=from_microseconds(max(tally.newest for tally in tallies)) if tallies else None,
            retention=self.read_retention(),
            redacts=self.read_redacts(),
            cursor=counted.cursor,
            clears=counted.clears,
        )

    def prepare(self, pause: Callable[[], None]) -> None:
        pause()
        self.memory.service_counts.update(self)
