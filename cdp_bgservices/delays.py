"""The syncs that Chromium fires later: when, and why not earlier.

Chromium's events have the delay: ``content/browser/background_sync/background_sync_manager.cc``. How long it is:
``components/background_sync/background_sync_controller_impl.cc``, ``GetNextEventDelay``.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

import msgspec

from cdp_bgservices.events import Event, Service
from cdp_bgservices.identity import Context, Identity, context_of, identity_of
from cdp_bgservices.query import format_duration
from cdp_bgservices.vocabulary.event_names import EVERY, words_of

DELAY, INTERVAL = "Next Attempt Delay (ms)", "minInterval"
SOON = timedelta(minutes=1)
"""The longest delay for which a test can wait."""
FOREVER = timedelta(days=36500)
"""From which on a delay has no end."""
MOST = 20
"""The most syncs that are explained."""


class Waiting(msgspec.Struct):
    """A sync that is registered, and the last delay that Chromium gave it."""

    event: Event
    interval: timedelta | None = None
    """The ``minInterval`` of a periodic sync."""

    @property
    def delay(self) -> timedelta | None:
        """None if it is ``infinite``: no user has visited the site in this browser."""
        return milliseconds(self.event.metadata.get(DELAY, ""))

    def is_due_after(self, moment: datetime) -> bool:
        return self.delay is None or moment - self.event.timestamp < self.delay

    def explain(self) -> str:
        """Why it has not occurred yet, in one line."""
        tag, delay = self.event.instance_id, self.delay
        sync = f"the {'' if self.event.service == Service.BACKGROUND_SYNC else 'periodic '}sync {tag!r}"
        if delay is None:
            return f"Chromium does not fire {sync} until a user visits its site. A trigger fires it at once."
        after = f"after {format_duration(timedelta(seconds=round(delay.total_seconds())))}"
        is_retry = self.event.service == Service.BACKGROUND_SYNC
        later = f"Chromium tries {sync} again {after}" if is_retry else f"Chromium fires {sync} {after}"
        if delay <= SOON:
            return f"{later}: wait longer."
        if self.interval is None or self.interval * 2 <= delay:
            return f"{later}. The lab's clock shortens the delay; a trigger fires it at once."
        return (
            f"{later}: its minInterval, which the lab's clock does not shorten. Register it again with a small one in "
            "the test, or fire it with a trigger."
        )


def explain_delays(events: Iterable[Event], moment: datetime) -> list[str]:
    """A line for each sync that Chromium fires only after that moment, or never. ``events`` come oldest first."""
    waiting: dict[tuple[Context, Identity], Waiting] = {}
    for event in events:
        key = context_of(event), identity_of(event)
        transition = words_of(event.service, event.event_name).transition
        if EVERY in transition.closes and not transition.opens:
            waiting.pop(key, None)
        elif DELAY in event.metadata:
            known = waiting.get(key)
            waiting[key] = Waiting(event, known.interval if known else None)
        elif INTERVAL in event.metadata and key in waiting:
            waiting[key].interval = milliseconds(event.metadata[INTERVAL])
    delayed = [sync for sync in waiting.values() if sync.is_due_after(moment)]
    delayed.sort(key=lambda sync: sync.event.timestamp)
    return [sync.explain() for sync in delayed[:MOST]]


def milliseconds(text: str) -> timedelta | None:
    """None for text that is not a number, and for what Chromium means by infinite: at a registration it logs how long
    it is to the end of its own time, some 290,000 years."""
    try:
        duration = timedelta(milliseconds=int(text))
    except (ValueError, OverflowError):
        return None
    return duration if duration < FOREVER else None
