"""Which values there are to filter by, and how many events have each."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import msgspec

from cdp_bgservices.query import Query
from cdp_bgservices.store import Database
from cdp_bgservices.store.faults import translate_faults
from cdp_bgservices.store.listing import where
from cdp_bgservices.store.words import Words

MOST_VALUES = 200
FACETS = {
    "event": ("event_names", "event_name"),
    "origin": ("origins", "origin"),
    "scope": ("scopes", "scope"),
    "source": ("sources", "source"),
    "context": ("browser_contexts", "browser_context"),
}
"""Of each filter what a Query calls it, and its column."""

Counts = list[tuple[str, int]]


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
    """In one go through the events. SQLite sorts all of them for a GROUP BY; into a table it takes a third of that."""
    columns = [FACETS[name][1] for name in names]
    sql, values = where(database, query, cursor, words)
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
    found = {}
    for place, name in enumerate(names):
        counter: Counter[str] = Counter()
        for row in rows:
            counter[row[place]] += row[-1]
        del counter[""]
        found[name] = sorted(counter.items(), key=lambda item: (-item[1], item[0]))[:MOST_VALUES]
    return found


@contextmanager
def scratch(database: Database) -> Iterator[None]:
    """A transaction that leaves nothing behind; with a table of its own, in memory, and with nothing else to write."""
    connection = database.connection
    with translate_faults(database.path):
        connection.execute("PRAGMA query_only = OFF")
        try:
            connection.execute("BEGIN")
            yield
        finally:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            connection.execute("PRAGMA query_only = ON")
