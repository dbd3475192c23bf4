"""What is learned of an event after the browser has reported it: it is kept beside the event, in its ``details``."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from cdp_bgservices.events import Event
from cdp_bgservices.notification_details import DEEPEST, NOTIFICATION, check_notification, is_deeper
from cdp_bgservices.thrown import THREW, Thrown, check_threw


class Detail(msgspec.Struct, frozen=True, kw_only=True):
    """A value of an event's ``details``. An event takes the first one that comes for a key."""

    event_id: str
    event_timestamp: datetime
    key: str
    value: Any
    """What JSON can hold."""

    @property
    def id(self) -> str:
        """What it is called where it cannot be stored: as its event."""
        return self.event_id


Learned = Thrown | Detail


def details_of(events: Sequence[Event]) -> list[Detail]:
    """Those that events came with."""
    return [
        Detail(event_id=event.id, event_timestamp=event.timestamp, key=key, value=value)
        for event in events
        if event.details
        for key, value in event.details.items()
    ]


def divide(learned: Sequence[Learned]) -> tuple[list[Thrown], list[Detail]]:
    """Each kind, in its order."""
    return (
        [each for each in learned if isinstance(each, Thrown)],
        [each for each in learned if isinstance(each, Detail)],
    )


def check_details(details: dict[str, Any] | None) -> str:
    """Why details from outside are not valid; ``""`` if they are valid."""
    found = details or {}
    fault = check_threw(found[THREW]) if THREW in found else ""
    if not fault and NOTIFICATION in found:
        fault = check_notification(found[NOTIFICATION])
    if fault:
        return f"its details' {fault}"
    return f"its details have more than {DEEPEST} levels" if is_deeper(found, DEEPEST + 2) else ""
