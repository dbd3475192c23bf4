"""What each event changes in its lane, as the table of event names says. An unknown event is a mark only."""

from cdp_bgservices.events import Event, Service
from cdp_bgservices.vocabulary.event_names import REQUEST, SHOWN, Transition, words_of

NOT_DECRYPTED = Transition(rank=1, begins=True)
"""A message that could not be decrypted is not dispatched."""


def transition_of(event: Event) -> Transition:
    words = words_of(event.service, event.event_name)
    return NOT_DECRYPTED if words.may_fail and event.metadata.get("Success") == "No" else words.transition


def slot_of(event: Event, slot: str) -> str:
    """Which of several phases of one sort: a request's is its own."""
    if slot == REQUEST:
        return f"request {event.metadata.get('Request Index', '')} {event.metadata.get('URL', '')}"
    return f"shown {event.instance_id}" if slot == SHOWN else slot


def overlaps(event: Event) -> bool:
    """Whether a second phase may begin before the first one has ended: of what has no id, nothing is replaced."""
    return not event.instance_id and event.service in (Service.PUSH_MESSAGING, Service.NOTIFICATIONS)
