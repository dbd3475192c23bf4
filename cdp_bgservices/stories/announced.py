"""What the log announces: when a sync is dispatched by itself, or a notification shown."""

from datetime import UTC, datetime

from cdp_bgservices.delays import DELAY, milliseconds
from cdp_bgservices.events import MICROSECOND, Event, Service, to_microseconds

SHOW_TRIGGER = "Show Trigger Timestamp"
INFINITE = "infinite"
"""In place of a delay: Chromium does not dispatch it, or not until a user visits its site."""
EARLY = 100_000
"""Microseconds: Chromium dispatches nothing before its time, a trigger does. Its clock is read twice."""
LATE = 60_000_000
"""Microseconds within which Chromium dispatches all syncs that are due."""


def announced(event: Event) -> int | None:
    """In microseconds since the Unix epoch; None if the event announces nothing."""
    delay = event.metadata.get(DELAY)
    if delay is not None:
        length = milliseconds(delay)
        return None if length is None else to_microseconds(event.timestamp) + length // MICROSECOND
    shown = event.metadata.get(SHOW_TRIGGER)
    return None if shown is None else moment_of(shown)


def moment_of(text: str) -> int | None:
    """Of ISO 8601."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return to_microseconds(moment if moment.tzinfo else moment.replace(tzinfo=UTC))


def is_early(at: int, expected: int | None) -> bool:
    """Whether a dispatch shows by its time that a trigger made it."""
    return expected is not None and at < expected - EARLY


def expected(at: int, delay: str) -> int:
    """When the retry is due that a failure announces; -1 if that is not known."""
    length = milliseconds(delay)
    return -1 if length is None else at + length // MICROSECOND


def is_passed_over(expected: int, dispatched: int) -> bool:
    """Whether Chromium has given up a retry: well after its time it has dispatched another sync of the same browser
    context, and it dispatches all that are due together."""
    return dispatched > expected + LATE


def is_final(event: Event) -> bool:
    """Whether Chromium does not try the sync again that has failed."""
    return event.service == Service.BACKGROUND_SYNC and event.metadata.get(DELAY) == INFINITE
