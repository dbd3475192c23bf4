"""The table of event names: what Chromium 156 calls its events, their metadata, and what each of them means.

The list is open: another name may be right in a later Chromium, and is not an error. In Chromium's source they stand
where ``LogBackgroundServiceEvent`` is called, as in content/browser/background_sync/background_sync_manager.cc.
``docs/events.md`` describes them.
"""

from collections.abc import Mapping

import msgspec

from cdp_bgservices.vocabulary.services import Service

Values = tuple[str, ...]
"""All values that a key can have; empty if it can have any."""
Keys = Mapping[str, Values]

BEGIN, START, RETRY, END = "begin", "start", "retry", "end"
"""In a run: an event begins it, begins it unless one has begun, announces another attempt, or ends it. Of a periodic
sync each occurrence is a run; of a notification, the time for which it is shown."""

WAITING, HANDLER, FETCH, REQUEST, SHOWN = "waiting", "handler", "fetch", "request", "shown"
INSTALL, CAN_MAKE, PAYMENT, ABORT = "install", "canMake", "payment", "abort"
ANNOUNCED = "announced"
"""No phase to show: it keeps the moment of a periodic sync that is announced before its registration."""
EVERY = "every"
"""All phases that are open in a lane, except a notification that is shown."""


class Transition(msgspec.Struct, frozen=True):
    """Phases that an event closes in the lane of its instance, and the one that it opens."""

    closes: tuple[str, ...] = ()
    opens: str = ""
    name: str = ""
    """Of the phase that opens. ``{…}`` stands for the metadata's value of this key."""
    rank: int = 6
    """Among events of one microsecond, which Chromium's replay has in no order: what begins comes first."""
    resets: bool = False
    """Attempts are counted from here."""
    begins: bool = False
    """Nothing of the instance existed before: it does not continue another browser context's lane."""


class HandlerEnds(msgspec.Struct, frozen=True):
    """How the end of a worker's handler is reported."""

    names: tuple[str, ...] = ()
    """Of the events that may report it."""
    always: bool = False
    """Whether one of them always does: if a handler is started over DevTools, some do not."""


class EventWords(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of an event by its name."""

    metadata: Keys = {}
    """Of several payment methods or the like each key has its number: ``Method Name #0``."""
    run: str = ""
    """BEGIN, START, RETRY, END; empty if it changes no run."""
    may_fail: bool = False
    """Whether a run that begins with this event may fail at once."""
    handler: HandlerEnds | None = None
    """Of the handler that starts with this event, if one does."""
    transition: Transition = Transition()

    @property
    def decides(self) -> bool:
        """Whether it matters for a run that this event is a failure."""
        return self.run == END or self.may_fail


ANY: Values = ()
YES_OR_NO = ("Yes", "No")
SYNC_STATUSES = ("succeeded", "waitUntil rejected", "failed", "aborted", "timeout", "unknown error")
DELAY: Keys = {"Next Attempt Delay (ms)": ANY}
FAILED_SYNC: Keys = {**DELAY, "Failure Reason": SYNC_STATUSES}
REQUEST_KEYS: Keys = {"URL": ANY, "Request Index": ANY, "Upload Size (bytes)": ANY}
SHOWN_KEYS: Keys = {"Title": ANY, "Body": ANY}
RETRY_PHASE = "waiting for retry ({Next Attempt Delay (ms)})"


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

EVENT_NAMES: Mapping[str, Mapping[str, EventWords]] = {
    Service.BACKGROUND_FETCH: {
        "Background Fetch registered": EventWords(
            metadata={"Total Requests": ANY, "Start Paused": YES_OR_NO},
            run=BEGIN,
            transition=Transition((EVERY,), WAITING, "waiting to start", rank=0, begins=True),
        ),
        "Background Fetch started": EventWords(transition=Transition((WAITING,), FETCH, "fetching", rank=1)),
        "Background Fetch resuming after browser restart": EventWords(
            metadata=any_of("Completed Requests", "Active Requests"),
            transition=Transition((EVERY,), FETCH, "fetching again after a restart", rank=1),
        ),
        "Request processing started": EventWords(
            metadata=REQUEST_KEYS, transition=Transition((), REQUEST, "request {URL}", rank=2)
        ),
        "Request processing completed": EventWords(
            metadata={**REQUEST_KEYS, **any_of("Response Status", "Response Size (bytes)")},
            transition=Transition((REQUEST,), rank=3),
        ),
        "Background Fetch completed": EventWords(
            metadata={
                "Event Type": ("BackgroundFetchSuccessEvent", "BackgroundFetchFailEvent", "BackgroundFetchAbortEvent"),
                "Failure Reason": (
                    *("CANCELLED_FROM_UI", "CANCELLED_BY_DEVELOPER", "BAD_STATUS", "FETCH_ERROR"),
                    *("SERVICE_WORKER_UNAVAILABLE", "QUOTA_EXCEEDED", "DOWNLOAD_TOTAL_EXCEEDED"),
                ),
            },
            run=END,
            handler=HandlerEnds(),
            transition=Transition((EVERY,), rank=4),
        ),
    },
    Service.BACKGROUND_SYNC: {
        "Registered sync": EventWords(
            run=BEGIN, transition=Transition((EVERY,), WAITING, "waiting", rank=0, resets=True, begins=True)
        ),
        "Dispatched sync event": EventWords(
            metadata={"Last Chance": YES_OR_NO},
            run=START,
            handler=HandlerEnds(("Sync completed", "sync event failed")),
            transition=Transition((WAITING,), HANDLER, "dispatched", rank=1),
        ),
        "sync event failed": EventWords(
            metadata=FAILED_SYNC, run=RETRY, transition=Transition((HANDLER,), WAITING, RETRY_PHASE, rank=2)
        ),
        "Sync event reregistered": EventWords(transition=Transition((EVERY,), WAITING, "waiting", rank=3, resets=True)),
        "Sync completed": EventWords(
            metadata={"Status": SYNC_STATUSES}, run=END, transition=Transition((EVERY,), rank=4, resets=True)
        ),
    },
    Service.NOTIFICATIONS: {
        "Notification displayed": EventWords(
            metadata=SHOWN_KEYS,
            run=BEGIN,
            transition=Transition((), SHOWN, "shown: {Title}", rank=2, begins=True),
        ),
        "Notification scheduled": EventWords(
            metadata={"Show Trigger Timestamp": ANY, **SHOWN_KEYS},
            transition=Transition((), SHOWN, "scheduled: {Title}", rank=2, begins=True),
        ),
        "Notification clicked": EventWords(
            metadata=any_of("Action Index", "Reply"), handler=HandlerEnds(), transition=Transition(rank=4)
        ),
        "Notification closed": EventWords(run=END, transition=Transition((SHOWN,), rank=5)),
    },
    Service.PAYMENT_HANDLER: {
        "Install payment handler": EventWords(
            metadata={
                **MERCHANT,
                **any_of("Method Name", "Payment Handler Name", "Service Worker JavaScript File URL"),
                **any_of("Service Worker Scope", "Service Worker Uses Cache"),
            },
            transition=Transition((INSTALL,), INSTALL, "installing {Payment Handler Name}", rank=0),
        ),
        "Install payment handler result": EventWords(
            metadata=any_of("Payment Handler Install Success"), transition=Transition((INSTALL,), rank=1)
        ),
        "Can make payment": EventWords(
            metadata={**MERCHANT, **METHODS},
            handler=HandlerEnds(("Can make payment response",)),
            transition=Transition((CAN_MAKE,), CAN_MAKE, "can it pay?", rank=2),
        ),
        "Can make payment response": EventWords(
            metadata=any_of("Type", "Can Make Payment", "Ready for Minimal UI", "Account Balance"),
            transition=Transition((CAN_MAKE,), rank=3),
        ),
        "Payment request": EventWords(
            metadata={**MERCHANT, **METHODS, **any_of("Total Currency", "Total Value", "Instrument Key")},
            run=BEGIN,
            handler=HandlerEnds(("Payment response",), always=True),
            transition=Transition((PAYMENT,), PAYMENT, "paying {Total Value} {Total Currency}", rank=4),
        ),
        "Payment response": EventWords(
            metadata=any_of("Method Name", "Details", "Type"), run=END, transition=Transition((EVERY,), rank=8)
        ),
        "Abort payment": EventWords(
            handler=HandlerEnds(("Abort payment response",)),
            transition=Transition((ABORT,), ABORT, "aborting", rank=5),
        ),
        "Abort payment response": EventWords(
            metadata=any_of("Payment Aborted"), transition=Transition((ABORT,), rank=7)
        ),
        "Change payment method": EventWords(metadata=any_of("Method Name", "Method Data")),
        "Change shipping option": EventWords(metadata=any_of("Shipping Option Id")),
        "Change shipping address": EventWords(metadata=any_of(*ADDRESS)),
        "Update with": EventWords(
            metadata={
                **METHODS,
                **any_of("Error", "Total Currency", "Total Value", "Payment Method Errors"),
                **any_of(*(f"Shipping Address {part} Error" for part in ADDRESS)),
                **any_of(*(f"Shipping Option {part}" for part in ("Id", "Label", "Amount Currency", "Amount Value"))),
                **any_of("Shipping Option Selected"),
            }
        ),
    },
    Service.PERIODIC_BACKGROUND_SYNC: {
        "Got next event delay": EventWords(metadata=DELAY, transition=Transition((ANNOUNCED,), ANNOUNCED, rank=0)),
        "Registered periodicsync": EventWords(
            metadata={"minInterval": ANY}, transition=Transition((ANNOUNCED, WAITING), WAITING, "waiting", rank=1)
        ),
        "Dispatched periodicsync event": EventWords(
            run=BEGIN,
            handler=HandlerEnds(("periodicsync event completed", "periodicsync event failed")),
            transition=Transition((WAITING,), HANDLER, "dispatched", rank=2, resets=True),
        ),
        "periodicsync event completed": EventWords(
            metadata=DELAY,
            run=END,
            transition=Transition((HANDLER,), WAITING, "waiting ({Next Attempt Delay (ms)})", rank=3),
        ),
        "periodicsync event failed": EventWords(
            metadata=FAILED_SYNC, run=END, transition=Transition((HANDLER,), WAITING, RETRY_PHASE, rank=3)
        ),
        "Sync event reregistered": EventWords(transition=Transition((HANDLER,), WAITING, "waiting", rank=4)),
        "Unregistered periodicsync": EventWords(transition=Transition((EVERY,), rank=5)),
    },
    Service.PUSH_MESSAGING: {
        "Push message received": EventWords(
            metadata={"Success": YES_OR_NO, "Was Encrypted": YES_OR_NO, "Payload": ANY, "Error Reason": ANY},
            run=BEGIN,
            may_fail=True,  # A message that could not be decrypted is not dispatched.
            transition=Transition((), WAITING, "waiting for the worker", rank=0, begins=True),
        ),
        "Push event dispatched": EventWords(
            metadata={"Payload": ANY},
            run=START,
            handler=HandlerEnds(("Push event completed",), always=True),
            transition=Transition((WAITING,), HANDLER, "dispatched", rank=1, resets=True),
        ),
        "Push event completed": EventWords(
            metadata={"Status": ("Success", "waitUntil Rejected", "Timeout")},
            run=END,
            transition=Transition((HANDLER,), rank=3),
        ),
        "Unsubscribed due to error": EventWords(metadata={"Reason": ANY}),
        "Generic notification shown": EventWords(),
    },
}
"""By service and event name."""

UNKNOWN = EventWords()


def words_of(service: str, event_name: str) -> EventWords:
    """UNKNOWN if there is no such event in the table."""
    return EVENT_NAMES.get(service, {}).get(event_name, UNKNOWN)
