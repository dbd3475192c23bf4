"""Pieces of SQL, whose values are always parameters; and a transaction."""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from cdp_bgservices.store.criteria import Selection
from cdp_bgservices.store.sqlite.rows import encode_json

MANY = 500


def one_of(column: str, choices: Iterable[str]) -> Selection:
    """Alternatives. Very many go in as one value, since SQLite has a limit on how many there can be."""
    choices = tuple(choices)
    if len(choices) == 1:
        return Selection(f"{column} = ?", [choices[0]])
    if len(choices) <= MANY:
        return Selection(f"{column} IN ({', '.join('?' * len(choices))})", [*choices])
    return Selection(f"{column} IN (SELECT value FROM json_each(?))", [encode_json(choices).decode()])


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """Takes the write lock at once, so that it cannot fail half-way for want of it. Raises sqlite3.Error."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
