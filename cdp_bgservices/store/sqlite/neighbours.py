"""Events before and after a moment; and all that a query takes, as long as these are not too many."""

from collections.abc import Callable, Sequence
from datetime import datetime

import msgspec

from cdp_bgservices.events import Event, from_microseconds, to_microseconds
from cdp_bgservices.query import Query
from cdp_bgservices.store.sqlite.conditions import where
from cdp_bgservices.store.sqlite.database import Database
from cdp_bgservices.store.sqlite.distinct_values import DistinctValues
from cdp_bgservices.store.sqlite.kept_listing import decode_seqs
from cdp_bgservices.store.sqlite.rows import COLUMNS, encode_json, event_of, numbered
from cdp_bgservices.store.sqlite.statements import newest, page
from cdp_bgservices.store.values import PAGE, Numbered

MANY = 100_000
"""Events that are looked for in an index; among more, in the table."""


def nearest(database: Database, query: Query, moment: datetime, limit: int) -> list[Numbered]:
    """The nearest ``limit`` events before a moment, and from it on."""
    oldest, span = database.oldest_kept(), (0, database.cursor())
    before = msgspec.structs.replace(query, before=moment)
    after = msgspec.structs.replace(query, since=moment)
    questions = newest(before, oldest, span, limit), page(after, oldest, span, None, limit)
    return [found for question in questions for found in numbered(database.page_of_rows(*question)[0])]


def reach(
    database: Database, services: Sequence[str], moment: datetime, number: int
) -> tuple[datetime | None, datetime | None]:
    """The closest times before and after a moment between which one of these services has ``number`` events."""
    at = to_microseconds(moment)

    def edge(way: str, order: str, closest: Callable[[list[int]], int]) -> datetime | None:
        conditions = f"service = ? AND timestamp {way} ?"
        sql = f"SELECT timestamp FROM events WHERE {conditions} ORDER BY timestamp {order} LIMIT 1 OFFSET ?"
        rows = [row[0] for service in services for row in database.rows(sql, [service, at, number])]
        return from_microseconds(closest(rows)) if rows else None

    return edge("<=", "DESC", max), edge(">=", "", min)


def count_up_to(database: Database, query: Query, most: int, cursor: int) -> int:
    """How many events there are; ``most`` + 1 where there are more."""
    sql, values = where(database, query, cursor)
    rows = database.rows(f"SELECT count(*) FROM (SELECT 1 FROM events WHERE {sql} LIMIT ?)", [*values, most + 1])
    return int(rows[0][0])


def read_up_to(
    database: Database, query: Query, most: int, cursor: int, distinct: DistinctValues | None
) -> list[Event] | None:
    """All events, oldest first; None where there are more than ``most``."""
    sql, values = where(database, query, cursor, distinct)
    # To go through the table is quicker than to look up each event of very many in it.
    times = Query(since=query.since, before=query.before)
    way = "NOT INDEXED" if count_up_to(database, times, MANY, cursor) > MANY else ""
    inner = f"SELECT seq FROM events {way} WHERE {sql} ORDER BY timestamp, seq LIMIT ?"
    found = database.rows(f"SELECT json_group_array(seq) FROM ({inner})", [*values, most + 1])
    seqs = decode_seqs(found[0][0])
    return None if len(seqs) > most else read_all(database, seqs)


def read_all(database: Database, seqs: list[int]) -> list[Event]:
    """Those of them that are still there."""
    sql = f"SELECT {COLUMNS} FROM (SELECT value AS wanted FROM json_each(?)) CROSS JOIN events ON seq = wanted"
    pages = (seqs[start : start + PAGE] for start in range(0, len(seqs), PAGE))
    return [event_of(row) for page in pages for row in database.rows(sql, [encode_json(page).decode()])]
