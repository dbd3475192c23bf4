"""The rules that hold for every background service."""

from collections.abc import Iterator

from cdp_bgservices.why.rule import Rule
from cdp_bgservices.why.values import Effect, Facts, Reason, Unknown


def registered(facts: Facts) -> Iterator[Reason]:
    missing = facts.site.missing
    if isinstance(missing, Unknown):
        yield Reason(
            key="no-worker",
            effect=Effect.UNKNOWN,
            said=f"Whether the site has a service worker is not known: {missing.unknown}.",
        )
    elif missing is not None:
        yield Reason(
            key="no-worker",
            effect=Effect.BLOCKS,
            said=f"The site has no service worker: {missing}.",
            remedy=facts.site.missing_remedy,
            source="https://www.w3.org/TR/service-workers/",
        )


def without_handler(facts: Facts, event_type: str, effect: Effect, source: str) -> Iterator[Reason]:
    """For services: the worker does not listen to a type of event."""
    handlers = facts.worker.handlers
    if isinstance(handlers, Unknown):
        yield Reason(
            key="no-handler",
            effect=Effect.UNKNOWN,
            said=f"Whether the worker has a handler for {event_type!r} is not known: {handlers.unknown}.",
            source=source,
        )
    elif event_type not in handlers:
        yield Reason(
            key="no-handler",
            effect=effect,
            said=f"The worker has no handler for {event_type!r}.",
            remedy=f"Add it where the script is first evaluated: self.addEventListener({event_type!r}, …).",
            source=source,
        )


def recorded(facts: Facts) -> Iterator[Reason]:
    if facts.recording.is_on is False:
        yield Reason(
            key="not-recorded",
            effect=Effect.BLOCKS,
            said="The browser does not record this service, so what it does is not seen.",
            remedy="Record it: cdp-bgservices record --attach ENDPOINT.",
            source="content/browser/devtools/devtools_background_services_context_impl.cc",
        )


FIRST: tuple[Rule, ...] = (registered,)
"""Before a service's own rules."""
LAST: tuple[Rule, ...] = (recorded,)
"""After them."""
