"""Answers that are counted hour by hour, the newest first, and kept: a shared store takes seconds for all at once.

Only hours that have events are looked at. An hour is counted again when something of it was committed; its former
counts stay until then. A clear drops all of them.
"""

import math
import time
from collections.abc import Callable, Hashable
from datetime import UTC, datetime
from typing import Generic, TypeVar

import msgspec
import trio

from cdp_bgservices.events import from_microseconds, to_microseconds
from cdp_bgservices.query import Query
from cdp_bgservices.store import Engine
from cdp_bgservices.store.trio_store import Store
from cdp_bgservices.store.values import HOUR, Place

SLICE = 0.5
"""Seconds of counting after which there is an answer, with what is counted until then."""
EXPIRED = 10_000_000
"""Microseconds by which events may have come past retention before their hour is counted again."""
MOST_KEPT = 8
"""Questions."""
EARLIEST, LATEST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)

T = TypeVar("T")

Count = Callable[[Engine, Query, int], T]
"""Of the events of one hour that a query takes; at least of those up to a cursor."""


class Kept(Generic[T]):
    """What is counted of one question."""

    def __init__(self, query: Query, count: Count[T]) -> None:
        self.query = query
        self.count = count
        self.forget()
        self.clears = -1
        self.cursor = 0
        self.oldest = 0
        """As it was when the first hour of what is kept was counted, which is a part of an hour."""

    def forget(self) -> None:
        self.parts: dict[int, T] = {}
        """By hour since the epoch."""
        self.due: set[int] = set()
        """Hours to count, or to count again."""
        self.reached = math.inf
        """The hour from which on all that have events are counted or due."""

    def go_on(self, engine: Engine, seconds: float) -> tuple[dict[int, T], float]:
        """What is counted after some seconds, one hour at the least, by hour; and how much that is, of 1."""
        deadline = time.monotonic() + seconds
        self.update(engine)
        while (hour := self.next_hour(engine)) is not None:
            part = msgspec.structs.replace(self.query, since=self.begin(hour), before=self.end(hour))
            self.parts[hour] = self.count(engine, part, self.cursor)
            self.due.discard(hour)
            if time.monotonic() >= deadline:
                break
        return dict(self.parts), self.share(engine)

    def update(self, engine: Engine) -> None:
        """See what has changed since the last time."""
        clears, cursor, oldest = engine.clears(), engine.cursor(), engine.oldest_kept()
        if clears != self.clears or cursor < self.cursor:
            self.forget()
        elif cursor != self.cursor:
            changed = engine.changed_hours(self.cursor, cursor)
            self.due |= {hour for hour in changed if hour >= self.reached and self.begin(hour) < self.end(hour)}
        self.clears, self.cursor = clears, cursor
        self.expire(oldest)

    def expire(self, oldest: int) -> None:
        first, former = oldest // HOUR, self.oldest // HOUR
        self.parts = {hour: part for hour, part in self.parts.items() if hour >= first}
        self.due = {hour for hour in self.due if hour >= first}
        if not 0 <= oldest - self.oldest <= EXPIRED:
            self.due |= {first, former} & self.parts.keys()
            if oldest < self.oldest:
                # Events are kept for longer than before.
                self.reached = min(self.parts.keys() | self.due, default=math.inf)
            self.oldest = oldest

    def next_hour(self, engine: Engine) -> int | None:
        """The newest that is to be counted."""
        if self.due:
            return max(self.due)
        if self.reached == -math.inf:
            return None
        moment = LATEST if self.reached == math.inf else from_microseconds(int(self.reached) * HOUR)
        newest = Query(before=min(moment, self.query.before or LATEST), limit=1)
        found, _ = engine.next_page(newest, Place(0, self.cursor))
        if not found or (self.query.since is not None and found[0].timestamp < self.query.since):
            self.reached = -math.inf
            return None
        hour = to_microseconds(found[0].timestamp) // HOUR
        self.reached = hour
        self.due.add(hour)
        return hour

    def begin(self, hour: int) -> datetime:
        """Of the part of an hour that the query takes."""
        begin = from_microseconds(hour * HOUR)
        return begin if self.query.since is None else max(begin, self.query.since)

    def end(self, hour: int) -> datetime:
        end = from_microseconds((hour + 1) * HOUR)
        return end if self.query.before is None else min(end, self.query.before)

    def share(self, engine: Engine) -> float:
        """How much is counted, of 1."""
        left = len(self.due)
        if self.reached not in (math.inf, -math.inf):
            since = max(from_microseconds(engine.oldest_kept()), self.query.since or EARLIEST)
            first = engine.nearest(Query(before=self.query.before), since, 1)
            if first:
                # Where the retention was shortened, what was reached is past it.
                left += max(0, int(self.reached) - to_microseconds(first[-1][1].timestamp) // HOUR)
        counted = len(self.parts.keys() - self.due)
        return min(0.99, counted / (counted + left)) if left > 0 else 1.0


class Hours(Generic[T]):
    """The questions that were asked last. One of them is counted at a time: others need the server, too."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.lock = trio.Lock()
        self.kept: dict[Hashable, Kept[T]] = {}
        """The one that was used last comes last."""

    async def answer(self, key: Hashable, query: Query, count: Count[T]) -> tuple[dict[int, T], float]:
        """Of each hour since the epoch that is counted; and their share: where it is less than 1, more is counted with
        the next call. Raises StoreError.
        """
        async with self.lock:
            kept = self.kept.pop(key, None) or Kept(query, count)
            self.kept[key] = kept
            while len(self.kept) > MOST_KEPT:
                del self.kept[next(iter(self.kept))]
            return await self.store.ask(lambda engine: kept.go_on(engine, SLICE))
