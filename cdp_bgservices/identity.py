"""The same instance: which events belong to one sync tag, fetch, push message, notification or payment request.

Two events belong to the same instance if their FIELDS are equal, and if their browser contexts are the same or the
later one may be the former after a restart of the browser (``Contexts``). Rules, stories, the store, numbers, and the
page with its own numbers all follow this module.
"""

from collections.abc import Callable, Hashable
from operator import attrgetter

from cdp_bgservices.events import Event
from cdp_bgservices.vocabulary.services import Service

Identity = tuple[str, ...]
"""Values of fields."""

ORIGIN = ("source", "origin")
REGISTRATION = (*ORIGIN, "storage_key", "registration_id")
FIELDS = (*REGISTRATION, "service", "instance_id")
FIELDS_OF: dict[str, tuple[str, ...]] = {
    # A payment handler is installed before its registration exists: the request's id alone holds its events together.
    Service.PAYMENT_HANDLER: (*ORIGIN, "service", "instance_id"),
}
"""Of a service whose instances have other fields than FIELDS."""

Getter = Callable[[Event], Identity]
get_fields: Getter = attrgetter(*FIELDS)
GETTERS: dict[str, Getter] = {service: attrgetter(*fields) for service, fields in FIELDS_OF.items()}
registration_of: Getter = attrgetter(*REGISTRATION)


def identity_of(event: Event) -> Identity:
    """Equal for all events of an instance, in whichever browser context they happened."""
    return GETTERS.get(event.service, get_fields)(event)


SAME: dict[str, Getter] = {
    "instance": identity_of,
    "registration": registration_of,
    "origin": attrgetter(*ORIGIN),
}
"""What events may have in common."""

Context = Hashable
"""A source and a browser context of it: of an event, ``context_of``."""
context_of: Callable[[Event], Context] = attrgetter("source", "browser_context")


def other_fields(service: str) -> tuple[str, ...]:
    """Those that an identity has beside the service and the instance id."""
    return tuple(field for field in FIELDS_OF.get(service, FIELDS) if field not in ("service", "instance_id"))


class Contexts:
    """When something happened first and last in each browser context.

    A restart gives the browser's own context another id, and its registrations continue there. Two contexts that exist
    at the same time have nothing in common, although their registrations have equal ids.
    """

    def __init__(self) -> None:
        self.times: dict[Context, list[int]] = {}
        """The first and the last."""

    def see(self, context: Context, moment: int) -> None:
        """Moments are microseconds since the Unix epoch, in any order."""
        times = self.times.get(context)
        if times is None:
            self.times[context] = [moment, moment]
        elif moment > times[1]:
            times[1] = moment
        elif moment < times[0]:
            times[0] = moment

    def continues_in(self, former: Context, later: Context) -> bool:
        """Whether the later one may be the former one after a restart: nothing happened in the former one since."""
        return self.times[former][1] <= self.times[later][0]
