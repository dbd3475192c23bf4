"""What is kept in memory, for all connections to one store, to make later answers quick."""

import msgspec

from cdp_bgservices.events import to_microseconds
from cdp_bgservices.query import Query
from cdp_bgservices.store.criteria import Position, Selection, Span
from cdp_bgservices.store.location import PostgresLocation
from cdp_bgservices.store.postgresql.conditions import EVER, conditions
from cdp_bgservices.store.postgresql.database import SEQS, Database, StoreClock
from cdp_bgservices.store.postgresql.distinct_values import Texts, Vocabulary
from cdp_bgservices.store.postgresql.following import Following
from cdp_bgservices.store.postgresql.text_search import text_condition

MANY = 300_000
"""Events that are searched for a text in a second or two."""
SOME = 20_000
"""The newest ones, which are looked at first."""


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
        """What is within retention, of the commits behind one cursor and up to another. The settings were just read."""
        oldest = to_microseconds(self.clock() - self.retention) + 1
        return conditions(query, oldest, span, after, self.texts_until(span[1]) if query.text else None)

    def texts_until(self, end: int) -> Texts | None:
        if end == EVER:
            return None
        return self.memory.vocabulary.known(self.rows, self.server, end, self.lowest * SEQS)

    def learn(self, query: Query, span: Span, wanted: int) -> None:
        """The texts of the narrow columns, where a text is looked for in very many events and is rare: an index leads
        to it in the others. Where it is frequent, the newest ones are found sooner than all texts are read.
        """
        if query.text and not self.memory.vocabulary.is_known(self.server) and self.estimate(query, span) > MANY:
            chosen = self.where(msgspec.structs.replace(query, text=""), span)
            text = text_condition(query.text)
            rows = self.rows(
                f"SELECT count(*) FROM (SELECT * FROM bgservices.events AS events WHERE {chosen.sql} "
                f"ORDER BY timestamp DESC LIMIT {SOME}) AS events WHERE {text.sql}",
                [*chosen.values, *text.values],
            )
            if rows[0][0] < wanted:
                self.memory.vocabulary.read(self.rows, self.server, self.cursor())

    def estimate(self, query: Query, span: Span) -> int:
        """How many events are looked at, as the server takes it."""
        where = self.where(msgspec.structs.replace(query, text="", failed=False), span)
        rows = self.rows(f"EXPLAIN (FORMAT JSON) SELECT FROM bgservices.events WHERE {where.sql}", where.values)
        return int(rows[0][0][0]["Plan"]["Plan Rows"])
