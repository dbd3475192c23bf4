"""How many events have which values."""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from cdp_bgservices.query import Query
from cdp_bgservices.store.sqlite.conditions import where
from cdp_bgservices.store.sqlite.database import Database
from cdp_bgservices.store.sqlite.distinct_values import DistinctValues
from cdp_bgservices.store.sqlite.errors import translate_errors
from cdp_bgservices.store.sqlite.rows import Row
from cdp_bgservices.store.values import FieldCounts


def count_values(
    database: Database, query: Query, fields: Sequence[str], after: int, until: int, distinct: DistinctValues | None
) -> FieldCounts:
    """Of each of these columns."""
    counts: FieldCounts = {field: Counter() for field in fields}
    for *values, number in count_combinations(database, query, fields, after, until, distinct):
        for field, value in zip(fields, values, strict=True):
            counts[field][value] += number
    for counter in counts.values():
        del counter[""]
    return counts


def count_combinations(
    database: Database, query: Query, columns: Sequence[str], after: int, until: int, distinct: DistinctValues | None
) -> list[Row]:
    """In one go through the events. SQLite sorts all of them for a GROUP BY; into a table it takes a third of that."""
    sql, values = where(database, query, until, distinct, after)
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
        return connection.execute(f"SELECT {keys}, number FROM counts").fetchall()


@contextmanager
def scratch(database: Database) -> Iterator[None]:
    """A transaction that leaves nothing behind; with a table of its own, in memory, and with nothing else to write."""
    connection = database.connection
    with translate_errors(database.path):
        read_only = connection.execute("PRAGMA query_only").fetchone()[0]
        connection.execute("PRAGMA query_only = OFF")
        try:
            connection.execute("BEGIN")
            yield
        finally:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            connection.execute(f"PRAGMA query_only = {read_only}")
