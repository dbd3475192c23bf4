"""Which values events have, and how often: what there is to choose from in each filter."""

from collections import Counter

import msgspec
import trio

from cdp_bgservices.query import FILTERS, Query
from cdp_bgservices.store import Engine
from cdp_bgservices.store.trio_store import Store
from cdp_bgservices.store.values import FieldCounts

MOST_VALUES = 200
FACETS = {each.name: (each.field, each.column) for each in FILTERS if each.column and each.is_counted}
"""Of each filter what a Query calls it, and the field of an event."""
FIELDS = tuple(field for _, field in FACETS.values())
RECOUNTED = 10_000_000
"""Microseconds after which what is kept is counted again: some events have come past retention."""
MOST_KEPT = 20_000
"""Values. More are counted each time."""

Counts = list[tuple[str, int]]


class Kept(msgspec.Struct, frozen=True):
    """Of all events, as of a commit."""

    cursor: int
    clears: int
    """How often the store had been cleared."""
    oldest: int
    """The timestamp from which on they were within retention."""
    counts: FieldCounts


class Facets:
    """``/api/facets``. Where nothing is filtered, only what is new is counted."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.lock = trio.Lock()
        self.kept: Kept | None = None

    async def answer(self, query: Query, cursor: int) -> dict[str, Counts]:
        """Raises StoreError."""
        if query != Query():
            return await self.store.ask(lambda engine: facets(engine, query, cursor))
        async with self.lock:
            former = self.kept
            kept = await self.store.ask(lambda engine: up_to_date(engine, former, cursor))
            self.kept = kept if sum(map(len, kept.counts.values())) <= MOST_KEPT else None
        return {name: most(kept.counts[field]) for name, (_, field) in FACETS.items()}


def up_to_date(engine: Engine, kept: Kept | None, cursor: int) -> Kept:
    """With what was committed up to a cursor."""
    oldest, clears = engine.oldest_kept(), engine.clears()
    if kept is None or kept.clears != clears or oldest - kept.oldest > RECOUNTED or kept.cursor > cursor:
        kept = Kept(0, clears, oldest, {field: Counter() for field in FIELDS})
    if kept.cursor == cursor:
        return kept
    new = engine.values(Query(), FIELDS, kept.cursor, cursor)
    counts = {field: kept.counts[field] + new[field] for field in FIELDS}
    return msgspec.structs.replace(kept, cursor=cursor, counts=counts)


def facets(engine: Engine, query: Query, cursor: int) -> dict[str, Counts]:
    """Of each filter the values that are most frequent among the events that all the other filters let through."""
    chosen = {name: FACETS[name] for name in FACETS if getattr(query, FACETS[name][0])}
    free = [field for name, (_, field) in FACETS.items() if name not in chosen]
    counts = engine.values(query, free, 0, cursor) if free else {}
    for filtered, field in chosen.values():
        without = msgspec.structs.replace(query, **{filtered: ()})
        counts |= engine.values(without, [field], 0, cursor)
    return {name: most(counts[field]) for name, (_, field) in FACETS.items()}


def most(counter: Counter[str]) -> Counts:
    """The values that are most frequent."""
    return sorted(counter.items(), key=lambda item: (-item[1], item[0]))[:MOST_VALUES]
