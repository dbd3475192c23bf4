"""Numbers that are kept while a page shows them: counted a second at a time, and then updated with new events."""

import time
from collections.abc import Iterator
from typing import Any

import trio

from cdp_bgservices.contexts import endings
from cdp_bgservices.events import to_microseconds
from cdp_bgservices.query import Query
from cdp_bgservices.store import Engine
from cdp_bgservices.store.trio_store import Store
from cdp_bgservices.store.values import FactPlace
from cdp_bgservices.stories.numbers import Fact, Measuring

FIRST, SLICE = 0.25, 1.0
"""Seconds of counting after which the numbers so far are answered: soon at first, then with much more each time."""
KEPT, SHARED_KEPT = 600_000_000, 3_600_000_000
"""Microseconds after which all is counted again: some events have expired. To count a shared store may take minutes."""
MOST_KEPT = 3

Values = dict[str, Any]


class DisorderError(Exception):
    """Events of one registration were not committed in the order in which they happened."""


class Counting:
    """The counts of one query, from its beginning to a cursor, and on.

    They are read in the order of commits, which is the order of time for all that a browser reports. They are read in
    the order of time where these differ, as after an import, or if the query has only a time or a service.
    """

    def __init__(self, engine: Engine, query: Query, *, by_time: bool) -> None:
        self.query = query
        self.clears = engine.clears()
        self.place = FactPlace(engine.oldest_kept(), engine.cursor(), (-1, 0) if by_time else None)
        first = engine.committed(Query(), 0, 1).events
        self.first = first[0][0] - 1 if first else 0
        """The cursor before the first commit that is still there."""
        self.measuring = Measuring()
        self.latest = self.begin
        """The moment of the last event."""
        self.known: list[Values] | None = None
        """The rows, until more is counted."""
        self.endings: dict[str, int] = {}
        """With which they were made."""
        self.took = 0.0
        """Seconds that the last rows took."""
        self.last: dict[tuple[str, str], int] = {}

    @property
    def begin(self) -> int:
        oldest = self.place.oldest
        return oldest if self.query.since is None else max(oldest, to_microseconds(self.query.since))

    def holds(self, engine: Engine) -> bool:
        """Whether what was counted can be gone on from."""
        kept = SHARED_KEPT if engine.is_shared else KEPT
        return self.clears == engine.clears() and engine.oldest_kept() - self.place.oldest <= kept

    def share(self, engine: Engine, end: int) -> float:
        """How much of it is counted, of 1. The commits of a shared store have numbers that its server also gives to
        others.
        """
        if self.place.position is None and engine.is_shared:
            return min(1.0, max(0, self.latest - self.begin) / max(1, end - self.begin))
        if self.place.position is None:
            return min(1.0, max(0, self.place.until - self.first) / max(1, engine.cursor() - self.first))
        return min(1.0, max(0, self.place.position[0] - self.begin) / max(1, end - self.begin))

    def is_over(self, engine: Engine) -> bool:
        return self.place.position is None and self.place.until >= engine.cursor()

    def go_on(self, engine: Engine, seconds: float) -> None:
        """Count for some seconds, one page at the least. Raises DisorderError: then it is of no use any more."""
        deadline = time.monotonic() + seconds
        while not self.is_over(engine):
            facts, self.place = engine.facts(self.query, self.place)
            self.measuring.add(self.in_time(facts))
            if facts:
                self.latest, self.known = facts[-1][0], None
            if time.monotonic() >= deadline:
                break

    def rows(self, engine: Engine) -> list[Values]:
        """Of what is counted until now, and of the browser contexts that are over now."""
        over = {" ".join(key): moment for key, moment in endings(engine.contexts()).items()}
        if self.known is None or self.endings != over:
            began = time.monotonic()
            self.endings, self.known = over, self.measuring.rows(over)
            self.took = time.monotonic() - began
        return self.known

    def in_time(self, facts: list[Fact]) -> Iterator[Fact]:
        last = self.last
        for fact in facts:
            key = (fact[1], fact[4])
            if fact[0] < last.get(key, 0):
                raise DisorderError
            last[key] = fact[0]
            yield fact


class Numbers:
    """``/api/numbers``; of the queries that were asked for last."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.kept: dict[Query, Counting] = {}
        """The one that was used last comes last."""
        self.lock = trio.Lock()

    async def answer(self, query: Query) -> Values:
        """``rows`` of ``Measuring``; ``begin`` and ``end`` of what was asked for; ``share``, which is 1 when all
        is counted, else it is to be asked again. Raises StoreError."""
        async with self.lock:
            former = self.kept.pop(query, None)
            seconds = SLICE if former else FIRST
            self.kept[query], values = await self.store.ask(lambda engine: answer(engine, query, former, seconds))
            while len(self.kept) > MOST_KEPT:
                del self.kept[next(iter(self.kept))]
        return values


def answer(
    engine: Engine, query: Query, counting: Counting | None = None, seconds: float = SLICE
) -> tuple[Counting, Values]:
    """With what is counted until now, if anything is."""
    if counting is None or not counting.holds(engine):
        # An index leads to these.
        by_time = len(query.services) == 1 or query.since is not None or query.before is not None
        counting = Counting(engine, query, by_time=by_time)
    # The rows take longer the more is counted: two thirds of the time are for counting.
    seconds *= max(1.0, 2 * counting.took)
    try:
        counting.go_on(engine, seconds)
    except DisorderError:
        counting = Counting(engine, query, by_time=True)
        counting.go_on(engine, seconds)
    now = to_microseconds(engine.clock())
    end = now if query.before is None else min(now, to_microseconds(query.before))
    share = 1.0 if counting.is_over(engine) else min(0.99, counting.share(engine, end))
    return counting, {"begin": counting.begin, "end": end, "rows": counting.rows(engine), "share": share}


def numbers(engine: Engine, query: Query) -> Values:
    """All of them."""
    _, values = answer(engine, query, seconds=float("inf"))
    return values
