"""The whole story of one event: the lane that it is in."""

from collections.abc import Callable, Iterable
from datetime import timedelta
from itertools import chain
from typing import NamedTuple

import msgspec

from cdp_bgservices.events import MICROSECOND, Event, Service, from_microseconds, to_microseconds
from cdp_bgservices.query import Query
from cdp_bgservices.store import Database
from cdp_bgservices.store.sqlite.rows import event_of
from cdp_bgservices.store.sqlite.statements import newest, page
from cdp_bgservices.stories import make_lanes

NEAR = timedelta(minutes=10)
"""A handler shows its notification within this time, or was stopped."""
MOST, MOST_MOMENTS = 500, 8
"""Events of one question on either side; and of the same instance the nearest ones whose surroundings are looked at."""
LOOKED = 10_000
"""Events of a service on either side among which an instance's are looked for at first: those of one are mostly close
to each other, and to look through the many of a whole service takes most of a second."""
JOINED = (Service.PUSH_MESSAGING, Service.NOTIFICATIONS)


class Story(NamedTuple):
    events: list[Event]
    """Oldest first."""
    whole: bool
    """Whether it was looked for everywhere; if not, more may have happened long before or after."""


def story(database: Database, event: Event, *, whole: bool = False) -> Story:
    """Its lane's events, of at most some hundred around it; near it in time only, unless the ``whole`` is wanted."""
    reach = Query() if whole else reach_of(database, event)
    known = {event.id: event}
    add(known, surroundings(database, event))
    add(known, same_instance(database, [event], event, reach))
    if event.service in JOINED:
        moments = sorted(known.values(), key=lambda other: abs(other.timestamp - event.timestamp))[:MOST_MOMENTS]
        add(known, chain.from_iterable(surroundings(database, moment) for moment in moments if moment != event))
        # What became of a notification that a push has shown may have come hours later.
        shown = [other for other in lane(known, event) if other.service == Service.NOTIFICATIONS]
        add(known, same_instance(database, shown, event, reach))
    return Story(lane(known, event), reach.since is None and reach.before is None)


def add(known: dict[str, Event], events: Iterable[Event]) -> None:
    known.update((event.id, event) for event in events)


def lane(known: dict[str, Event], event: Event) -> list[Event]:
    events = sorted(known.values(), key=lambda other: other.timestamp)
    for found in make_lanes(events):
        if any(mark.event.id == event.id for mark in found.marks):
            return [mark.event for mark in found.marks]
    return [event]


def reach_of(database: Database, event: Event) -> Query:
    """The times between which its service, or both that are joined, had so many events before it and after it."""
    services = JOINED if event.service in JOINED else (event.service,)
    at = to_microseconds(event.timestamp)

    def edge(way: str, order: str, nearest: Callable[[list[int]], int]) -> int | None:
        where = f"service = ? AND timestamp {way} ?"
        sql = f"SELECT timestamp FROM events WHERE {where} ORDER BY timestamp {order} LIMIT 1 OFFSET ?"
        rows = [row[0] for service in services for row in database.rows(sql, [service, at, LOOKED])]
        return nearest(rows) if rows else None

    since, before = edge("<=", "DESC", max), edge(">=", "", min)
    return Query(
        since=None if since is None else from_microseconds(since),
        before=None if before is None else from_microseconds(before),
    )


def same_instance(database: Database, events: list[Event], event: Event, reach: Query) -> Iterable[Event]:
    """The nearest to an event, as far as they have an id; those that have none are found among what is near."""
    instances = tuple({other.instance_id for other in events if other.instance_id})
    if not instances:
        return []
    query = msgspec.structs.replace(
        reach,
        services=(events[0].service,),
        origins=(event.origin,),
        instance_ids=instances,
        sources=(event.source,),
    )
    return nearest(database, query, event)


def surroundings(database: Database, event: Event) -> Iterable[Event]:
    """Of the same service, or of pushes and notifications both, shortly before and after."""
    query = Query(
        services=JOINED if event.service in JOINED else (event.service,),
        origins=(event.origin,),
        sources=(event.source,),
        since=event.timestamp - NEAR,
        before=event.timestamp + NEAR + MICROSECOND,
    )
    return nearest(database, query, event)


def nearest(database: Database, query: Query, event: Event) -> Iterable[Event]:
    """The nearest so many before an event, and after it."""
    oldest, span = database.oldest_kept(), (0, database.cursor())
    before = msgspec.structs.replace(query, before=event.timestamp)
    after = msgspec.structs.replace(query, since=event.timestamp)
    for question in (newest(before, oldest, span, MOST), page(after, oldest, span, None, MOST)):
        yield from (event_of(row[1:]) for row in database.page(*question)[0])
