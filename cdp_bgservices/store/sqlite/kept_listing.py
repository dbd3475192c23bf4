"""Listings whose events are kept as seqs, eight bytes an event.

What is sorted by a column that kinds have is in groups, which the index of kinds has in the order of time: only those
are read that a page is of. All else is one group.
"""

from array import array
from bisect import bisect
from collections.abc import Iterator
from typing import Any

import msgspec

from cdp_bgservices.query import Query
from cdp_bgservices.store.criteria import Selection
from cdp_bgservices.store.listing import GoneError, Listing
from cdp_bgservices.store.sqlite.analysis import Analysis
from cdp_bgservices.store.sqlite.kinds import FIELDS
from cdp_bgservices.store.sqlite.rows import COLUMNS, Row, decode_seqs, encode_json, numbered
from cdp_bgservices.store.sqlite.ways import TABLE, Way
from cdp_bgservices.store.values import SORTS, Numbered

MOST_INSERTED = 500
"""More new events are not put in one by one."""

Value = str | None


class KeptListing(msgspec.Struct, frozen=True):
    """The whole of it, ascending."""

    query: Query
    sort: str
    cursor: int
    """The last seq that was looked at."""
    clears: int
    """How often events had been deleted before their time."""
    oldest: int
    """The first timestamp that was within retention."""
    numbers: dict[Value, int]
    """How many events each group has, in the order of the listing."""
    seqs: "dict[Value, array[int]]"
    """Of the groups that were read."""

    @property
    def total(self) -> int:
        return sum(self.numbers.values())

    @property
    def is_all(self) -> bool:
        return True

    @property
    def reached(self) -> int | None:
        return None

    def page(self, database: Analysis, offset: int, limit: int, *, descending: bool) -> list[Numbered]:
        """Raises GoneError where one of the events is not there any more."""
        begin, end = offset, min(self.total, offset + limit)
        if descending:
            begin, end = max(0, self.total - offset - limit), max(0, self.total - offset)
        seqs = list(self.between(database, begin, end))
        if not seqs:
            return []
        if descending:
            seqs.reverse()
        rows, more = database.page_of_rows(
            f"SELECT seq, {COLUMNS} FROM (SELECT value AS wanted FROM json_each(?)) CROSS JOIN events ON seq = wanted "
            "WHERE timestamp >= ?",
            [encode_json(seqs).decode(), database.oldest_kept()],
        )
        if not more and len(rows) < len(seqs):
            raise GoneError
        return numbered(rows)

    def between(self, database: Analysis, begin: int, end: int) -> Iterator[int]:
        """The seqs of two places and all between them."""
        start = 0
        for value, number in self.numbers.items():
            if start < end and begin < start + number:
                yield from self.group(database, value)[max(0, begin - start) : end - start]
            start += number

    def group(self, database: Analysis, value: Value) -> "array[int]":
        """Its seqs. Raises GoneError where there are not as many as were counted."""
        if value not in self.seqs:
            table, where = self.way(database, value)
            seqs = read_seqs(database, f"SELECT seq FROM {table} WHERE {where.sql} ORDER BY timestamp, seq", where)
            if len(seqs) != self.numbers[value]:
                raise GoneError
            self.seqs[value] = seqs
        return self.seqs[value]

    def way(self, database: Analysis, value: Value) -> Way:
        kinds = Selection(f"{SORTS[self.sort]} IS ?", [value])
        return database.by_kind(self.query, (0, self.cursor), oldest=self.oldest, kinds=kinds)

    def place(self, database: Analysis, found: Numbered, *, descending: bool) -> int | None:
        seq, event = found
        value = getattr(event, SORTS[self.sort]) if is_grouped(self.query, self.sort) else None
        if value not in self.numbers:
            return None
        try:
            place = self.group(database, value).index(seq)
        except ValueError:
            return None
        for before, number in self.numbers.items():
            if before == value:
                break
            place += number
        return self.total - 1 - place if descending else place


def is_grouped(query: Query, sort: str) -> bool:
    """Whether its events are in groups, each of which is some kinds."""
    return SORTS[sort] in FIELDS and not query.text and not query.instance_ids


def keep(database: Analysis, query: Query, sort: str, cursor: int, former: Listing | None) -> KeptListing:
    """As of a cursor, from a former one if that still holds."""
    clears = database.clears()
    if isinstance(former, KeptListing) and former.clears == clears and former.cursor <= cursor:
        if former.cursor == cursor:
            return former
        try:
            return extend(database, former, cursor)
        except GoneError:
            pass
    oldest = database.oldest_kept()
    if is_grouped(query, sort):
        numbers = count_groups(database, query, SORTS[sort], cursor)
        return KeptListing(query, sort, cursor, clears, oldest, numbers, {})
    table, where = database.way_to_all(query, (0, cursor))
    order = "timestamp, seq" if sort == "time" else f"{SORTS[sort]}, timestamp, seq"
    seqs = read_seqs(database, f"SELECT seq FROM {table} WHERE {where.sql} ORDER BY {order}", where)
    return KeptListing(query, sort, cursor, clears, oldest, {None: len(seqs)}, {None: seqs})


def count_groups(database: Analysis, query: Query, column: str, cursor: int) -> dict[Value, int]:
    table, where = database.by_kind(query, (0, cursor))
    rows = database.rows(
        f"SELECT {column}, sum(number) FROM kinds JOIN (SELECT kind, count(*) AS number FROM {table} WHERE {where.sql} "
        f"GROUP BY kind) ON id = kind GROUP BY {column} ORDER BY {column}",
        where.values,
    )
    return dict(rows)


def read_seqs(database: Analysis, statement: str, where: Selection) -> "array[int]":
    """SQLite joins them into one text, since it lets Python's lock go for each row of an answer once, and may then have
    to wait for it.
    """
    return decode_seqs(database.rows(f"SELECT json_group_array(seq) FROM ({statement})", where.values)[0][0])


def extend(database: Analysis, listing: KeptListing, cursor: int) -> KeptListing:
    """The same as of a later cursor. Raises GoneError where it has to be read again."""
    column = SORTS[listing.sort]
    sql, values = database.where(listing.query, cursor, listing.cursor)
    new = database.rows(
        f"SELECT {column}, timestamp, seq FROM {TABLE} WHERE seq > ? AND {sql} ORDER BY seq LIMIT ?",
        [listing.cursor, *values, MOST_INSERTED + 1],
    )
    if len(new) > MOST_INSERTED:
        raise GoneError
    numbers, kept = dict(listing.numbers), dict(listing.seqs)
    changed: set[Value] = set()

    def key_of(seq: int) -> tuple[Any, ...]:
        found = database.rows(f"SELECT {column}, timestamp, seq FROM events WHERE seq = ?", [seq])
        if not found:
            raise GoneError
        return sort_key(found[0])

    for row in new:
        value = row[0] if is_grouped(listing.query, listing.sort) else None
        numbers[value] = numbers.get(value, 0) + 1
        if numbers[value] == 1:
            kept[value] = array("q")
        if value not in kept:
            continue
        if value not in changed:
            changed.add(value)
            kept[value] = array("q", kept[value])
        seqs, key = kept[value], sort_key(row)
        if seqs and key_of(seqs[-1]) < key:
            seqs.append(row[2])
        else:
            seqs.insert(bisect(seqs, key, key=key_of), row[2])
    ordered = dict(sorted(numbers.items(), key=lambda item: sort_key(item[:1])))
    return msgspec.structs.replace(listing, cursor=cursor, numbers=ordered, seqs=kept)


def sort_key(row: Row) -> tuple[Any, ...]:
    """As SQLite sorts: NULL first, text by its bytes, which is by code points, too."""
    return (row[0] is not None, row[0], *row[1:]) if row[0] is not None else (False, "", *row[1:])
