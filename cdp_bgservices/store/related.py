"""What belongs to an event that is stored."""

from datetime import timedelta

from cdp_bgservices.events import Event
from cdp_bgservices.identity import identity_of
from cdp_bgservices.query import Query
from cdp_bgservices.store.protocol import Engine
from cdp_bgservices.stories import lane_of
from cdp_bgservices.thrown import Thrown, threw

SOON = timedelta(seconds=10)
"""How long after an event an error of its worker may belong to it."""


def same_instance(engine: Engine, event: Event) -> list[Event]:
    """The events of one fetch, sync or notification, oldest first."""
    if not event.instance_id:
        return [event]
    query = Query(
        services=(event.service,),
        origins=(event.origin,),
        instance_ids=(event.instance_id,),
        sources=(event.source,),
    )
    same = [other for other in engine.events(query) if identity_of(other) == identity_of(event)]
    return lane_of(event, same)  # Two browser contexts may have instances with one identity.


def thrown_after(engine: Engine, event: Event) -> list[Thrown]:
    """What the event's worker threw within SOON after it, in a handler that is not certain; nothing where it is certain
    what was thrown in the event's own.
    """
    if threw(event):
        return []
    query = Query(
        sources=(event.source,),
        browser_contexts=(event.browser_context,),
        since=event.timestamp,
        before=event.timestamp + SOON,
    )
    found = engine.thrown(query, no_event=True)
    return [each for each in found if each.registration_id == event.registration_id]


def last_thrown(engine: Engine, scope: str, browser_context: str) -> Thrown | None:
    """What the worker of a scope threw last, in one run of the browser."""
    return next(iter(engine.thrown(Query(scopes=(scope,), browser_contexts=(browser_context,), limit=1))), None)
