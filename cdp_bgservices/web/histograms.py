"""How many events there were when, and how many there are: by the engine at once, or of a shared store hour by hour."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

import msgspec

from cdp_bgservices.events import from_microseconds, to_microseconds
from cdp_bgservices.query import Query
from cdp_bgservices.store import Engine, StoreStatistics
from cdp_bgservices.store.trio_store import Store
from cdp_bgservices.store.values import HOUR, Buckets, Place
from cdp_bgservices.web.hours import Hours

MOST_BUCKETS = 1_000
MINUTE = 60_000_000
"""Microseconds: the buckets of an hour that is kept."""
DIRECT = 2 * HOUR
"""A time as short as that is counted at once from any store."""
FEW = 20_000
"""Events that are counted one by one."""
FEWEST = 40
"""Buckets of more; where whole parts that are counted already do not make as many, each event is counted, too."""

Both = tuple[Buckets, Buckets]
"""Of the events, and of the failures."""


class Histogram(msgspec.Struct, frozen=True):
    begin: int
    end: int
    """In microseconds since the epoch."""
    width: int
    """Of a bucket."""
    buckets: int
    counts: Buckets
    failed: Buckets
    share: float = 1.0
    """How much is counted, of 1."""

    def values(self) -> dict[str, Any]:
        """For the page, without the failures: they are shown in two ways."""
        fields = ("begin", "end", "width", "counts", "share")
        return {name: getattr(self, name) for name in fields}


def histogram_of(engine: Engine, query: Query, begin: int, end: int, buckets: int) -> Histogram:
    """All of it. Of very many events, the buckets are whole parts that the engine has counted before."""
    buckets = min(max(buckets, 1), MOST_BUCKETS)
    grain = engine.grain(query)
    if end - begin > FEWEST * grain > 0 and engine.count(of_time(begin, end), FEW) > FEW:
        begin, width, buckets = buckets_of(begin, end, buckets, grain)
    else:
        width = max(1, whole_parts(end - begin, buckets))
    return Histogram(begin, end, width, buckets, *engine.histogram(query, begin, width, buckets))


def of_time(begin: int, end: int) -> Query:
    return Query(since=from_microseconds(begin), before=from_microseconds(end))


def buckets_of(begin: int, end: int, buckets: int, grain: int) -> tuple[int, int, int]:
    """Where they begin, how wide they are, in whole grains, and how many they are: near to what is asked for."""
    begin = begin // grain * grain
    width = whole_parts(whole_parts(end - begin, min(max(buckets, 1), MOST_BUCKETS)), grain) * grain
    return begin, width, whole_parts(end - begin, width)


class Histograms:
    """Of the queries that pages ask for."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.hours: Hours[Both] = Hours(store)

    async def answer(self, query: Query, begin: int, end: int, buckets: int) -> Histogram:
        """Of a shared store and a long time, the buckets are whole minutes. Raises StoreError."""
        if not self.store.is_shared or end - begin <= DIRECT:
            return await self.store.ask(lambda engine: histogram_of(engine, query, begin, end, buckets))
        parts, share = await self.hours.answer(query, query, by_minute)
        begin, width, number = buckets_of(begin, end, buckets, MINUTE)
        counts, failed = (spread(parts, kind, begin, width, number) for kind in (0, 1))
        return Histogram(begin, end, width, number, counts, failed, share)

    async def statistics(self) -> tuple[StoreStatistics, float]:
        """And how much is counted, of 1. Raises StoreError."""
        if not self.store.is_shared:
            return await self.store.statistics(), 1.0
        parts, share = await self.hours.answer(Query(), Query(), by_minute)
        events: Counter[str] = Counter()
        for counts, _ in parts.values():
            events.update({service: sum(minutes) for service, minutes in counts.items()})
        return await self.store.ask(lambda engine: statistics_of(engine, events)), share


def by_minute(engine: Engine, query: Query, cursor: int) -> Both:
    """Of one hour."""
    assert query.since is not None
    begin = to_microseconds(query.since) // HOUR * HOUR
    return engine.histogram(query, begin, MINUTE, HOUR // MINUTE)


def spread(parts: Mapping[int, Both], kind: int, begin: int, width: int, number: int) -> Buckets:
    """Hours by the minute, in other buckets."""
    spread: Buckets = {}
    for hour, both in parts.items():
        places = [(hour * HOUR + minute * MINUTE - begin) // width for minute in range(HOUR // MINUTE)]
        for service, counts in both[kind].items():
            for place, count in zip(places, counts, strict=True):
                if count and 0 <= place < number:
                    spread.setdefault(service, [0] * number)[place] += count
    return spread


def statistics_of(engine: Engine, events: Mapping[str, int]) -> StoreStatistics:
    """What else there is to say takes no counting."""
    cursor = engine.cursor()
    newest, _ = engine.next_page(Query(limit=1), Place(0, cursor))
    oldest = engine.nearest(Query(), from_microseconds(engine.oldest_kept()), 1)
    return StoreStatistics(
        name=engine.name,
        size=engine.size(),
        events=dict(events),
        oldest=oldest[-1][1].timestamp if oldest else None,
        newest=newest[-1].timestamp if newest else None,
        retention=engine.read_retention(),
        redacts=engine.read_redacts(),
        cursor=cursor,
        clears=engine.clears(),
    )


def whole_parts(whole: int, part: int) -> int:
    """How many parts make a whole, the last one perhaps not full."""
    return -(-whole // part)
