"""The whole story of one event: the lane that it is in."""

from datetime import timedelta
from itertools import chain

from cdp_bgservices.events import MICROSECOND, Event, Service
from cdp_bgservices.query import Query
from cdp_bgservices.store import Database
from cdp_bgservices.stories import make_lanes

NEAR = timedelta(minutes=10)
"""A handler shows its notification within this time, or was stopped."""
MOST, MOST_MOMENTS = 500, 8
"""Events of one query, which reads so many in one go; and of the same instance the nearest ones whose surroundings are
looked at."""
JOINED = (Service.PUSH_MESSAGING, Service.NOTIFICATIONS)


def lane_of(database: Database, event: Event) -> list[Event]:
    """Oldest first, of at most some hundred events around it."""
    known = {event.id: event}
    add(known, surroundings(database, event))
    add(known, same_instance(database, event))
    if event.service in JOINED:
        moments = sorted(known.values(), key=lambda other: abs(other.timestamp - event.timestamp))[:MOST_MOMENTS]
        add(known, chain.from_iterable(surroundings(database, moment) for moment in moments))
        # What became of a notification that a push has shown may have come hours later.
        shown = {other.instance_id: other for other in lane(known, event) if other.service == Service.NOTIFICATIONS}
        add(known, chain.from_iterable(same_instance(database, other) for other in shown.values()))
    return lane(known, event)


def add(known: dict[str, Event], events: chain[Event] | list[Event]) -> None:
    known.update((event.id, event) for event in events)


def lane(known: dict[str, Event], event: Event) -> list[Event]:
    events = sorted(known.values(), key=lambda other: other.timestamp)
    for found in make_lanes(events):
        if any(mark.event.id == event.id for mark in found.marks):
            return [mark.event for mark in found.marks]
    return [event]


def same_instance(database: Database, event: Event) -> list[Event]:
    """The newest ones, as far as they have an id; those that have none are found among what is near."""
    if not event.instance_id:
        return []
    query = Query(
        services=(event.service,),
        origins=(event.origin,),
        instance_ids=(event.instance_id,),
        sources=(event.source,),
        limit=MOST,
    )
    return list(database.events(query))


def surroundings(database: Database, event: Event) -> list[Event]:
    """Of the same service, or of pushes and notifications both, shortly before and after."""
    query = Query(
        services=JOINED if event.service in JOINED else (event.service,),
        origins=(event.origin,),
        sources=(event.source,),
        since=event.timestamp - NEAR,
        before=event.timestamp + NEAR + MICROSECOND,
        limit=MOST,
    )
    return list(database.events(query))
