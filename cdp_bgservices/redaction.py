"""Events without what a page or its server put into them: their metadata's values, by length and keyed digest."""

import re
from hashlib import blake2b

import msgspec

from cdp_bgservices.events import Event, Service

FETCH = ("Total Requests", "Completed Requests", "Active Requests", "Start Paused", "Request Index", "URL")
FETCHED = ("Upload Size (bytes)", "Response Status", "Response Size (bytes)", "Event Type", "Failure Reason")
SYNC = ("Last Chance", "Next Attempt Delay (ms)", "Failure Reason", "Status", "minInterval", "minInterval (ms)")
MERCHANT = ("Merchant Top Origin", "Merchant Payment Request Origin", "Method Name", "Type")
WORKER = ("Service Worker JavaScript File URL", "Service Worker Scope", "Service Worker Uses Cache")
ANSWERED = ("Payment Handler Install Success", "Can Make Payment", "Ready for Minimal UI", "Payment Aborted")

KEPT: dict[str, frozenset[str]] = {
    Service.BACKGROUND_FETCH: frozenset(FETCH + FETCHED),
    Service.BACKGROUND_SYNC: frozenset(SYNC),
    Service.PERIODIC_BACKGROUND_SYNC: frozenset(SYNC),
    Service.PUSH_MESSAGING: frozenset({"Success", "Was Encrypted", "Error Reason", "Status", "Reason"}),
    Service.NOTIFICATIONS: frozenset({"Show Trigger Timestamp", "Action Index"}),
    Service.PAYMENT_HANDLER: frozenset(MERCHANT + WORKER + ANSWERED),
}
"""Keys whose values are Chromium's own words, numbers and addresses. Whatever is not among them is taken for
content: what Chromium invents tomorrow is left out until somebody has looked at it."""

NUMBERED = re.compile(r" #\d+\Z", re.ASCII)
"""What Chromium appends to a key of which there are several."""
ADDRESS = re.compile(r"([^?#]*[?#])(.+)", re.DOTALL)
"""A URL as far as its query, and the rest, where tokens and names are."""


class Redactor:
    """Leaves content out. With the same key the same content is the same, and a guess cannot be tried without it."""

    def __init__(self, key: bytes) -> None:
        self.key = key
        """Up to 64 bytes."""

    def redact(self, event: Event) -> Event:
        """The event without its content; the same object where it has none.

        Its id is another then, made from its own and the key: an id is a digest of everything, so that short
        content could be found by trying.
        """
        kept = KEPT.get(event.service, frozenset())
        metadata = {key: self.value(key, value, kept) for key, value in event.metadata.items()}
        if metadata == event.metadata:
            return event
        return msgspec.structs.replace(event, id=self.digest(event.id, b"id", 16), metadata=metadata)

    def value(self, key: str, value: str, kept: frozenset[str]) -> str:
        """Nothing stays nothing: that there was none is no content."""
        if not value:
            return value
        if key == "URL" and key in kept:
            address = ADDRESS.match(value)
            return address[1] + self.note(address[2]) if address else value
        return value if NUMBERED.sub("", key) in kept else self.note(value)

    def note(self, content: str) -> str:
        """What stands in its place."""
        size = len(content.encode())
        return f"redacted: {size} byte{'' if size == 1 else 's'}, {self.digest(content, b'content', 8)}"

    def digest(self, text: str, purpose: bytes, size: int) -> str:
        """Hex digits, of so many bytes."""
        return blake2b(text.encode(), key=self.key, person=purpose, digest_size=size).hexdigest()
