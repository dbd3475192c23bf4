"""What several of the viewer's questions share."""

from collections.abc import Callable
from pathlib import Path
from sqlite3 import Connection

import msgspec

from cdp_bgservices.events import from_microseconds
from cdp_bgservices.query import Query
from cdp_bgservices.store.criteria import Selection, check_text
from cdp_bgservices.store.sqlite.conditions import IN_TIME, TABLE, conditions
from cdp_bgservices.store.sqlite.rows import encode_json
from cdp_bgservices.store.sqlite.sums import Sums
from cdp_bgservices.store.sqlite.text_matches import TextMatches
from cdp_bgservices.store.values import Clock, StoreStatistics

FEW = 20_000
"""Events that are looked up one by one: to go through the whole table is quicker than to look up more."""
BY_SEQ = "seq IN (SELECT value FROM json_each(?))"
ENDS = """
WITH kept(since) AS (VALUES (?))
SELECT
    (SELECT timestamp FROM events WHERE timestamp >= since ORDER BY timestamp LIMIT 1),
    (SELECT timestamp FROM events WHERE timestamp >= since ORDER BY timestamp DESC LIMIT 1)
FROM kept
"""


class Analysis(Sums):
    """A part of the engine. Its connections share what they know of texts."""

    def __init__(self, connection: Connection, path: Path, clock: Clock, texts: TextMatches | None = None) -> None:
        super().__init__(connection, path, clock)
        self.texts = texts or TextMatches()

    def where(
        self,
        query: Query,
        cursor: int,
        after: int = 0,
        *,
        oldest: int | None = None,
        kinds: Selection | None = None,
    ) -> Selection:
        """What is within retention, or not older than ``oldest``, of the commits behind one cursor and up to another.
        ``kinds``: only these.
        """
        check_text(query)
        text = self.matches(query, cursor) if query.text else None
        since = self.oldest_kept() if oldest is None else oldest
        return conditions(query, since, (after, cursor), kinds=kinds, text=text)

    def matches(self, query: Query, cursor: int) -> Selection | None:
        """Which events have its text. None where these are too many, or few others are to be looked at."""
        if self.is_narrow(query):
            return None
        seqs = self.texts.find(self, query.text, cursor)
        return None if seqs is None else Selection(BY_SEQ, [encode_json(seqs.tolist()).decode()])

    def is_narrow(self, query: Query) -> bool:
        """Whether so few events are left by its other filters that their texts are looked up one by one."""
        if query.instance_ids:
            return True
        return self.number_of(msgspec.structs.replace(query, text=""), self.cursor()) <= FEW

    def table_for(self, query: Query) -> str:
        """Where all events that it takes are looked for."""
        return TABLE if query.text and not self.is_narrow(query) else IN_TIME

    def statistics(self) -> StoreStatistics:
        with self.snapshot():
            cursor = self.cursor()
            counts = self.sum_of(Query(), ["service"], cursor)
            ends = self.rows(ENDS, [self.oldest_kept()])[0]
            oldest, newest = (None if at is None else from_microseconds(at) for at in ends)
            return StoreStatistics(
                name=self.name,
                size=self.size(),
                events={service: number for (service,), number in counts.items()},
                oldest=oldest,
                newest=newest,
                retention=self.read_retention(),
                redacts=self.read_redacts(),
                cursor=cursor,
                clears=self.clears(),
            )

    def prepare(self, pause: Callable[[], None]) -> None:
        """The file has it."""
