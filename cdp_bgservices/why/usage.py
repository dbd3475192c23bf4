"""Whether a site uses a service, as far as its facts show that."""

from cdp_bgservices.vocabulary.services import SERVICES
from cdp_bgservices.why.values import Facts, Unknown

HELD = {
    "sync": "sync_tags",
    "periodicsync": "periodic_tags",
    "backgroundfetchsuccess": "fetches",
    "push": "subscriptions",
    "notificationclick": "notifications",
}
"""What a registration has of a service, by a type of event of it: fields of RegisteredFacts."""


def is_used(facts: Facts) -> bool:
    """Whether the service of these facts has a handler, something registered, or an event. True where it is not known:
    a site that could use it.
    """
    types = SERVICES[facts.service].handlers
    handlers = facts.worker.handlers
    if isinstance(handlers, Unknown) or not set(types).isdisjoint(handlers) or facts.events_of():
        return True
    held = [getattr(facts.registered, HELD[type_]) for type_ in types if type_ in HELD]
    return any(not isinstance(each, Unknown) and each for each in held)
