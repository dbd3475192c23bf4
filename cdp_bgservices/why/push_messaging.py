"""The rules of push messaging."""

from collections.abc import Iterable

from cdp_bgservices.events import Service
from cdp_bgservices.why.every_service import without_handler
from cdp_bgservices.why.rule import Rule
from cdp_bgservices.why.values import Effect, Facts, Reason

SERVICE = Service.PUSH_MESSAGING
SOURCE = "content/browser/push_messaging/push_messaging_router.cc"


def handled(facts: Facts) -> Iterable[Reason]:
    return without_handler(facts, "push", Effect.BLOCKS, SOURCE)


RULES: tuple[Rule, ...] = (handled,)


def next_step(facts: Facts) -> str:
    """What comes next, and when."""
    return "A push message comes when the site's server sends one."
