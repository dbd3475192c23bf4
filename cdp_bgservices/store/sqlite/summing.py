"""The summary of a store: how many events there are of what, kept in small transactions behind those that add events.

Events behind the setting SUMMED are in no sum yet. Those before it are taken out of the sums when they are deleted, and
moved to others when they become failures.
"""

import sqlite3
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from hashlib import blake2b
from typing import Any

import msgspec

from cdp_bgservices.store.sqlite.rows import encode_json
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
KIND = ("service", "event_name", "origin", "storage_key", "scope", "source", "browser_context")
"""What tells kinds apart, beside whether they are failures."""

Groups = list[list[Any]]
"""Values that events have in common, the last of which is how many there are."""

decode_groups = msgspec.json.Decoder(Groups).decode


def of_time(width: int) -> str:
    """Which part of the time an event belongs to: SQL."""
    return f"timestamp / {width} - (timestamp % {width} < 0)"


def grouped(width: int, columns: Sequence[str], where: str) -> str:
    """By part of the time, and by what their kinds have. One text, since SQLite lets Python's lock go for each row of
    an answer.
    """
    names = ", ".join(columns)
    inner = (
        f"SELECT {of_time(width)} AS part, kind, count(*) AS number FROM events NOT INDEXED "
        f"WHERE {where} GROUP BY part, kind"
    )
    groups = (
        f"SELECT part, {names}, sum(number) AS number FROM ({inner}) JOIN kinds ON id = kind GROUP BY part, {names}"
    )
    return f"SELECT json_group_array(json_array(part, {names}, number)) FROM ({groups})"


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
            sums = Sums(connection, "seq > ? AND seq <= ?", [summed, until])
            if len(sums.kinds) * DENSE <= size:
                self.due = STEP
                sums.add_up(1)
                connection.execute("UPDATE settings SET value = ? WHERE name = ?", [until, SUMMED])
                return int(until - summed)
        self.due = 2 * (last - summed)
        return 0


def summed_until(connection: sqlite3.Connection) -> int:
    """The seq up to which events are in the sums."""
    return int(connection.execute("SELECT value FROM settings WHERE name = ?", [SUMMED]).fetchone()[0])


@contextmanager
def moved(connection: sqlite3.Connection, seq: int) -> Iterator[None]:
    """Within a transaction, around a change of an event: it may be a failure afterwards."""
    if seq > summed_until(connection):
        yield
        return
    Sums(connection, "seq = ?", [seq]).add_up(-1)
    yield
    Sums(connection, "seq = ?", [seq]).add_up(1)


def take_out(connection: sqlite3.Connection, seqs: str) -> None:
    """Within a transaction that deletes events: these, a list in JSON."""
    where = "seq IN (SELECT value FROM json_each(?)) AND seq <= ?"
    Sums(connection, where, [seqs, summed_until(connection)]).add_up(-1)


class Sums:
    """Of some events."""

    def __init__(self, connection: sqlite3.Connection, where: str, values: Sequence[object]) -> None:
        def read(width: int, *columns: str) -> Groups:
            text = connection.execute(grouped(width, [*columns, "failed"], where), values).fetchone()[0]
            return decode_groups(text)

        self.connection = connection
        self.parts, self.minutes = read(PART, *KIND), read(MINUTE, "service")
        self.kinds: Counter[tuple[Any, ...]] = Counter()
        for _, *kind, number in self.parts:
            self.kinds[tuple(kind)] += number

    def add_up(self, sign: int) -> None:
        """Within a transaction: with what is there, or out of it."""
        kinds = [[digest(kind), *kind, sign * number] for kind, number in self.kinds.items()]
        parts = [[digest(tuple(kind)), part, sign * number] for part, *kind, number in self.parts]
        self.store("sums", "kind", kinds)
        self.store("sums_by_time", "kind, part", parts)
        self.store(
            "sums_by_minute", "minute, service, failed", [[*key, sign * number] for *key, number in self.minutes]
        )

    def store(self, table: str, key: str, rows: Groups) -> None:
        """None is left with 0."""
        if not rows:
            return
        text, number = encode_json(rows).decode(), len(rows[0])
        values = [f"value ->> {place}" for place in range(number)]
        self.connection.execute(
            f"INSERT INTO {table} SELECT {', '.join(values)} FROM json_each(?) WHERE TRUE "
            f"ON CONFLICT ({key}) DO UPDATE SET number = number + excluded.number",
            [text],
        )
        if rows[0][-1] < 0:
            keys = ", ".join(values[: key.count(",") + 1])
            self.connection.execute(
                f"DELETE FROM {table} WHERE number = 0 AND ({key}) IN (SELECT {keys} FROM json_each(?))", [text]
            )


@lru_cache(maxsize=4096)
def digest(kind: tuple[Any, ...]) -> int:
    """As large as SQLite's integers."""
    return int.from_bytes(blake2b(encode_json(kind), person=b"kind", digest_size=8).digest()) >> 1
