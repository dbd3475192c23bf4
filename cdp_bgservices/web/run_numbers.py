"""Numbers that are kept while somebody looks at them: a second of counting at a time, and then what is new."""

import time
from collections.abc import Iterator
from typing import Any

import trio

from cdp_bgservices.events import to_microseconds
from cdp_bgservices.query import Query
from cdp_bgservices.store import Database
from cdp_bgservices.store.sqlite.conditions import Position, conditions
from cdp_bgservices.store.sqlite.distinct_values import Words
from cdp_bgservices.store.sqlite.failure_filter import FAILED
from cdp_bgservices.store.sqlite.identity import CONTEXT, OTHER_FIELDS
from cdp_bgservices.stories.numbers import DECIDING, ROLES, Fact, Measuring
from cdp_bgservices.web.readers import Readers
from cdp_bgservices.web.service_counts import Census

SLICE = 1.0
"""Seconds of counting after which the numbers are told as far as they are."""
PAGE = 20_000
"""Events that are counted at a time."""
KEPT = 600_000_000
"""Microseconds after which all is counted anew: in the meantime some have come past retention."""
MOST_KEPT = 3
NAMES = sorted({name for roles in ROLES.values() for name in roles})
COLUMNS = (
    f"timestamp, seq, service, event_name, instance_id, {OTHER_FIELDS}, {CONTEXT}, "
    f"CASE WHEN event_name IN ({', '.join('?' * len(DECIDING))}) AND {FAILED.sql} THEN 1 ELSE 0 END"
)

Values = dict[str, Any]


class DisorderError(Exception):
    """Events of one registration were not committed in the order in which they happened."""


class Counting:
    """Of one query, from its beginning to a cursor, and on.

    In the order of commits, which is that of time in all that is told by a browser, and read fastest. In that of time
    where it is not, as it may be after an import, and where an index leads to some among many.
    """

    def __init__(self, database: Database, query: Query, *, by_time: bool) -> None:
        self.query = query
        self.oldest = database.oldest_kept()
        self.aim = database.cursor()
        """Up to which it goes, before what is new comes."""
        self.until = 0
        """Where it is in the order of commits."""
        self.position: Position | None = (-1, 0) if by_time else None
        """Where it is in that of time; None behind it."""
        self.measuring = Measuring()
        self.last: dict[tuple[str, str], int] = {}

    @property
    def begin(self) -> int:
        return self.oldest if self.query.since is None else max(self.oldest, to_microseconds(self.query.since))

    def share(self, database: Database, end: int) -> float:
        """How much of it is counted, of 1."""
        if self.position is None:
            return min(1.0, self.until / max(1, database.cursor()))
        return min(1.0, max(0, self.position[0] - self.begin) / max(1, end - self.begin))

    def go_on(self, database: Database, words: Words | None, seconds: float) -> bool:
        """Count for some seconds, one page at the least; whether nothing is left.

        Raises DisorderError: then it is of no use any more.
        """
        deadline = time.monotonic() + seconds
        while self.position is not None or self.until < database.cursor():
            self.measuring.add(self.in_time(self.read(database, words)))
            if time.monotonic() >= deadline:
                break
        return self.position is None and self.until >= database.cursor()

    def read(self, database: Database, words: Words | None) -> Iterator[Fact]:
        """The next ones."""
        ordered = self.position is not None
        span = (self.until, self.aim if ordered else database.cursor())
        known = words if words and words.until >= span[1] else None
        where = conditions(self.query, self.oldest, span, self.position, known)
        table, order = ("events", "timestamp, seq") if ordered else ("events NOT INDEXED", "seq")
        rows = database.rows(
            f"SELECT {COLUMNS} FROM {table} WHERE {'' if ordered else 'seq > ? AND '}{where.sql} "
            f"AND event_name IN ({', '.join('?' * len(NAMES))}) ORDER BY {order} LIMIT {PAGE}",
            [*DECIDING, *FAILED.values, *([] if ordered else [self.until]), *where.values, *NAMES],
        )
        for at, _, service, name, instance, registration, context, is_failure in rows:
            yield at, service, name, instance, registration, context, bool(is_failure)
        if len(rows) == PAGE:
            self.position, self.until = (rows[-1][:2], 0) if ordered else (None, rows[-1][1])
        else:
            self.position, self.until = None, span[1]

    def in_time(self, facts: Iterator[Fact]) -> Iterator[Fact]:
        last = self.last
        for fact in facts:
            key = (fact[1], fact[4])
            if fact[0] < last.get(key, 0):
                raise DisorderError
            last[key] = fact[0]
            yield fact


class Numbers:
    """``/api/numbers``; of the queries that were asked for last."""

    def __init__(self, readers: Readers, census: Census) -> None:
        self.readers = readers
        self.census = census
        self.kept: dict[tuple[Query, int], Counting] = {}
        """Also by how often the store was cleared. The one that was used last comes last."""
        self.lock = trio.Lock()

    async def answer(self, query: Query, words: Words | None) -> Values:
        """``rows`` of ``stories.measure``; ``begin`` and ``end`` of what was asked for; ``share``, which is 1 when all
        is counted, else it is to be asked again. Raises StoreError."""
        async with self.lock:
            key = query, self.census.clears
            former = self.kept.pop(key, None)
            self.kept[key], values = await self.readers.run(lambda database: answer(database, query, words, former))
            while len(self.kept) > MOST_KEPT:
                del self.kept[next(iter(self.kept))]
        return values


def answer(
    database: Database, query: Query, words: Words | None, counting: Counting | None = None, seconds: float = SLICE
) -> tuple[Counting, Values]:
    """With what is counted until now, if anything is."""
    if counting is None or database.oldest_kept() - counting.oldest > KEPT:
        # An index leads to these.
        by_time = len(query.services) == 1 or query.since is not None or query.before is not None
        counting = Counting(database, query, by_time=by_time)
    try:
        is_over = counting.go_on(database, words, seconds)
    except DisorderError:
        counting = Counting(database, query, by_time=True)
        is_over = counting.go_on(database, words, seconds)
    now = to_microseconds(database.clock())
    end = now if query.before is None else min(now, to_microseconds(query.before))
    share = 1.0 if is_over else min(0.99, counting.share(database, end))
    return counting, {"begin": counting.begin, "end": end, "rows": counting.measuring.rows(), "share": share}


def numbers(database: Database, query: Query) -> Values:
    """All of them."""
    _, values = answer(database, query, None, seconds=float("inf"))
    return values
