"""Listings that are kept as the seqs of all their events: eight bytes an event.

SQLite joins the seqs into one text, since it lets Python's lock go for each row of an answer once, and may then have to
wait for it.
"""

from array import array
from bisect import bisect
from typing import Any

import msgspec

from cdp_bgservices.query import Query
from cdp_bgservices.store.listing import GoneError, Listing
from cdp_bgservices.store.sqlite.analysis import Analysis
from cdp_bgservices.store.sqlite.indexed_listing import is_indexed
from cdp_bgservices.store.sqlite.rows import COLUMNS, Row, encode_json, numbered
from cdp_bgservices.store.values import SORTS, Numbered

MOST_INSERTED = 500
"""More new events are not put in one by one."""

decode_seqs = msgspec.json.Decoder(list[int]).decode


class KeptListing(msgspec.Struct, frozen=True):
    """The whole of it, ascending."""

    query: Query
    sort: str
    cursor: int
    """The last seq that was looked at."""
    clears: int
    """How often events had been deleted before their time."""
    seqs: "array[int]"

    @property
    def total(self) -> int:
        return len(self.seqs)

    @property
    def is_all(self) -> bool:
        return True

    @property
    def reached(self) -> int | None:
        return None

    def page(self, database: Analysis, offset: int, limit: int, *, descending: bool) -> list[Numbered]:
        """Raises GoneError where one of the events is not there any more."""
        seqs = self.seqs[offset : offset + limit]
        if descending:
            end = max(0, self.total - offset)
            seqs = self.seqs[max(0, end - limit) : end][::-1]
        if not seqs:
            return []
        rows, more = database.page_of_rows(
            f"SELECT seq, {COLUMNS} FROM (SELECT value AS wanted FROM json_each(?)) CROSS JOIN events ON seq = wanted "
            "WHERE timestamp >= ?",
            [encode_json(seqs.tolist()).decode(), database.oldest_kept()],
        )
        if not more and len(rows) < len(seqs):
            raise GoneError
        return numbered(rows)

    def place(self, database: Analysis, found: Numbered, *, descending: bool) -> int | None:
        try:
            place = self.seqs.index(found[0])
        except ValueError:
            return None
        return self.total - 1 - place if descending else place


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
    return fill(database, query, sort, cursor, clears)


def fill(database: Analysis, query: Query, sort: str, cursor: int, clears: int) -> KeptListing:
    """All of it."""
    sql, values = database.where(query, cursor)
    # To go through the table, and sort what is left, is quicker than to look up each row of the index.
    # One service is in the order of its index, two are not.
    has_index = len(query.services) == 1 or (sort in ("time", "service") and is_indexed(query, "time"))
    way = "" if has_index else "NOT INDEXED"
    order = "timestamp, seq" if sort == "time" else f"{SORTS[sort]}, timestamp, seq"
    inner = f"SELECT seq FROM events {way} WHERE {sql} ORDER BY {order}"
    text = database.rows(f"SELECT json_group_array(seq) FROM ({inner})", values)[0][0]
    return KeptListing(query, sort, cursor, clears, array("q", decode_seqs(text)))


def extend(database: Analysis, listing: KeptListing, cursor: int) -> KeptListing:
    """The same as of a later cursor. Raises GoneError where it has to be filled again."""
    column = SORTS[listing.sort]
    sql, values = database.where(listing.query, cursor, listing.cursor)
    new = database.rows(
        f"SELECT {column}, timestamp, seq FROM events NOT INDEXED WHERE seq > ? AND {sql} ORDER BY seq LIMIT ?",
        [listing.cursor, *values, MOST_INSERTED + 1],
    )
    if len(new) > MOST_INSERTED:
        raise GoneError
    seqs = array("q", listing.seqs)

    def key_of(seq: int) -> tuple[Any, ...]:
        found = database.rows(f"SELECT {column}, timestamp, seq FROM events WHERE seq = ?", [seq])
        if not found:
            raise GoneError
        return sort_key(found[0])

    for row in new:
        key = sort_key(row)
        if seqs and key_of(seqs[-1]) < key:
            seqs.append(row[2])
        else:
            seqs.insert(bisect(seqs, key, key=key_of), row[2])
    return msgspec.structs.replace(listing, cursor=cursor, seqs=seqs)


def sort_key(row: Row) -> tuple[Any, ...]:
    """As SQLite sorts: NULL first, text by its bytes, which is by code points, too."""
    return (row[0] is not None, row[0], *row[1:]) if row[0] is not None else (False, "", *row[1:])
