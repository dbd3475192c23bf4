"""The summary of a store: how many events there are of what, kept in small transactions behind those that add events.

Events behind the setting SUMMED are in no sum yet. Those before it are taken out of the sums when they are deleted, and
moved to others when they become failures.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

from cdp_bgservices.store.sqlite.sql import transaction

SUMMED = "summed"
STEP = 5_000
"""Events of one transaction; some 20 ms. Fewer are counted whenever someone asks."""
SIZES = (STEP, 4 * STEP, 16 * STEP)
"""Numbers of events that are tried one after the other, until there are"""
DENSE = 8
"""events of each kind, on an average: with fewer the sums would take much room."""
MINUTE, PART = 60_000_000, 600_000_000
"""Microseconds."""
COUNT = """
SELECT json_group_array(json_array(kind, minute, number)), count(DISTINCT kind) FROM (
    SELECT kind, {minute} AS minute, count(*) AS number FROM events NOT INDEXED WHERE {where} GROUP BY kind, minute
)
"""
COUNTED = """
(SELECT value ->> 0 AS kind, value ->> 1 AS minute, value ->> 2 AS number FROM json_each(:counts))
CROSS JOIN kinds ON id = kind
"""
ADD = """
INSERT INTO {table} SELECT {values}, :sign * sum(number) FROM {counted} WHERE TRUE GROUP BY {values}
ON CONFLICT ({key}) DO UPDATE SET number = number + excluded.number
"""
TIDY = "DELETE FROM {table} WHERE number = 0 AND ({key}) IN (SELECT {values} FROM {counted})"


def floored(column: str, width: int) -> str:
    """SQL of a number of parts: SQLite's own division is towards 0."""
    return f"({column} / {width} - ({column} % {width} < 0))"


TABLES = (
    ("sums", "kind", "kind"),
    ("sums_by_time", "kind, part", f"kind, {floored('minute', PART // MINUTE)}"),
    ("sums_by_minute", "minute, service, failed", "minute, service, failed"),
)
"""Each with its key, and that as SQL of what is counted."""


class Summing:
    """What is new, of one writer."""

    def __init__(self) -> None:
        self.due = STEP
        """Events that have to wait before some are counted: more of them, where these were of too many kinds."""

    def steps(self, connection: sqlite3.Connection) -> Iterator[int]:
        """As long as there is enough of it. Each step commits, and yields how many commits it has counted."""
        number = 1
        while number:
            with transaction(connection):
                number = self.step(connection)
            if number:
                yield number

    def step(self, connection: sqlite3.Connection) -> int:
        """Within a transaction. The more events, the fewer kinds are there for each of them."""
        summed, last = summed_until(connection), connection.execute("SELECT max(seq) FROM events").fetchone()[0] or 0
        if last - summed < self.due:
            return 0
        for size in SIZES:
            until = min(summed + size, last)
            counts = count(connection, "seq > ? AND seq <= ?", [summed, until])
            if counts.kinds * DENSE <= size:
                self.due = STEP
                add_up(connection, counts, 1)
                connection.execute("UPDATE settings SET value = ? WHERE name = ?", [until, SUMMED])
                return int(until - summed)
        self.due = 2 * (last - summed)
        return 0


def summed_until(connection: sqlite3.Connection) -> int:
    """The seq up to which events are in the sums."""
    return int(connection.execute("SELECT value FROM settings WHERE name = ?", [SUMMED]).fetchone()[0])


@contextmanager
def moved(connection: sqlite3.Connection, seq: int) -> Iterator[None]:
    """Within a transaction, around a change of an event's kind."""
    if seq > summed_until(connection):
        yield
        return
    add_up(connection, count(connection, "seq = ?", [seq]), -1)
    yield
    add_up(connection, count(connection, "seq = ?", [seq]), 1)


def take_out(connection: sqlite3.Connection, seqs: str) -> None:
    """Within a transaction that deletes events: these, a list in JSON."""
    where = "seq IN (SELECT value FROM json_each(?)) AND seq <= ?"
    add_up(connection, count(connection, where, [seqs, summed_until(connection)]), -1)


class Counts(NamedTuple):
    """Of some events, by kind and minute."""

    text: str
    """As JSON: to read them one by one, SQLite would let Python's lock go for each."""
    kinds: int


def count(connection: sqlite3.Connection, where: str, values: Sequence[object]) -> Counts:
    sql = COUNT.format(minute=floored("timestamp", MINUTE), where=where)
    return Counts(*connection.execute(sql, values).fetchone())


def add_up(connection: sqlite3.Connection, counts: Counts, sign: int) -> None:
    """Within a transaction: with what is there, or out of it. None is left with 0."""
    for table, key, values in TABLES:
        for statement in (ADD, TIDY) if sign < 0 else (ADD,):
            sql = statement.format(table=table, key=key, values=values, counted=COUNTED)
            connection.execute(sql, {"counts": counts.text, "sign": sign})
