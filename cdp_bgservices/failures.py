"""The judgement of an event: whether it reports a failure, a success, or neither, and why, in Chromium's own words.

The metadata's keys and values are those of ``docs/events.md``. The list is open: what is not known here is neither.
"""

import re
from collections.abc import Iterable, Mapping
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

from cdp_bgservices.events import Event
from cdp_bgservices.thrown import threw
from cdp_bgservices.vocabulary.event_names import words_of

GOOD = {
    "Status": ("Success", "succeeded"),  # of a push, of a sync
    "Success": ("Yes",),  # of a push message received
    "Payment Handler Install Success": ("true",),
    "Payment Aborted": ("true",),
    "Type": ("PAYMENT_EVENT_SUCCESS", "SUCCESS"),  # of a payment's and a can-make-payment's response
    "Event Type": ("BackgroundFetchSuccessEvent",),
}
"""The values of these keys that report a success; any other value of theirs is a failure."""

NEITHER = ("INCOGNITO", "NOT_INSTALLED", "NO_URL_BASED_PAYMENT_METHODS", "NO_EXPLICITLY_VERIFIED_METHODS")
"""Of a can-make-payment's response: no handler was asked."""

REASONS = ("Failure Reason", "Error Reason", "Reason", "Error")
"""Keys that are there, and not empty, only if something went wrong."""

TELLING = frozenset((*REASONS, *GOOD, "Response Status"))
"""The keys that tell; no other one does."""
SHORT = 100
"""Characters of a value that may be the same in many events."""

FAILED_NAME = re.compile(r"\b(?:failed|error)\b", re.IGNORECASE)


class Kind(StrEnum):
    """What an event says of the work that it belongs to."""

    FAILED = "failed"
    SUCCEEDED = "succeeded"
    GOING_ON = "going on"
    """Something was requested, begun or shown: other events tell how it ends."""
    ENDED = "ended"
    """Something is over that neither fails nor succeeds: a notification is closed, a periodic sync unregistered."""


class Judgement(NamedTuple):
    """Of one event."""

    kind: Kind
    reason: str
    """Why the event is a failure: in Chromium's words, as ``waitUntil rejected``, and what the worker threw. Empty
    otherwise."""


def judge(event: Event) -> Judgement:
    """What the worker threw while it handled the event makes it a failure, even if Chromium reports a success."""
    reason, thrown = reported_failure(event.event_name, event.metadata), threw(event)
    if thrown:
        reason = ": ".join(filter(None, (reason, str(thrown[0]["message"]))))
    if reason or thrown:
        return Judgement(Kind.FAILED, reason)
    ends = event.event_name.endswith("completed") or not GOOD.keys().isdisjoint(event.metadata)
    if ends:
        return Judgement(Kind.SUCCEEDED, "")
    transition = words_of(event.service, event.event_name).transition
    return Judgement(Kind.ENDED if transition.closes and not transition.opens else Kind.GOING_ON, "")


def reported_failure(event_name: str, metadata: Mapping[str, str]) -> str:
    """Why Chromium's own record of an event reports a failure; empty if it does not. Events are much alike in what
    tells, so that is remembered."""
    if TELLING.isdisjoint(metadata):
        return known_failure(event_name, ())
    telling = tuple(item for item in metadata.items() if item[0] in TELLING)
    if any(len(value) > SHORT for _, value in telling):
        return failure_in(event_name, telling)
    return known_failure(event_name, telling)


def failure_in(event_name: str, telling: Iterable[tuple[str, str]]) -> str:
    metadata = {key: bare(value) for key, value in telling}
    reason = next((metadata[key] for key in REASONS if metadata.get(key) not in (None, "", "NONE")), "")
    if reason:
        return reason
    for key, good in GOOD.items():
        if metadata.get(key, "") not in ("", *good, *NEITHER):
            return metadata[key] if key in ("Status", "Type", "Event Type") else f"{key}: {metadata[key]}"
    status = metadata.get("Response Status", "200")
    if not re.fullmatch("[23][0-9][0-9]", status):
        return f"Response Status: {status}"
    return event_name if FAILED_NAME.search(event_name) else ""


known_failure = lru_cache(maxsize=4096)(failure_in)


def reports_failure(event_name: str, metadata: Mapping[str, str]) -> bool:
    """The same as yes or no."""
    return bool(reported_failure(event_name, metadata))


def bare(value: str) -> str:
    """Chromium before 132 wrote ``BackgroundFetchFailureReason::BAD_STATUS`` where it writes ``BAD_STATUS`` now."""
    kind, _, name = value.partition("::")
    return name if name and kind.isidentifier() else value
