"""Which values events have, and how often: what there is to choose from in each filter."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import msgspec

from cdp_bgservices.query import FILTERS, Query
from cdp_bgservices.store import Engine
from cdp_bgservices.store.trio_store import Store
from cdp_bgservices.store.values import FieldCounts
from cdp_bgservices.web.hours import Hours

MOST_VALUES = 200
FACETS = {each.name: (each.field, each.column) for each in FILTERS if each.column and each.is_counted}
"""Of each filter what a Query calls it, and the field of an event."""
COUNTED = {**FACETS, "service": ("services", "service")}
"""With what the side shows."""

Counts = list[tuple[str, int]]


class Facets:
    """``/api/facets``; of a shared store counted hour by hour."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.hours: Hours[FieldCounts] = Hours(store)

    async def answer(
        self, query: Query, cursor: int, names: Sequence[str] = tuple(FACETS), find: str = ""
    ) -> dict[str, Any]:
        """The most frequent values of these filters, of those that have a text in them; ``share``: how much is
        counted, of 1; and ``left_out``: how many values are not among the most frequent, of each filter that has such.
        Raises StoreError.
        """
        counts, share = await self.count(query, cursor, names)
        found = {name: ranked(counts[COUNTED[name][1]], find) for name in names}
        left_out = {name: len(values) - MOST_VALUES for name, values in found.items() if len(values) > MOST_VALUES}
        return {name: values[:MOST_VALUES] for name, values in found.items()} | {"share": share, "left_out": left_out}

    async def count(self, query: Query, cursor: int, names: Sequence[str]) -> tuple[FieldCounts, float]:
        if self.store.is_shared:
            counted = [await self.count_hours(query, *COUNTED[name]) for name in names]
            return {field: counts for field, counts, _ in counted}, min(share for *_, share in counted)
        return await self.store.ask(lambda engine: facets(engine, query, cursor, names)), 1.0

    async def count_hours(self, query: Query, filtered: str, field: str) -> tuple[str, Counter[str], float]:
        without = msgspec.structs.replace(query, **{filtered: ()})

        def values(engine: Engine, part: Query, cursor: int) -> FieldCounts:
            return engine.values(part, [field], 0, cursor)

        parts, share = await self.hours.answer((without, field), without, values)
        counts: Counter[str] = Counter()
        for part in parts.values():
            counts.update(part[field])
        return field, counts, share


def facets(engine: Engine, query: Query, cursor: int, names: Sequence[str]) -> FieldCounts:
    """The values of these filters among the events that all the other filters let through."""
    chosen = [COUNTED[name] for name in names if getattr(query, COUNTED[name][0])]
    free = [COUNTED[name][1] for name in names if COUNTED[name] not in chosen]
    counts = engine.values(query, free, 0, cursor) if free else {}
    for filtered, field in chosen:
        without = msgspec.structs.replace(query, **{filtered: ()})
        counts |= engine.values(without, [field], 0, cursor)
    return counts


def ranked(counter: Counter[str], find: str) -> Counts:
    """The values that have a text in them, the most frequent first."""
    found = counter.items()
    if find:
        found = {value: number for value, number in found if find.casefold() in value.casefold()}.items()
    return sorted(found, key=lambda item: (-item[1], item[0]))
