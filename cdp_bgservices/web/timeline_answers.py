"""What the page draws: answers that are ready for JSON, over a store. Times are microseconds since the Unix epoch."""

from collections.abc import Iterable
from itertools import islice
from typing import Any

import msgspec

from cdp_bgservices.events import Event, from_microseconds, to_microseconds
from cdp_bgservices.export.lane_values import lane_values
from cdp_bgservices.query import FILTERS, Query
from cdp_bgservices.store import Database
from cdp_bgservices.store.sqlite.distinct_values import Words
from cdp_bgservices.store.sqlite.listing import decode_seqs
from cdp_bgservices.store.sqlite.rows import COLUMNS, encode_json, event_of
from cdp_bgservices.stories import make_lanes
from cdp_bgservices.web.gaps import gaps_between
from cdp_bgservices.web.histogram import count_both, where_of

MOST_EVENTS = 40_000
"""That a timeline draws one by one; of more, how many there were when."""
AROUND = 4_000
"""Events before and after what is asked for that are looked at, for what began or ends there."""
MANY = 100_000
"""Events that are looked for in an index; among more, in the table."""
BUCKETS, MOST_BUCKETS = 240, 1_000
"""Of a timeline that has too many events; and of an overview."""
MOST_INSTANCES = 2_000
"""Whose other events are looked for where a few are found among very many."""

PAGE = 500
"""Events that are read at a time."""

Values = dict[str, Any]


def overview(
    database: Database, query: Query, begin: int, end: int, buckets: int, words: Words | None = None
) -> Values:
    """``begin``, ``end``, ``width`` of a bucket, ``counts`` (by service), ``failed`` (all services), ``gaps``."""
    buckets = min(max(buckets, 1), MOST_BUCKETS)
    width = max(1, -((begin - end) // buckets))
    counts, failed = count_both(database, query, begin, width, buckets, words)
    return {
        "begin": begin,
        "end": end,
        "width": width,
        "counts": counts,
        "failed": [sum(column) for column in zip(*failed.values(), strict=True)] or [0] * buckets,
        "gaps": gaps_between(database, query, begin, end),
    }


def timeline(database: Database, query: Query, begin: int, end: int, words: Words | None = None) -> Values:
    """The lanes that have anything between two moments, or how many events there were when.

    ``begin``, ``end``, ``complete``, ``events`` (how many), ``gaps``; and if ``complete``, ``texts`` and ``lanes`` of
    ``lane_values``; else ``width``, and ``counts`` and ``failed`` by service.

    ``complete`` has all lanes of which an event passes the query, each with all its events; those of times that lie
    outside come along as far as they are near.
    """
    inside = narrowed(query, begin, end)
    whole = lanes_only(query)
    is_whole = whole == msgspec.structs.replace(query, since=None, before=None)
    # Where each event has to be looked at, once is enough.
    seqs = [] if is_whole else seqs_up_to(database, inside, MOST_EVENTS, words)
    number = count_up_to(database, inside, MOST_EVENTS) if is_whole else len(seqs)
    answer: Values = {"begin": begin, "end": end, "gaps": gaps_between(database, query, begin, end)}
    if number > MOST_EVENTS:
        width = max(1, -((begin - end) // BUCKETS))
        counts, failed = count_both(database, query, begin, width, BUCKETS, words)
        total = sum(map(sum, counts.values()))
        return {**answer, "complete": False, "events": total, "width": width, "counts": counts, "failed": failed}
    assert inside.since is not None
    assert inside.before is not None
    begin, end = to_microseconds(inside.since), to_microseconds(inside.before)
    found = read_all(database, seqs)
    chosen = None if is_whole else {event.id for event in found}
    if is_whole or count_up_to(database, narrowed(whole, begin, end), MOST_EVENTS) <= MOST_EVENTS:
        nearby = around(database, whole, begin, end)
    else:
        nearby = with_instances(database, whole, found, begin, end)
    lanes = [
        lane
        for lane in make_lanes(nearby, database.clock())
        if lane.begin < end
        and (lane.end is None or lane.end >= begin)
        and (chosen is None or any(mark.event.id in chosen for mark in lane.marks))
    ]
    return {**answer, "complete": True, "events": number, **lane_values(lanes)}


def narrowed(query: Query, begin: int, end: int) -> Query:
    """To what is between two moments."""
    since, before = from_microseconds(begin), from_microseconds(end)
    return msgspec.structs.replace(
        query,
        since=since if query.since is None else max(since, query.since),
        before=before if query.before is None else min(before, query.before),
    )


def lanes_only(query: Query) -> Query:
    """Without what tells the events of one lane from each other."""
    nothing = Query()
    return msgspec.structs.replace(
        query, **{each.field: getattr(nothing, each.field) for each in FILTERS if each.splits}
    )


def count_up_to(database: Database, query: Query, most: int) -> int:
    """How many events there are; ``most`` + 1 where there are more."""
    where = where_of(database, query)
    sql = f"SELECT count(*) FROM (SELECT 1 FROM events WHERE {where.sql} LIMIT ?)"
    return int(database.rows(sql, [*where.values, most + 1])[0][0])


def seqs_up_to(database: Database, query: Query, most: int, words: Words | None) -> list[int]:
    """Of the first events, oldest first; one more than ``most`` where there are more."""
    where = where_of(database, query, words=words)
    # To go through the table is quicker than to look up each event of very many in it.
    times = Query(since=query.since, before=query.before)
    way = "NOT INDEXED" if count_up_to(database, times, MANY) > MANY else ""
    inner = f"SELECT seq FROM events {way} WHERE {where.sql} ORDER BY timestamp, seq LIMIT ?"
    found = database.rows(f"SELECT json_group_array(seq) FROM ({inner})", [*where.values, most + 1])
    return decode_seqs(found[0][0])


def read_all(database: Database, seqs: list[int]) -> list[Event]:
    """Those of them that are still there."""
    sql = f"SELECT {COLUMNS} FROM (SELECT value AS wanted FROM json_each(?)) CROSS JOIN events ON seq = wanted"
    pages = (seqs[start : start + PAGE] for start in range(0, len(seqs), PAGE))
    return [event_of(row) for page in pages for row in database.rows(sql, [encode_json(page).decode()])]


def around(database: Database, query: Query, begin: int, end: int) -> Iterable[Event]:
    """Between two moments, and the nearest before and after."""
    whole = lanes_only(query)
    before = msgspec.structs.replace(whole, before=from_microseconds(begin), limit=AROUND)
    yield from database.events(before)
    yield from database.events(narrowed(whole, begin, end))
    after = msgspec.structs.replace(whole, since=from_microseconds(end))
    yield from islice(database.events(after), AROUND)


def with_instances(database: Database, query: Query, found: list[Event], begin: int, end: int) -> Iterable[Event]:
    """What was found, and what else came of the same instances between two moments."""
    instances = tuple({event.instance_id for event in found if event.instance_id})
    if not instances or len(instances) > MOST_INSTANCES:
        return found
    wanted = msgspec.structs.replace(narrowed(query, begin, end), instance_ids=instances, limit=MOST_EVENTS)
    events = {event.id: event for event in [*found, *database.events(wanted)]}
    return sorted(events.values(), key=lambda event: event.timestamp)
