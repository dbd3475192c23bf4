"""An event and its identity."""

from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import Any

import msgspec

from cdp_bgservices.vocabulary.services import Service as Service

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)

encode_identity = msgspec.json.Encoder().encode


class Event(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One event of a background service."""

    id: str
    """32 hex digits, computed from everything that identifies the event; the same at every replay."""
    source: str
    """The browser profile; stable across restarts of the browser and the recorder."""
    timestamp: datetime
    """The browser's clock, UTC, to the microsecond."""
    service: str
    """A :class:`Service`, or the browser's own text for an unknown one."""
    event_name: str
    """Chromium's own text, such as ``Registered sync``."""
    origin: str
    """Unchanged from the browser, with its trailing slash."""
    storage_key: str
    """Unchanged from the browser; ``""`` from older browsers without it."""
    registration_id: str
    """Decimal digits; ``"0"`` is a valid registration, ``"-1"`` means none."""
    scope: str | None
    """The service worker's scope URL; ``None`` if the registration is unknown, or no longer known."""
    instance_id: str
    """Groups the events of one fetch, sync or notification; may be ``""``."""
    metadata: dict[str, str]
    """Sorted by key."""
    browser_context: str
    """The context in which it was first seen; not part of its identity."""
    received_at: datetime | None = None
    """When it was stored, UTC; ``None`` before that."""
    details: dict[str, Any] | None = None
    """What the recorder learned in addition to the browser's record, or ``None``; not part of its identity.
    ``threw`` is what the worker threw while it handled the event, a list of objects (:mod:`cdp_bgservices.thrown`), and
    ``notification`` the options of a displayed notification (:mod:`cdp_bgservices.notification_details`)."""

    def __repr__(self) -> str:
        """The name comes first, since a failed assertion shows the beginning. The id covers the omitted fields."""
        names = ("instance_id", "metadata", "origin", "timestamp", "id", "scope", "browser_context", "received_at")
        shown = {name: getattr(self, name) for name in names}
        texts = {name: value.isoformat() if isinstance(value, datetime) else value for name, value in shown.items()}
        fields = ", ".join(f"{name}={value!r}" for name, value in texts.items())
        return f"Event({self.service!r}, {self.event_name!r}, {fields})"


def make_event(*, timestamp: int, scope: str | None = None, browser_context: str = "", **fields: Any) -> Event:
    """An event with its identity. ``timestamp`` is in microseconds since the Unix epoch. Raises OverflowError."""
    moment = from_microseconds(timestamp)
    return identified(Event(id="", timestamp=moment, scope=scope, browser_context=browser_context, **fields))


def identified(event: Event) -> Event:
    """The same event, not stored yet, with the id that follows from its other fields.

    Chromium changes the order of metadata between a live event and its replay, so it is sorted first.
    """
    metadata = dict(sorted(event.metadata.items()))
    identity = (
        event.source,
        to_microseconds(event.timestamp),
        event.service,
        event.event_name,
        event.origin,
        event.storage_key,
        event.registration_id,
        event.instance_id,
        metadata,
    )
    return msgspec.structs.replace(
        event,
        id=blake2b(encode_identity(identity), digest_size=16).hexdigest(),
        timestamp=event.timestamp.astimezone(UTC),
        metadata=metadata,
        received_at=None,
    )


def from_microseconds(microseconds: int) -> datetime:
    """UTC, from microseconds since the Unix epoch, exactly."""
    return EPOCH + timedelta(microseconds=microseconds)


def to_microseconds(moment: datetime) -> int:
    """Microseconds since the Unix epoch, exactly."""
    return (moment - EPOCH) // MICROSECOND
