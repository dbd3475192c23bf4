"""What a viewer asks: lists, counts, times. What makes the answers quick is kept, for all connections to one store."""

from collections.abc import Callable, Sequence
from pathlib import Path
from sqlite3 import Connection

from cdp_bgservices.events import Event, from_microseconds
from cdp_bgservices.query import Query
from cdp_bgservices.store.protocol import Listing
from cdp_bgservices.store.sqlite.distinct_values import DistinctValues, Vocabulary
from cdp_bgservices.store.sqlite.facts import read_facts
from cdp_bgservices.store.sqlite.failure_times import FailureTimes
from cdp_bgservices.store.sqlite.histogram import count_each, count_known, is_plain
from cdp_bgservices.store.sqlite.indexed_listing import IndexedListing, count_indexed, is_indexed
from cdp_bgservices.store.sqlite.kept_listing import KeptListing, keep
from cdp_bgservices.store.sqlite.neighbours import count_up_to, read_up_to
from cdp_bgservices.store.sqlite.reading import Reading
from cdp_bgservices.store.sqlite.service_counts import ServiceCounts
from cdp_bgservices.store.sqlite.value_counts import count_values
from cdp_bgservices.store.values import Buckets, Clock, FactPlace, FieldCounts, Numbered, StoreStatistics, utc_now
from cdp_bgservices.stories.numbers import Fact


class Memory:
    """What the connections to one store have learned. Each part has its own lock."""

    def __init__(self) -> None:
        self.vocabulary = Vocabulary()
        self.failure_times = FailureTimes()
        self.service_counts = ServiceCounts()


class Analysis(Reading):
    """A part of the engine: see :class:`~cdp_bgservices.store.protocol.Engine`, also for the methods."""

    def __init__(
        self, connection: Connection, path: Path, clock: Clock = utc_now, memory: Memory | None = None
    ) -> None:
        super().__init__(connection, path, clock)
        self.memory = memory or Memory()

    def distinct_for(self, query: Query, cursor: int) -> DistinctValues | None:
        """All texts of the narrow columns up to a cursor; only where they make the query quicker."""
        return self.memory.vocabulary.until(self.rows, cursor) if query.text or query.failed else None

    def listing(self, query: Query, sort: str, cursor: int, former: Listing | None = None) -> Listing:
        if is_indexed(query, sort):
            counted = former if isinstance(former, IndexedListing) else None
            return count_indexed(self, self.memory.service_counts, query, cursor, counted)
        kept = former if isinstance(former, KeptListing) else None
        return keep(self, query, sort, cursor, kept, self.distinct_for(query, cursor))

    def page(self, listing: Listing, offset: int, limit: int, *, descending: bool = False) -> list[Numbered]:
        assert isinstance(listing, IndexedListing | KeptListing)
        return listing.page(self, offset, limit, descending=descending)

    def place(self, listing: Listing, found: Numbered, *, descending: bool = False) -> int | None:
        assert isinstance(listing, IndexedListing | KeptListing)
        return listing.place(self, found, descending=descending)

    def up_to(self, query: Query, most: int) -> list[Event] | None:
        cursor = self.cursor()
        return read_up_to(self, query, most, cursor, self.distinct_for(query, cursor))

    def count(self, query: Query, most: int) -> int:
        return count_up_to(self, query, most, self.cursor())

    def values(self, query: Query, fields: Sequence[str], after: int, until: int) -> FieldCounts:
        return count_values(self, query, fields, after, until, self.distinct_for(query, until))

    def histogram(self, query: Query, begin: int, width: int, buckets: int) -> tuple[Buckets, Buckets]:
        if is_plain(query):
            return count_known(self, query, begin, width, buckets, self.memory.failure_times.read(self))
        cursor = self.cursor()
        return count_each(self, query, begin, width, buckets, cursor, self.distinct_for(query, cursor))

    def facts(self, query: Query, place: FactPlace) -> tuple[list[Fact], FactPlace]:
        cursor = self.cursor()
        return read_facts(self, query, place, cursor, self.distinct_for(query, cursor))

    def statistics(self) -> StoreStatistics:
        counted = self.memory.service_counts.update(self)
        span = counted.span
        return StoreStatistics(
            name=self.name,
            size=self.size(),
            events={service: tally.number for service, tally in counted.tallies.items()},
            oldest=from_microseconds(span[0]) if span else None,
            newest=from_microseconds(span[1]) if span else None,
            retention=self.read_retention(),
            redacts=self.read_redacts(),
            cursor=counted.cursor,
            clears=counted.clears,
        )

    def prepare(self, pause: Callable[[], None]) -> None:
        self.memory.failure_times.read(self, pause)
        self.memory.vocabulary.until(self.rows, self.cursor(), pause)
