"""Listings whose events are kept as seqs, eight bytes an event.

What is sorted by a column that kinds have is in groups, of which only those are read that a page is of. All else is one
group. The store's sums tell how many events a group has, so that its two ends can be read without the rest.
"""

from array import array
from bisect import bisect
from collections.abc import Sequence
from typing import Any

import msgspec

from cdp_bgservices.query import Query
from cdp_bgservices.store.criteria import Selection, either
from cdp_bgservices.store.listing import GoneError, Listing
from cdp_bgservices.store.sqlite.analysis import Analysis
from cdp_bgservices.store.sqlite.conditions import IN_TIME, TABLE
from cdp_bgservices.store.sqlite.kinds import FIELDS
from cdp_bgservices.store.sqlite.rows import COLUMNS, Row, decode_seqs, encode_json, numbered
from cdp_bgservices.store.sqlite.sql import one_of
from cdp_bgservices.store.sqlite.sums import is_summed
from cdp_bgservices.store.values import SORTS, Numbered

MOST_INSERTED = 500
"""More new events are not put in one by one."""
END = 500
"""Events at either end of a group that are read without the others."""
AT_ONCE = 50_000
"""Events of small groups that are read together: to read one takes as long."""

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
    """How many events each group has, in the order of the listing; set right when the group is read."""
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
        seqs = None
        while seqs is None:
            begin, end = offset, min(self.total, offset + limit)
            if descending:
                begin, end = max(0, self.total - offset - limit), max(0, self.total - offset)
            seqs = self.between(database, begin, end)
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

    def between(self, database: Analysis, begin: int, end: int) -> list[int] | None:
        """The seqs from one place up to another. None where there are more or fewer events than was believed."""
        start = 0
        found: list[int] = []
        missing: list[Value] = []
        for value, number in self.numbers.items():
            first, last = max(0, begin - start), min(number, end - start)
            start += number
            if first >= last:
                continue
            part = self.seqs[value][first:last] if value in self.seqs else self.part(database, value, first, last)
            if part is None:
                missing.append(value)
            else:
                found += part
        if missing:
            self.read(database, missing)
            return None
        return found

    def part(self, database: Analysis, value: Value, first: int, last: int) -> "Sequence[int] | None":
        """Of a group that was not read, if it is of one of its ends. None else."""
        number = self.numbers[value]
        if last <= END < number:
            part = self.select(database, [value], limit=last)[first:]
        elif number - first <= END < number:
            part = self.select(database, [value], limit=number - first, way="DESC")[: last - first][::-1]
        else:
            return None
        return part if len(part) == last - first else None

    def read(self, database: Analysis, values: list[Value]) -> None:
        """These groups; others behind them, too, where they are small."""
        ordered = list(self.numbers)
        rest = [value for value in ordered[ordered.index(values[-1]) + 1 :] if value not in self.seqs]
        size = sum(self.numbers[value] for value in values)
        while rest and size + self.numbers[rest[0]] <= AT_ONCE:
            size += self.numbers[rest[0]]
            values.append(rest.pop(0))
        if len(values) == 1:
            self.seqs[values[0]] = self.select(database, values)
        else:
            self.seqs.update(self.select_several(database, values))
        for value in values:
            self.numbers[value] = len(self.seqs[value])

    def select(self, database: Analysis, values: list[Value], limit: int = -1, way: str = "") -> "array[int]":
        """The seqs of a group, in its order."""
        sql, parameters = self.where(database, values)
        columns = ["timestamp", "seq"] if is_in_time(self.query, self.sort) else [SORTS[self.sort], "timestamp", "seq"]
        order = ", ".join(f"{column} {way}" for column in columns)
        inner = f"SELECT seq FROM {database.table_for(self.query)} WHERE {sql} ORDER BY {order} LIMIT ?"
        # As one text, since SQLite lets Python's lock go for each row of an answer once, and may then have to wait.
        text = database.rows(f"SELECT json_group_array(seq) FROM ({inner})", [*parameters, limit])[0][0]
        return decode_seqs(text)

    def select_several(self, database: Analysis, values: list[Value]) -> "dict[Value, array[int]]":
        """The seqs of groups that are in the order of time."""
        sql, parameters = self.where(database, values)
        inner = f"SELECT seq, kind FROM {IN_TIME} WHERE {sql} ORDER BY timestamp, seq"
        statement = f"SELECT json_group_array(seq), json_group_array(kind) FROM ({inner})"
        with database.snapshot():
            seqs, kinds = map(decode_seqs, database.rows(statement, parameters)[0])
            group_of: dict[int, Value] = dict(database.rows(f"SELECT id, {SORTS[self.sort]} FROM kinds"))
        found: dict[Value, array[int]] = {value: array("q") for value in values}
        for seq, kind in zip(seqs, kinds, strict=True):
            found[group_of[kind]].append(seq)
        return found

    def where(self, database: Analysis, values: list[Value]) -> Selection:
        kinds = of_values(SORTS[self.sort], values) if is_grouped(self.query, self.sort) else None
        return database.where(self.query, self.cursor, oldest=self.oldest, kinds=kinds)

    def place(self, database: Analysis, found: Numbered, *, descending: bool) -> int | None:
        seq, event = found
        value = getattr(event, SORTS[self.sort]) if is_grouped(self.query, self.sort) else None
        if value not in self.numbers:
            return None
        if value not in self.seqs:
            self.read(database, [value])
        try:
            place = self.seqs[value].index(seq)
        except ValueError:
            return None
        for before, number in self.numbers.items():
            if before == value:
                break
            place += number
        return self.total - 1 - place if descending else place


def is_grouped(query: Query, sort: str) -> bool:
    """Whether each group of its events is some kinds."""
    return SORTS[sort] in FIELDS and is_summed(query)


def is_in_time(query: Query, sort: str) -> bool:
    """Whether each group is in the order of time."""
    return sort == "time" or is_grouped(query, sort)


def of_values(column: str, values: list[Value]) -> Selection:
    parts = [Selection(f"{column} IS NULL", [])] if None in values else []
    texts = [value for value in values if value is not None]
    return either([*parts, one_of(column, texts)] if texts else parts)


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
    listing = KeptListing(query, sort, cursor, clears, database.oldest_kept(), {None: 0}, {})
    if is_grouped(query, sort):
        counts = database.sum_of(query, [SORTS[sort]], cursor)
        return msgspec.structs.replace(listing, numbers=in_order({value: counts[value,] for (value,) in counts}))
    if is_summed(query):
        return msgspec.structs.replace(listing, numbers={None: database.number_of(query, cursor)})
    listing.read(database, [None])
    return listing


def in_order(numbers: dict[Value, int]) -> dict[Value, int]:
    return dict(sorted(numbers.items(), key=lambda item: sort_key(item[:1])))


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
        if value not in numbers:
            kept[value] = array("q")
        numbers[value] = numbers.get(value, 0) + 1
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
    return msgspec.structs.replace(listing, cursor=cursor, numbers=in_order(numbers), seqs=kept)


def sort_key(row: Row) -> tuple[Any, ...]:
    """As SQLite sorts: NULL first, text by its bytes, which is by code points, too."""
    return (row[0] is not None, row[0], *row[1:]) if row[0] is not None else (False, "", *row[1:])
