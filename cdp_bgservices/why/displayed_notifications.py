"""The rules of notifications."""

from collections.abc import Iterable

from cdp_bgservices.events import Service
from cdp_bgservices.why.every_service import without_handler
from cdp_bgservices.why.rule import Rule
from cdp_bgservices.why.values import Effect, Facts, Reason

SERVICE = Service.NOTIFICATIONS
SOURCE = "content/browser/notifications/notification_event_dispatcher_impl.cc"


def handled(facts: Facts) -> Iterable[Reason]:
    return without_handler(facts, "notificationclick", Effect.EXPLAINS, SOURCE)


RULES: tuple[Rule, ...] = (handled,)


def next_step(facts: Facts) -> str:
    """What comes next, and when."""
    return "The worker or the page shows one."
