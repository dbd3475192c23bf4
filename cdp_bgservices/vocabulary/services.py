"""The table of services: one row each."""

from enum import StrEnum

import msgspec


class Service(StrEnum):
    """The background services of ``BackgroundService.ServiceName``, in the protocol's words and DevTools' order."""

    BACKGROUND_FETCH = "backgroundFetch"
    BACKGROUND_SYNC = "backgroundSync"
    NOTIFICATIONS = "notifications"
    PAYMENT_HANDLER = "paymentHandler"
    PERIODIC_BACKGROUND_SYNC = "periodicBackgroundSync"
    PUSH_MESSAGING = "pushMessaging"


class ServiceWords(msgspec.Struct, frozen=True, kw_only=True):
    """What is said of a service, and how it is shown."""

    title: str
    """As DevTools has it."""
    short: str
    """For a narrow column."""
    docs: str = ""
    """Its anchor in DevTools' documentation, where it has one."""
    icon: str
    """An SVG path on 16 by 16, drawn with a line."""
    colours: tuple[str, str]
    """By daylight and in the dark."""
    number: int
    """In a profile's preferences: content/browser/devtools/devtools_background_services.proto."""
    handler: str = ""
    """The type of the event in whose handler its events come about, where there is one."""
    handlers: tuple[str, ...]
    """The types of all events that a worker gets of it."""
    nameless: str = "no id"
    """What an empty instance id is called."""
    plain: frozenset[str] = frozenset()
    """Metadata keys whose values are Chromium's own words, numbers and addresses. The values of all other keys are
    taken for content: redaction leaves out what Chromium invents tomorrow until it has been looked at."""


SYNC_KEYS = frozenset(
    {"Last Chance", "Next Attempt Delay (ms)", "Failure Reason", "Status", "minInterval", "minInterval (ms)"}
)

SERVICES: dict[str, ServiceWords] = {
    Service.BACKGROUND_FETCH: ServiceWords(
        title="Background fetch",
        short="Fetch",
        docs="#fetch",
        icon="M8 2v8M4.8 7 8 10.2 11.2 7M3 13.5h10",
        colours=("#0a6c7e", "#4fc3d4"),
        handlers=("backgroundfetchsuccess", "backgroundfetchfail", "backgroundfetchabort", "backgroundfetchclick"),
        number=2,
        plain=frozenset(
            {"Total Requests", "Completed Requests", "Active Requests", "Start Paused", "Request Index", "URL"}
            | {"Upload Size (bytes)", "Response Status", "Response Size (bytes)", "Event Type", "Failure Reason"}
        ),
    ),
    Service.BACKGROUND_SYNC: ServiceWords(
        title="Background sync",
        short="Sync",
        docs="#sync",
        icon="M13 8a5 5 0 0 1-9 3M3 8a5 5 0 0 1 9-3M12.2 2v3.2H9M3.8 14v-3.2H7",
        colours=("#1a5fd0", "#78aeff"),
        handlers=("sync",),
        number=3,
        handler="sync",
        nameless="empty tag",
        plain=SYNC_KEYS,
    ),
    Service.NOTIFICATIONS: ServiceWords(
        title="Notifications",
        short="Notification",
        docs="#notifications",
        icon="M4 11.5V7a4 4 0 0 1 8 0v4.5M2.8 11.5h10.4M6.8 13.8h2.4",
        colours=("#a04a06", "#f2a864"),
        handlers=("notificationclick", "notificationclose"),
        number=5,
        handler="push",  # Most notifications are shown by a push.
        nameless="no tag",
        plain=frozenset({"Show Trigger Timestamp", "Action Index"}),
    ),
    Service.PAYMENT_HANDLER: ServiceWords(
        title="Payment handler",
        short="Payment",
        icon="M2 4h12v8.5H2zM2 7h12M4.5 10h2.5",
        colours=("#566f08", "#b9cf62"),
        handlers=("paymentrequest", "canmakepayment", "abortpayment"),
        number=6,
        plain=frozenset(
            {"Merchant Top Origin", "Merchant Payment Request Origin", "Method Name", "Type"}
            | {"Service Worker JavaScript File URL", "Service Worker Scope", "Service Worker Uses Cache"}
            | {"Payment Handler Install Success", "Can Make Payment", "Ready for Minimal UI", "Payment Aborted"}
        ),
    ),
    Service.PERIODIC_BACKGROUND_SYNC: ServiceWords(
        title="Periodic background sync",
        short="Periodic",
        icon="M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM8 4.8V8l2.2 1.6",
        colours=("#ab2279", "#f48fcb"),
        handlers=("periodicsync",),
        number=7,
        handler="periodicsync",
        nameless="empty tag",
        plain=SYNC_KEYS,
    ),
    Service.PUSH_MESSAGING: ServiceWords(
        title="Push messaging",
        short="Push",
        docs="#push",
        icon="M2 4h12v8H2zM2 4.5l6 4.5 6-4.5",
        colours=("#7a3fc4", "#c19aff"),
        handlers=("push", "pushsubscriptionchange"),
        number=4,
        handler="push",
        nameless="no message id",
        plain=frozenset({"Success", "Was Encrypted", "Error Reason", "Status", "Reason"}),
    ),
}
DOCS = "https://developer.chrome.com/docs/devtools/javascript/background-services/"
"""DevTools' documentation of them."""


def title_of(service: str) -> str:
    """``backgroundSync`` as ``Background sync``; a service that is not known keeps the browser's word."""
    return SERVICES[service].title if service in SERVICES else service
