"""Which events say that something went wrong, and which that it went well, in Chromium's own words.

The vocabulary is that of ``docs/events.md``. It is open: what is not known here is neither.
"""

import re
from enum import StrEnum

from cdp_bgservices.events import Event
from cdp_bgservices.thrown import threw

GOOD = {
    "Status": ("Success", "succeeded"),  # of a push, of a sync
    "Success": ("Yes",),  # of a push message received
    "Payment Handler Install Success": ("true",),
    "Payment Aborted": ("true",),
    "Type": ("PAYMENT_EVENT_SUCCESS", "SUCCESS"),  # of a payment's and a can-make-payment's response
    "Event Type": ("BackgroundFetchSuccessEvent",),
}
"""What these keys say where all is well; any other value of theirs is a failure."""

NEITHER = ("INCOGNITO", "NOT_INSTALLED", "NO_URL_BASED_PAYMENT_METHODS", "NO_EXPLICITLY_VERIFIED_METHODS")
"""Of a can-make-payment's response: no handler was asked."""

REASONS = ("Failure Reason", "Error Reason", "Reason", "Error")
"""Keys that are there, and not empty, only where something went wrong."""

FAILED_NAME = re.compile(r"\b(?:failed|error)\b", re.IGNORECASE)


class Kind(StrEnum):
    """What an event says of the work that it belongs to."""

    FAILED = "failed"
    SUCCEEDED = "succeeded"
    GOING_ON = "going on"
    """Something was asked for, begun or shown: how it ends, other events say."""


def kind_of(event: Event) -> Kind:
    if failure_of(event):
        return Kind.FAILED
    ends = event.event_name.endswith("completed") or any(key in event.metadata for key in GOOD)
    return Kind.SUCCEEDED if ends else Kind.GOING_ON


def failure_of(event: Event) -> str:
    """Why this event is a failure: in Chromium's words, ``waitUntil rejected``, and by what the worker threw, whatever
    Chromium says of it; empty where it is none."""
    told, thrown = told_failure(event), threw(event)
    if not thrown:
        return told
    message = str(thrown[0]["message"])
    return f"{told}: {message}" if told else message


def told_failure(event: Event) -> str:
    """What Chromium's own record of it says."""
    metadata = {key: bare(value) for key, value in event.metadata.items()}
    reason = next((metadata[key] for key in REASONS if metadata.get(key) not in (None, "", "NONE")), "")
    if reason:
        return reason
    for key, good in GOOD.items():
        if metadata.get(key, "") not in ("", *good, *NEITHER):
            return metadata[key] if key in ("Status", "Type", "Event Type") else f"{key}: {metadata[key]}"
    status = metadata.get("Response Status", "200")
    if not re.fullmatch("[23][0-9][0-9]", status):
        return f"Response Status: {status}"
    return event.event_name if FAILED_NAME.search(event.event_name) else ""


def bare(value: str) -> str:
    """Chromium before 132 wrote ``BackgroundFetchFailureReason::BAD_STATUS`` where it writes ``BAD_STATUS`` now."""
    kind, _, name = value.partition("::")
    return name if name and kind.isidentifier() else value
