"""What a viewer reads: any page of a listing, sorted by any column, as the store was at a commit.

In the order of time an index knows the way, as long as it can judge each event by itself. For anything else the seqs of
the whole listing are kept: eight bytes an event. SQLite joins them into one text, since it lets Python's lock go for
each row of an answer once, and may then have to wait for it.
"""

from array import array
from bisect import bisect
from collections.abc import Sequence
from typing import Any

import msgspec

from cdp_bgservices.events import Event
from cdp_bgservices.query import Query
from cdp_bgservices.store.sqlite import statements
from cdp_bgservices.store.sqlite.conditions import conditions
from cdp_bgservices.store.sqlite.distinct_values import Words
from cdp_bgservices.store.sqlite.engine import Database
from cdp_bgservices.store.sqlite.reading import check_text
from cdp_bgservices.store.sqlite.rows import COLUMNS, Row, encode_json, event_of, timestamp_of
from cdp_bgservices.store.sqlite.sql import Selection

SORTS = {
    "time": "timestamp",
    "service": "service",
    "event": "event_name",
    "origin": "origin",
    "storage_key": "storage_key",
    "scope": "scope",
    "instance": "instance_id",
}
"""What a listing can be sorted by, and the column; those that are the same there, by time."""
MOST_INSERTED = 500
"""More new events are not put in one by one."""

decode_seqs = msgspec.json.Decoder(list[int]).decode

Numbered = tuple[int, Event]
"""An event and its seq."""


class GoneError(Exception):
    """An event of a listing is not there any more, by retention or because it was deleted."""


class Listing(msgspec.Struct, frozen=True):
    """The whole of it, ascending."""

    query: Query
    sort: str
    cursor: int
    """The last seq that was looked at."""
    seqs: "array[int]"


def where(database: Database, query: Query, cursor: int, words: Words | None, after: int = 0) -> Selection:
    """The conditions of a listing as of a cursor."""
    check_text(query)
    return conditions(query, database.oldest_kept(), (after, cursor), words=words)


def order_of(sort: str) -> str:
    """For ORDER BY, ascending: a whole order."""
    return "timestamp, seq" if sort == "time" else f"{SORTS[sort]}, timestamp, seq"


def is_indexed(query: Query, sort: str) -> bool:
    """Whether an index alone tells which events these are, and in which order."""
    return (
        sort == "time"
        and len(query.services) < 2
        and query == Query(services=query.services, since=query.since, before=query.before)
    )


def count(database: Database, query: Query, cursor: int, words: Words | None = None) -> int:
    """How many there are."""
    sql, values = where(database, query, cursor, words)
    return int(database.rows(f"SELECT count(*) FROM events WHERE {sql}", values)[0][0])


def page(
    database: Database,
    query: Query,
    cursor: int,
    offset: int,
    limit: int,
    *,
    descending: bool = False,
    words: Words | None = None,
) -> list[Numbered]:
    """From an offset on, in the order of time; as many as make a page, one at the least, where there are any."""
    sql, values = where(database, query, cursor, words)
    if not is_indexed(query, "time"):
        way = "timestamp DESC, seq DESC" if descending else "timestamp, seq"
        statement = f"SELECT seq, {COLUMNS} FROM events WHERE {sql} ORDER BY {way} LIMIT ? OFFSET ?"
        return numbered(database.page(statement, [*values, limit, offset])[0])
    # The index has no seq, so that those of one time would have to be sorted on the whole way to the offset. It has the
    # id: that tells how many of the first one's time come before it there, and so, whichever they are, here.
    way, less = ("DESC", ">") if descending else ("", "<")
    ids = "" if query.services else f", id {way}"
    first = database.rows(
        f"SELECT timestamp, id, seq FROM events WHERE {sql} ORDER BY timestamp {way}{ids or f', seq {way}'} "
        "LIMIT 1 OFFSET ?",
        [*values, offset],
    )
    if not first:
        return []
    timestamp, id_, seq = first[0]
    key, value = ("seq", seq) if query.services else ("id", id_)
    before = database.rows(
        f"SELECT count(*) FROM events WHERE {sql} AND timestamp = ? AND {key} {less} ?", [*values, timestamp, value]
    )[0][0]
    beyond = ">=" if not descending else "<="
    statement = (
        f"SELECT seq, {COLUMNS} FROM events WHERE {sql} AND timestamp {beyond} ? "
        f"ORDER BY timestamp {way}, seq {way} LIMIT ? OFFSET ?"
    )
    return numbered(database.page(statement, [*values, timestamp, limit, before])[0])


def offset_of(
    database: Database, query: Query, cursor: int, found: Numbered, *, descending: bool = False
) -> int | None:
    """Where an event is, in the order of time; None where it is not."""
    sql, values = where(database, query, cursor, None)
    seq, event = found
    timestamp = timestamp_of(event)
    if not database.rows(f"SELECT 1 FROM events WHERE {sql} AND timestamp = ? AND +seq = ?", [*values, timestamp, seq]):
        return None
    less = ">" if descending else "<"
    before = f"timestamp {less} ? OR timestamp = ? AND seq {less} ?"
    rows = database.rows(
        f"SELECT count(*) FROM events WHERE {sql} AND ({before})", [*values, timestamp, timestamp, seq]
    )
    return int(rows[0][0])


def timestamp_by_id(database: Database, id_: str, seq: int = 0) -> int | None:
    """No index begins with the id, but one has it: a tenth of a second in a million. ``seq``: where it may be."""
    if rows := database.rows("SELECT timestamp FROM events WHERE seq = ? AND +id = ?", [seq, id_]):
        return int(rows[0][0])
    rows = database.rows("SELECT timestamp FROM events INDEXED BY events_by_timestamp WHERE id = ?", [id_])
    return int(rows[0][0]) if rows else None


def fill(database: Database, query: Query, sort: str, cursor: int, words: Words | None = None) -> Listing:
    """All of it."""
    sql, values = where(database, query, cursor, words)
    # To go through the table, and sort what is left, is quicker than to look up each row of the index.
    has_index = len(query.services) == 1 or (sort in ("time", "service") and is_indexed(query, "time"))
    way = "" if has_index else "NOT INDEXED"
    inner = f"SELECT seq FROM events {way} WHERE {sql} ORDER BY {order_of(sort)}"
    text = database.rows(f"SELECT json_group_array(seq) FROM ({inner})", values)[0][0]
    return Listing(query, sort, cursor, array("q", decode_seqs(text)))


def extend(database: Database, listing: Listing, cursor: int, words: Words | None = None) -> Listing:
    """The same as of a later cursor. Raises GoneError where it has to be filled again."""
    column = SORTS[listing.sort]
    sql, values = where(database, listing.query, cursor, words, after=listing.cursor)
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
    return Listing(listing.query, listing.sort, cursor, seqs)


def sort_key(row: Row) -> tuple[Any, ...]:
    """As SQLite sorts: NULL first, text by its bytes, which is by code points, too."""
    return (row[0] is not None, row[0], *row[1:]) if row[0] is not None else (False, "", *row[1:])


def cut(listing: Listing, offset: int, limit: int, *, descending: bool = False) -> list[int]:
    """The seqs of a page."""
    if not descending:
        return list(listing.seqs[offset : offset + limit])
    end = max(0, len(listing.seqs) - offset)
    return list(reversed(listing.seqs[max(0, end - limit) : end]))


def read(database: Database, seqs: Sequence[int]) -> list[Numbered]:
    """These events, in this order; not all, but one at the least, where they are very large.

    Raises GoneError where one is not there any more.
    """
    rows, more = database.page(
        f"SELECT seq, {COLUMNS} FROM (SELECT value AS wanted FROM json_each(?)) CROSS JOIN events ON seq = wanted "
        "WHERE timestamp >= ?",
        [encode_json(list(seqs)).decode(), database.oldest_kept()],
    )
    if not more and len(rows) < len(seqs):
        raise GoneError
    return numbered(rows)


def committed(database: Database, query: Query, after: int, limit: int) -> tuple[list[Numbered], int, bool]:
    """What was committed after a cursor, in this order; the cursor behind it, and whether there is more."""
    check_text(query)
    last = database.cursor()
    rows, more = database.page(*statements.committed(query, database.oldest_kept(), after, last, limit))
    more = more or len(rows) == limit
    return numbered(rows), rows[-1][0] if more else max(last, after), more


def by_id(database: Database, id_: str, seq: int = 0) -> Numbered | None:
    """None where it is not there, or past retention. ``seq``: where it may be."""
    timestamp = timestamp_by_id(database, id_, seq)
    if timestamp is None or timestamp < database.oldest_kept():
        return None
    rows = database.rows(f"SELECT seq, {COLUMNS} FROM events WHERE timestamp = ? AND id = ?", [timestamp, id_])
    return numbered(rows)[0] if rows else None


def seqs_of(database: Database, events: Sequence[Event]) -> dict[str, int]:
    """Of each of these, by its id."""
    pairs = encode_json([[timestamp_of(event), event.id] for event in events]).decode()
    rows = database.rows(
        "SELECT events.id, seq FROM json_each(?) AS wanted CROSS JOIN events "
        "ON timestamp = json_extract(wanted.value, '$[0]') AND events.id = json_extract(wanted.value, '$[1]')",
        [pairs],
    )
    return dict(rows)


def numbered(rows: Sequence[Row]) -> list[Numbered]:
    return [(row[0], event_of(row[1:])) for row in rows]
