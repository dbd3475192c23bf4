"""What is kept in memory, for all connections to one store, to make later answers quick."""

from cdp_bgservices.query import Query
from cdp_bgservices.store.criteria import Position, Selection, Span
from cdp_bgservices.store.location import PostgresLocation
from cdp_bgservices.store.postgresql.conditions import EVER, conditions
from cdp_bgservices.store.postgresql.database import Database, StoreClock
from cdp_bgservices.store.postgresql.distinct_values import Vocabulary
from cdp_bgservices.store.postgresql.following import Following


class Memory:
    """What the connections to one store have learned. Each part has its own lock."""

    def __init__(self) -> None:
        self.vocabulary = Vocabulary()
        self.following = Following()


class Analysis(Database):
    """A connection with such a memory."""

    def __init__(
        self, location: PostgresLocation, clock: StoreClock, *, can_write: bool = True, memory: Memory | None = None
    ) -> None:
        super().__init__(location, clock, can_write=can_write)
        self.memory = memory or Memory()

    def where(self, query: Query, span: Span, after: Position | None = None) -> Selection:
        """What is within retention, of the commits behind one cursor and up to another."""
        distinct = self.memory.vocabulary.known(self.rows, span[1]) if query.text and span[1] < EVER else None
        return conditions(query, self.oldest_kept(), span, after, distinct)
