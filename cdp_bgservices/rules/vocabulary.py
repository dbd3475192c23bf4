"""What Chromium 156 calls its events, their metadata and the values of it, where these are a few words.

The list is open: another name may be right in a later Chromium, and is not an error. In Chromium's source they stand
where ``LogBackgroundServiceEvent`` is called, as in content/browser/background_sync/background_sync_manager.cc.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from cdp_bgservices.events import Service
from cdp_bgservices.rules.rule import Pattern, Rule, is_one_of

Values = tuple[str, ...]
"""All that a value can be; none where it can be anything."""
Keys = Mapping[str, Values]

ANY: Values = ()
YES_OR_NO = ("Yes", "No")
SYNC_STATUSES = ("succeeded", "waitUntil rejected", "failed", "aborted", "timeout", "unknown error")
DELAY: Keys = {"Next Attempt Delay (ms)": ANY}
FAILED_SYNC: Keys = {**DELAY, "Failure Reason": SYNC_STATUSES}
REQUEST: Keys = {"URL": ANY, "Request Index": ANY, "Upload Size (bytes)": ANY}
SHOWN: Keys = {"Title": ANY, "Body": ANY}


def any_of(*keys: str) -> Keys:
    return dict.fromkeys(keys, ANY)


MERCHANT = any_of("Merchant Top Origin", "Merchant Payment Request Origin")
METHODS = any_of(
    *("Method Name", "Method Data", "Modifier Method Name", "Modifier Method Data"),
    *("Modifier Total Currency", "Modifier Total Value"),
)
ADDRESS = (
    *("Address Line", "City", "Country", "Dependent Locality", "Organization"),
    *("Phone", "Postal Code", "Recipient", "Region", "Sorting Code"),
)

KNOWN: dict[str, dict[str, Keys]] = {
    Service.BACKGROUND_FETCH: {
        "Background Fetch registered": {"Total Requests": ANY, "Start Paused": YES_OR_NO},
        "Background Fetch resuming after browser restart": any_of("Completed Requests", "Active Requests"),
        "Background Fetch started": {},
        "Request processing started": REQUEST,
        "Request processing completed": {**REQUEST, **any_of("Response Status", "Response Size (bytes)")},
        "Background Fetch completed": {
            "Event Type": ("BackgroundFetchSuccessEvent", "BackgroundFetchFailEvent", "BackgroundFetchAbortEvent"),
            "Failure Reason": (
                *("CANCELLED_FROM_UI", "CANCELLED_BY_DEVELOPER", "BAD_STATUS", "FETCH_ERROR"),
                *("SERVICE_WORKER_UNAVAILABLE", "QUOTA_EXCEEDED", "DOWNLOAD_TOTAL_EXCEEDED"),
            ),
        },
    },
    Service.BACKGROUND_SYNC: {
        "Registered sync": {},
        "Dispatched sync event": {"Last Chance": YES_OR_NO},
        "sync event failed": FAILED_SYNC,
        "Sync event reregistered": {},
        "Sync completed": {"Status": SYNC_STATUSES},
    },
    Service.PERIODIC_BACKGROUND_SYNC: {
        "Got next event delay": DELAY,
        "Registered periodicsync": {"minInterval": ANY},
        "Dispatched periodicsync event": {},
        "periodicsync event completed": DELAY,
        "periodicsync event failed": FAILED_SYNC,
        "Sync event reregistered": {},
        "Unregistered periodicsync": {},
    },
    Service.PUSH_MESSAGING: {
        "Push message received": {
            "Success": YES_OR_NO,
            "Was Encrypted": YES_OR_NO,
            "Payload": ANY,
            "Error Reason": ANY,
        },
        "Push event dispatched": {"Payload": ANY},
        "Push event completed": {"Status": ("Success", "waitUntil Rejected", "Timeout")},
        "Unsubscribed due to error": {"Reason": ANY},
        "Generic notification shown": {},
    },
    Service.NOTIFICATIONS: {
        "Notification displayed": SHOWN,
        "Notification scheduled": {"Show Trigger Timestamp": ANY, **SHOWN},
        "Notification clicked": any_of("Action Index", "Reply"),
        "Notification closed": {},
    },
    Service.PAYMENT_HANDLER: {
        "Install payment handler": {
            **MERCHANT,
            **any_of("Method Name", "Payment Handler Name", "Service Worker JavaScript File URL"),
            **any_of("Service Worker Scope", "Service Worker Uses Cache"),
        },
        "Install payment handler result": any_of("Payment Handler Install Success"),
        "Can make payment": {**MERCHANT, **METHODS},
        "Can make payment response": any_of("Type", "Can Make Payment", "Ready for Minimal UI", "Account Balance"),
        "Payment request": {**MERCHANT, **METHODS, **any_of("Total Currency", "Total Value", "Instrument Key")},
        "Payment response": any_of("Method Name", "Details", "Type"),
        "Abort payment": {},
        "Abort payment response": any_of("Payment Aborted"),
        "Change payment method": any_of("Method Name", "Method Data"),
        "Change shipping option": any_of("Shipping Option Id"),
        "Change shipping address": any_of(*ADDRESS),
        "Update with": {
            **METHODS,
            **any_of("Error", "Total Currency", "Total Value", "Payment Method Errors"),
            **any_of(*(f"Shipping Address {part} Error" for part in ADDRESS)),
            **any_of(*(f"Shipping Option {part}" for part in ("Id", "Label", "Amount Currency", "Amount Value"))),
            **any_of("Shipping Option Selected"),
        },
    },
}
"""By service and event name. Of several payment methods or the like each key has its number: ``Method Name #0``."""
NUMBER = re.compile(r" #\d+", re.ASCII)


def doubts(rules: Sequence[Rule]) -> Iterator[str]:
    """A line for each name that may be misspelt: a rule that forbids what never comes passes for ever."""
    for rule in rules:
        said = (line for pattern in rule.patterns() for line in pattern_doubts(pattern))
        yield from (f"{line} ({rule.name})" for line in dict.fromkeys(said))


def pattern_doubts(pattern: Pattern) -> Iterator[str]:
    """Of the event's name, or else of its metadata's keys, or else of their values."""
    if said := doubt(pattern.service, pattern.event_name):
        yield said
        return
    keys = KNOWN.get(pattern.service, {}).get(pattern.event_name)
    if keys is None:
        return
    event = f"{pattern.service}:{pattern.event_name}"
    for key, wanted in (*pattern.where.items(), *pattern.where_not.items()):
        bare = NUMBER.sub("", key)
        if bare not in keys:
            yield f"{event} has no metadata {key!r} that is known here: {meant(key, keys)}"
        elif values := keys[bare]:
            for value in wanted:
                if not any(is_one_of(value, (known,)) for known in values):
                    yield f"{key} of {event} is never {value!r}, as far as is known here: {meant(value, values)}"


def name_doubts(name: str) -> Iterator[str]:
    """Of an event's name, whichever the service."""
    names = {known for events in KNOWN.values() for known in events}
    if name not in names:
        yield f"no service has an event {name!r} that is known here: {meant(name, names)}"


def doubt(service: str, name: str) -> str:
    """What is said of a name that is not known; empty for one that is, and for any of an unknown service."""
    known = KNOWN.get(service, {name: {}})
    return "" if name in known else f"{service} has no event {name!r} that is known here: {meant(name, known)}"


def meant(word: str, known: Iterable[str]) -> str:
    """The nearest of the known words, or all of them."""
    from difflib import get_close_matches

    lower = {other.lower(): other for other in known}
    close = [lower[found] for found in get_close_matches(word.lower(), lower, n=1)]
    return f"did you mean {close[0]!r}?" if close else f"it has {', '.join(lower.values()) or 'none'}"
