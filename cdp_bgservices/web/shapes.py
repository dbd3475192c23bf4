"""What the page draws: answers that are ready for JSON, over a store. Times are microseconds since the Unix epoch."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

import msgspec

from cdp_bgservices.events import Event, from_microseconds, to_microseconds
from cdp_bgservices.query import Query
from cdp_bgservices.store import Database
from cdp_bgservices.store.failing import is_failed
from cdp_bgservices.stories import make_lanes, measure
from cdp_bgservices.stories.numbers import DECIDING, ROLES, Fact
from cdp_bgservices.web.density import count_events, count_failures, where_of
from cdp_bgservices.web.gaps import gaps_between
from cdp_bgservices.web.lane_values import lane_values

MOST_EVENTS = 40_000
"""That a timeline draws one by one; of more, how many there were when."""
AROUND = 4_000
"""Events before and after what is asked for that are looked at, for what began or ends there."""
BUCKETS, MOST_BUCKETS = 240, 1_000
"""Of a timeline that has too many events; and of an overview."""
MOST_INSTANCES = 2_000
"""Whose other events are looked for where a few are found among very many."""

PAGE = 20_000
"""Events that are counted at a time."""

Values = dict[str, Any]


def overview(database: Database, query: Query, begin: int, end: int, buckets: int) -> Values:
    """``begin``, ``end``, ``width`` of a bucket, ``counts`` (by service), ``failed`` (all services), ``gaps``."""
    buckets = min(max(buckets, 1), MOST_BUCKETS)
    width = max(1, -((begin - end) // buckets))
    failed = count_failures(database, query, begin, width, buckets).values()
    return {
        "begin": begin,
        "end": end,
        "width": width,
        "counts": count_events(database, query, begin, width, buckets),
        "failed": [sum(column) for column in zip(*failed, strict=True)] or [0] * buckets,
        "gaps": gaps_between(database, query, begin, end),
    }


def timeline(database: Database, query: Query, begin: int, end: int) -> Values:
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
    found = [] if is_whole else list(islice(database.events(inside), MOST_EVENTS + 1))
    number = count_up_to(database, inside, MOST_EVENTS) if is_whole else len(found)
    answer: Values = {"begin": begin, "end": end, "gaps": gaps_between(database, query, begin, end)}
    if number > MOST_EVENTS:
        width = max(1, -((begin - end) // BUCKETS))
        counts = count_events(database, query, begin, width, BUCKETS)
        failed = count_failures(database, query, begin, width, BUCKETS)
        total = sum(map(sum, counts.values()))
        return {**answer, "complete": False, "events": total, "width": width, "counts": counts, "failed": failed}
    assert inside.since is not None
    assert inside.before is not None
    begin, end = to_microseconds(inside.since), to_microseconds(inside.before)
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
    return msgspec.structs.replace(query, event_names=(), text="", failed=False, since=None, before=None)


def count_up_to(database: Database, query: Query, most: int) -> int:
    """How many events there are; ``most`` + 1 where there are more."""
    where = where_of(database, query)
    sql = f"SELECT count(*) FROM (SELECT 1 FROM events WHERE {where.sql} LIMIT ?)"
    return int(database.rows(sql, [*where.values, most + 1])[0][0])


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


def numbers(database: Database, query: Query) -> Values:
    """``rows`` as ``stories.measure`` makes them, ``begin`` and ``end`` of what was asked for."""
    oldest, now = database.oldest_kept(), to_microseconds(database.clock())
    return {
        "begin": oldest if query.since is None else max(oldest, to_microseconds(query.since)),
        "end": now if query.before is None else min(now, to_microseconds(query.before)),
        "rows": counted(database, query),
    }


class DisorderError(Exception):
    """Events of one registration were not committed in the order in which they happened."""


def counted(database: Database, query: Query) -> list[Values]:
    """In the order of commits, which is that of time in all that is told by a browser, and read much faster; where it
    is not, as it may be after an import, in that of time."""
    try:
        return measure(in_time(facts(database, query, by_commit=True)))
    except DisorderError:
        return measure(facts(database, query, by_commit=False))


def in_time(told: Iterable[Fact]) -> Iterator[Fact]:
    last: dict[tuple[str, str], int] = {}
    for fact in told:
        key = (fact[1], fact[4])
        if fact[0] < last.get(key, 0):
            raise DisorderError
        last[key] = fact[0]
        yield fact


def facts(database: Database, query: Query, *, by_commit: bool) -> Iterator[Fact]:
    """Of all events of a query that have a role; some thousand in memory at a time."""
    names = sorted({name for roles in ROLES.values() for name in roles})
    decide = ", ".join("?" * len(DECIDING))
    columns = (
        "timestamp, seq, service, event_name, instance_id, registration_id || ' ' || origin || ' ' || source, "
        f"browser_context, CASE WHEN event_name IN ({decide}) THEN metadata ELSE '{{}}' END"
    )
    position, seq = None, 0
    while True:
        where = where_of(database, query, None if by_commit else position)
        source, order = ("events NOT INDEXED", "seq") if by_commit else ("events", "timestamp, seq")
        sql = (
            f"SELECT {columns} FROM {source} WHERE {'seq' if by_commit else '+seq'} > ? AND {where.sql} "
            f"AND event_name IN ({', '.join('?' * len(names))}) ORDER BY {order} LIMIT {PAGE}"
        )
        rows = database.rows(sql, [*DECIDING, seq if by_commit else 0, *where.values, *names])
        for at, _, service, name, instance, registration, context, metadata in rows:
            is_failure = metadata != "{}" and is_failed(name, metadata)
            yield at, service, name, instance, registration, context, is_failure
        if len(rows) < PAGE:
            break
        position, seq = rows[-1][:2], rows[-1][1]


def story(database: Database, event: Event) -> list[Event]:
    """Its lane's events, oldest first; the nearest ones where they are very many."""
    from cdp_bgservices.web.telling import lane_of

    return lane_of(database, event)
