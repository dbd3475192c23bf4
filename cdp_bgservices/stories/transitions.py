"""What each event changes in its lane, after the vocabulary of ``docs/events.md``. What is not here is a mark only."""

from collections.abc import Mapping

import msgspec

from cdp_bgservices.events import Event, Service

WAITING, HANDLER, FETCH, REQUEST, SHOWN = "waiting", "handler", "fetch", "request", "shown"
INSTALL, CAN_MAKE, PAYMENT, ABORT = "install", "canMake", "payment", "abort"
EVERY = "every"
"""Closes whatever is open in the lane, but for a notification that is shown."""


class Turn(msgspec.Struct, frozen=True):
    """Phases that an event ends, and the one that it begins."""

    closes: tuple[str, ...] = ()
    opens: str = ""
    name: str = ""
    """Of the phase that begins. ``{…}`` stands for what the metadata have under this key."""
    rank: int = 1
    """Among events of one microsecond, which Chromium's replay has in no order: what begins comes first."""
    anew: bool = False
    """Attempts are counted from here."""
    begins: bool = False
    """Nothing of it can have been there before: it goes on in no other browser context's lane."""


TURNS: Mapping[str, Mapping[str, Turn]] = {
    Service.BACKGROUND_SYNC: {
        "Registered sync": Turn((EVERY,), WAITING, "waiting", rank=0, anew=True, begins=True),
        "Dispatched sync event": Turn((WAITING,), HANDLER, "dispatched"),
        "sync event failed": Turn((HANDLER,), WAITING, "waiting for retry ({Next Attempt Delay (ms)})", rank=2),
        "Sync event reregistered": Turn((EVERY,), WAITING, "waiting", rank=3, anew=True),
        "Sync completed": Turn((EVERY,), rank=4, anew=True),
    },
    Service.PERIODIC_BACKGROUND_SYNC: {
        "Got next event delay": Turn(rank=0),
        "Registered periodicsync": Turn((WAITING,), WAITING, "waiting"),
        "Dispatched periodicsync event": Turn((WAITING,), HANDLER, "dispatched", rank=2, anew=True),
        "periodicsync event completed": Turn((HANDLER,), WAITING, "waiting ({Next Attempt Delay (ms)})", rank=3),
        "periodicsync event failed": Turn((HANDLER,), WAITING, "waiting for retry ({Next Attempt Delay (ms)})", rank=3),
        "Sync event reregistered": Turn((HANDLER,), WAITING, "waiting", rank=4),
        "Unregistered periodicsync": Turn((EVERY,), rank=5),
    },
    Service.BACKGROUND_FETCH: {
        "Background Fetch registered": Turn((EVERY,), WAITING, "waiting to start", rank=0, begins=True),
        "Background Fetch started": Turn((WAITING,), FETCH, "fetching"),
        "Background Fetch resuming after browser restart": Turn((EVERY,), FETCH, "fetching again after a restart"),
        "Request processing started": Turn((), REQUEST, "request {URL}", rank=2),
        "Request processing completed": Turn((REQUEST,), rank=3),
        "Background Fetch completed": Turn((EVERY,), rank=4),
    },
    Service.PUSH_MESSAGING: {
        "Push message received": Turn((), WAITING, "waiting for the worker", rank=0, begins=True),
        "Push event dispatched": Turn((WAITING,), HANDLER, "dispatched", anew=True),
        "Push event completed": Turn((HANDLER,), rank=3),
    },
    Service.NOTIFICATIONS: {
        "Notification scheduled": Turn((), SHOWN, "scheduled: {Title}", rank=2, begins=True),
        "Notification displayed": Turn((), SHOWN, "shown: {Title}", rank=2, begins=True),
        "Notification clicked": Turn(rank=4),
        "Notification closed": Turn((SHOWN,), rank=5),
    },
    Service.PAYMENT_HANDLER: {
        "Install payment handler": Turn((INSTALL,), INSTALL, "installing {Payment Handler Name}", rank=0),
        "Install payment handler result": Turn((INSTALL,)),
        "Can make payment": Turn((CAN_MAKE,), CAN_MAKE, "can it pay?", rank=2),
        "Can make payment response": Turn((CAN_MAKE,), rank=3),
        "Payment request": Turn((PAYMENT,), PAYMENT, "paying {Total Value} {Total Currency}", rank=4),
        "Abort payment": Turn((ABORT,), ABORT, "aborting", rank=5),
        "Abort payment response": Turn((ABORT,), rank=7),
        "Payment response": Turn((EVERY,), rank=8),
    },
}
NOTHING = Turn(rank=6)


def turn_of(event: Event) -> Turn:
    turn = TURNS.get(event.service, {}).get(event.event_name, NOTHING)
    if event.event_name == "Push message received" and event.metadata.get("Success") == "No":
        return Turn(begins=True)  # Nothing is dispatched then.
    return turn


def slot_of(event: Event, slot: str) -> str:
    """Which of several phases of one sort: a request's is its own."""
    if slot == REQUEST:
        return f"request {event.metadata.get('Request Index', '')} {event.metadata.get('URL', '')}"
    return f"shown {event.instance_id}" if slot == SHOWN else slot


def overlaps(event: Event) -> bool:
    """Whether a second phase may begin before the first one has ended: of what has no id, nothing is replaced."""
    return not event.instance_id and event.service in (Service.PUSH_MESSAGING, Service.NOTIFICATIONS)
