"""The rules of background sync."""

from collections.abc import Iterable

from cdp_bgservices.events import Service
from cdp_bgservices.why.every_service import without_handler
from cdp_bgservices.why.rule import Rule
from cdp_bgservices.why.values import Effect, Facts, Reason

SERVICE = Service.BACKGROUND_SYNC
SOURCE = "content/browser/background_sync/background_sync_manager.cc"


def handled(facts: Facts) -> Iterable[Reason]:
    return without_handler(facts, "sync", Effect.BLOCKS, SOURCE)


RULES: tuple[Rule, ...] = (handled,)


def next_step(facts: Facts) -> str:
    """What comes next, and when."""
    return "A sync is dispatched as soon as the browser is online."
