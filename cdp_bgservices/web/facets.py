"""Which values there are to filter by, and how many events have each."""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

import msgspec
import trio

from cdp_bgservices.query import FILTERS, Query
from cdp_bgservices.store import Database
from cdp_bgservices.store.sqlite.distinct_values import Words
from cdp_bgservices.store.sqlite.errors import translate_errors
from cdp_bgservices.store.sqlite.listing import where
from cdp_bgservices.web.readers import Readers
from cdp_bgservices.web.service_counts import Census

MOST_VALUES = 200
FACETS = {each.name: (each.field, each.column) for each in FILTERS if each.column and each.is_counted}
"""Of each filter what a Query calls it, and its column."""

COLUMNS = tuple(column for _, column in FACETS.values())
RECOUNTED = 10_000_000
"""Microseconds after which what is kept is counted again: in the meantime some have come past retention."""
MOST_KEPT = 20_000
"""Combinations of values. More are counted each time."""

Counts = list[tuple[str, int]]
Combinations = Counter[tuple[str, ...]]
"""How many events have the same values of COLUMNS."""


class Kept(msgspec.Struct, frozen=True):
    """Of all events, as of a commit."""

    cursor: int
    clears: int
    """How often the store had been cleared."""
    oldest: int
    """The timestamp from which on they were within retention."""
    found: Combinations


class Facets:
    """``/api/facets``. Where nothing is filtered, only what is new is counted."""

    def __init__(self, readers: Readers, census: Census) -> None:
        self.readers = readers
        self.census = census
        self.lock = trio.Lock()
        self.kept: Kept | None = None

    async def answer(self, query: Query, cursor: int, words: Words | None) -> dict[str, Counts]:
        """Raises StoreError."""
        if query != Query():
            return await self.readers.run(lambda database: facets(database, query, cursor, words))
        async with self.lock:
            kept = self.kept or Kept(0, 0, 0, Counter())
            up_to_date = partial(extended, kept=kept, cursor=cursor, clears=self.census.clears)
            kept = await self.readers.run(up_to_date)
            self.kept = kept if len(kept.found) <= MOST_KEPT else None
        return {name: most(kept.found, place) for place, name in enumerate(FACETS)}


def extended(database: Database, kept: Kept, cursor: int, clears: int) -> Kept:
    """With what was committed up to a cursor."""
    oldest = database.oldest_kept()
    if kept.clears != clears or oldest - kept.oldest > RECOUNTED or kept.cursor > cursor:
        kept = Kept(0, clears, oldest, Counter())
    if kept.cursor == cursor:
        return kept
    new = count_combinations(database, Query(), cursor, None, COLUMNS, kept.cursor)
    return msgspec.structs.replace(kept, cursor=cursor, found=kept.found + new)


def facets(database: Database, query: Query, cursor: int, words: Words | None = None) -> dict[str, Counts]:
    """Of each filter the values that are most frequent among the events that all the other filters let through."""
    chosen = [name for name, (field, _) in FACETS.items() if getattr(query, field)]
    free = [name for name in FACETS if name not in chosen]
    found = count_values(database, query, cursor, words, free) if free else {}
    for name in chosen:
        without = msgspec.structs.replace(query, **{FACETS[name][0]: ()})
        found |= count_values(database, without, cursor, words, [name])
    return {name: found[name] for name in FACETS}


def count_values(
    database: Database, query: Query, cursor: int, words: Words | None, names: list[str]
) -> dict[str, Counts]:
    found = count_combinations(database, query, cursor, words, [FACETS[name][1] for name in names])
    return {name: most(found, place) for place, name in enumerate(names)}


def most(found: Combinations, place: int) -> Counts:
    """The values that are most frequent in one of the columns."""
    counter: Counter[str] = Counter()
    for values, number in found.items():
        counter[values[place]] += number
    del counter[""]
    return sorted(counter.items(), key=lambda item: (-item[1], item[0]))[:MOST_VALUES]


def count_combinations(
    database: Database, query: Query, cursor: int, words: Words | None, columns: Sequence[str], after: int = 0
) -> Combinations:
    """In one go through the events. SQLite sorts all of them for a GROUP BY; into a table it takes a third of that."""
    sql, values = where(database, query, cursor, words, after)
    if after:
        sql, values = f"seq > ? AND {sql}", [after, *values]
    keys = ", ".join(columns)
    chosen = ", ".join(f"coalesce({column}, '')" for column in columns)
    with scratch(database):
        connection = database.connection
        connection.execute(f"CREATE TEMP TABLE counts ({keys}, number INTEGER, PRIMARY KEY ({keys})) WITHOUT ROWID")
        connection.execute(
            f"INSERT INTO counts SELECT {chosen}, 1 FROM events NOT INDEXED WHERE {sql} "
            "ON CONFLICT DO UPDATE SET number = number + 1",
            values,
        )
        rows: list[Any] = connection.execute(f"SELECT {keys}, number FROM counts").fetchall()
    return Counter({tuple(row[:-1]): row[-1] for row in rows})


@contextmanager
def scratch(database: Database) -> Iterator[None]:
    """A transaction that leaves nothing behind; with a table of its own, in memory, and with nothing else to write."""
    connection = database.connection
    with translate_errors(database.path):
        connection.execute("PRAGMA query_only = OFF")
        try:
            connection.execute("BEGIN")
            yield
        finally:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            connection.execute("PRAGMA query_only = ON")
