"""The whole story of one event: the lane that it is in."""

from collections.abc import Iterable
from datetime import timedelta
from itertools import chain
from typing import NamedTuple

import msgspec

from cdp_bgservices.contexts import endings
from cdp_bgservices.events import MICROSECOND, Event, Service
from cdp_bgservices.export.page_values import Standing, standing_values
from cdp_bgservices.query import Query
from cdp_bgservices.store import Engine
from cdp_bgservices.store.values import Numbered
from cdp_bgservices.stories import Lane, make_lanes

NEAR = timedelta(minutes=10)
"""A handler shows its notification within this time, or was stopped."""
MOST, MOST_MOMENTS = 500, 8
"""Events of one question on either side; and of the same instance the nearest ones whose surroundings are looked at."""
LOOKED = 10_000
"""Events of a service on either side among which an instance's are looked for at first: those of one are mostly close
to each other, and to look through the many of a whole service takes most of a second."""
JOINED = (Service.PUSH_MESSAGING, Service.NOTIFICATIONS)


class Story(NamedTuple):
    rows: list[Numbered]
    """Oldest first."""
    standing: Standing
    """How it stands, with its runs."""
    whole: bool
    """Whether it was looked for everywhere; if not, more may have happened long before or after."""


Found = dict[str, Numbered]
"""By the event's id."""


def story(engine: Engine, row: Numbered, *, whole: bool = False) -> Story:
    """Its lane's events, of at most some hundred around it; near it in time only, unless the ``whole`` is wanted."""
    event = row[1]
    reach = Query() if whole else reach_of(engine, event)
    found = {event.id: row}
    add(found, surroundings(engine, event))
    add(found, same_instance(engine, [event], event, reach))
    if event.service in JOINED:
        others = [other for _, other in found.values()]
        moments = sorted(others, key=lambda other: abs(other.timestamp - event.timestamp))[:MOST_MOMENTS]
        add(found, chain.from_iterable(surroundings(engine, moment) for moment in moments if moment != event))
        # What became of a notification that a push has shown may have come hours later.
        here = [mark.event for mark in lane(engine, found, event).marks]
        shown = [other for other in here if other.service == Service.NOTIFICATIONS]
        add(found, same_instance(engine, shown, event, reach))
    whole_lane = lane(engine, found, event)
    rows = [found[mark.event.id] for mark in whole_lane.marks]
    return Story(rows, standing_values(whole_lane), reach.since is None and reach.before is None)


def add(found: Found, rows: Iterable[Numbered]) -> None:
    found.update((event.id, (seq, event)) for seq, event in rows)


def lane(engine: Engine, found: Found, event: Event) -> Lane:
    """That of the event, which is among those that are found."""
    events = sorted((other for _, other in found.values()), key=lambda other: other.timestamp)
    lanes = make_lanes(events, engine.clock(), endings(engine.contexts((event.source,))))
    return next(lane for lane in lanes if any(mark.event.id == event.id for mark in lane.marks))


def reach_of(engine: Engine, event: Event) -> Query:
    """The times between which its service, or both joined ones, had LOOKED events before it and after it."""
    services = JOINED if event.service in JOINED else (event.service,)
    since, before = engine.reach(services, event.timestamp, LOOKED)
    return Query(since=since, before=before)


def same_instance(engine: Engine, events: list[Event], event: Event, reach: Query) -> Iterable[Numbered]:
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
    return engine.nearest(query, event.timestamp, MOST)


def surroundings(engine: Engine, event: Event) -> Iterable[Numbered]:
    """Of the same service, or of pushes and notifications both, shortly before and after."""
    query = Query(
        services=JOINED if event.service in JOINED else (event.service,),
        origins=(event.origin,),
        sources=(event.source,),
        since=event.timestamp - NEAR,
        before=event.timestamp + NEAR + MICROSECOND,
    )
    return engine.nearest(query, event.timestamp, MOST)
