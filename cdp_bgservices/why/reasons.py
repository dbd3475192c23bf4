"""The reasons why a background service does what it does, from facts: the decisive one first."""

from cdp_bgservices.why import (
    background_fetch,
    background_sync,
    displayed_notifications,
    every_service,
    payment_handler,
    periodic_background_sync,
    push_messaging,
)
from cdp_bgservices.why.rule import Rule
from cdp_bgservices.why.values import Effect, Facts, Reason

OF_SERVICES = {
    module.SERVICE: module
    for module in (
        background_fetch,
        background_sync,
        displayed_notifications,
        payment_handler,
        periodic_background_sync,
        push_messaging,
    )
}
EFFECTS = tuple(Effect)
DECISIVE = (Effect.BLOCKS, Effect.DELAYS, Effect.HIDES)
"""What a first reason may have. Where none has, nothing hinders."""


def rules_of(service: str) -> tuple[Rule, ...]:
    """In their order: of two that block, the first is decisive."""
    own = OF_SERVICES[service].RULES if service in OF_SERVICES else ()
    return (*every_service.FIRST, *own, *every_service.LAST)


def reasons(facts: Facts) -> list[Reason]:
    """What blocks before what delays, before what hides the events, before what only explains. Where nothing hinders,
    the first reason says so, and what comes next.
    """
    found = [reason for rule in rules_of(facts.service) for reason in rule(facts)]
    found.sort(key=lambda reason: EFFECTS.index(reason.effect))
    if not any(reason.effect in DECISIVE for reason in found):
        found.insert(0, nothing_hinders(facts, found))
    return found


def nothing_hinders(facts: Facts, found: list[Reason]) -> Reason:
    unknown = sum(reason.effect == Effect.UNKNOWN for reason in found)
    known = (
        f" that could be looked at hinders it; {unknown} fact{'s' * (unknown != 1)} could not"
        if unknown
        else " hinders it"
    )
    next_step = OF_SERVICES[facts.service].next_step(facts) if facts.service in OF_SERVICES else ""
    return Reason(
        key="nothing-hinders",
        effect=Effect.EXPLAINS,
        said=" ".join([f"Nothing{known}.", *(each.said for each in found[:1] if each.effect == Effect.EXPLAINS)]),
        remedy=next_step,
    )
