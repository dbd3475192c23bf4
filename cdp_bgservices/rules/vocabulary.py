"""The names that Chromium 156 has for events. Its list is open: another name may be right, and is no error."""

from collections.abc import Iterator, Sequence

from cdp_bgservices.events import Service
from cdp_bgservices.rules.rule import Rule

KNOWN: dict[str, tuple[str, ...]] = {
    Service.BACKGROUND_FETCH: (
        "Background Fetch registered",
        "Background Fetch resuming after browser restart",
        "Background Fetch started",
        "Request processing started",
        "Request processing completed",
        "Background Fetch completed",
    ),
    Service.BACKGROUND_SYNC: (
        "Registered sync",
        "Dispatched sync event",
        "sync event failed",
        "Sync event reregistered",
        "Sync completed",
    ),
    Service.PERIODIC_BACKGROUND_SYNC: (
        "Got next event delay",
        "Registered periodicsync",
        "Dispatched periodicsync event",
        "periodicsync event completed",
        "periodicsync event failed",
        "Sync event reregistered",
        "Unregistered periodicsync",
    ),
    Service.PUSH_MESSAGING: (
        "Push message received",
        "Push event dispatched",
        "Push event completed",
        "Unsubscribed due to error",
        "Generic notification shown",
    ),
    Service.NOTIFICATIONS: (
        "Notification displayed",
        "Notification scheduled",
        "Notification clicked",
        "Notification closed",
    ),
    Service.PAYMENT_HANDLER: (
        "Install payment handler",
        "Install payment handler result",
        "Can make payment",
        "Can make payment response",
        "Payment request",
        "Payment response",
        "Abort payment",
        "Abort payment response",
        "Change payment method",
        "Change shipping option",
        "Change shipping address",
        "Update with",
    ),
}


def doubts(rules: Sequence[Rule]) -> Iterator[str]:
    """A line for each name that may be misspelt: a rule that forbids what never comes passes for ever."""
    for rule in rules:
        for service, name in dict.fromkeys((pattern.service, pattern.event_name) for pattern in rule.patterns()):
            if said := doubt(service, name):
                yield f"{said} ({rule.name})"


def doubt(service: str, name: str) -> str:
    """What is said of a name that is not known; empty for one that is, and for any of an unknown service."""
    known = KNOWN.get(service, (name,))
    if name in known:
        return ""
    from difflib import get_close_matches

    lower = {other.lower(): other for other in known}
    close = [lower[found] for found in get_close_matches(name.lower(), lower, n=1)]
    meant = f"did you mean {close[0]!r}?" if close else f"it has {', '.join(known)}"
    return f"{service} has no event {name!r} that is known here: {meant}"
