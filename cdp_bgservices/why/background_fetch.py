"""The rules of background fetch."""

from collections.abc import Iterable

from cdp_bgservices.events import Service
from cdp_bgservices.why.every_service import without_handler
from cdp_bgservices.why.rule import Rule
from cdp_bgservices.why.values import Effect, Facts, Reason

SERVICE = Service.BACKGROUND_FETCH
SOURCE = "content/browser/background_fetch/background_fetch_scheduler.cc"


def handled(facts: Facts) -> Iterable[Reason]:
    return without_handler(facts, "backgroundfetchsuccess", Effect.EXPLAINS, SOURCE)


RULES: tuple[Rule, ...] = (handled,)


def next_step(facts: Facts) -> str:
    """What comes next, and when."""
    return "Its requests are made one after the other."
