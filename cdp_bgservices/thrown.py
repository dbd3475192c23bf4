"""What service workers threw: exceptions and unhandled rejections, each with its event if that is certain."""

from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any

import msgspec

from cdp_bgservices.events import Event

MESSAGE_LIMIT = 10_000
"""Characters of a message; a page can throw a text of any length."""
THREW = "threw"
"""The key in an event's ``details``."""
DETAIL = {"message": str, "source_url": str, "line": int, "column": int | None}
"""The fields of each of its objects, and their types."""

encode_identity = msgspec.json.Encoder().encode


class Thrown(msgspec.Struct, frozen=True, kw_only=True):
    """An exception or unhandled rejection of a service worker (``ServiceWorker.workerErrorReported``)."""

    id: str
    """32 hex digits."""
    source: str
    """The browser profile, as for an event."""
    timestamp: datetime
    """When the recorder received it, UTC, by the recorder's clock: Chromium reports no time, and does not repeat it."""
    message: str
    """Chromium's text: ``Uncaught TypeError: …``, or for a rejection ``Uncaught (in promise) TypeError: …``."""
    source_url: str
    """The script that threw; ``""`` if unknown."""
    line: int
    """Counted from 1; 0 if unknown."""
    column: int | None
    """Counted from 0; ``None`` for a rejection."""
    registration_id: str
    """``"-1"`` if Chromium does not name it."""
    version_id: str
    scope: str | None
    """The service worker's scope URL; ``None`` when the registration is not known."""
    script_url: str
    """The service worker's own script; ``""`` when the version is not known."""
    browser_context: str
    service: str = ""
    """The service of the event."""
    event_id: str | None = None
    """The event whose handler threw; ``None`` if that is not certain."""
    event_timestamp: datetime | None = None
    """The timestamp of the event."""


def make_thrown(*, message: str, occurrence: tuple[str, int], **values: Any) -> Thrown:
    """An error with its id and the present time. ``occurrence`` distinguishes it from equal errors."""
    message = message if len(message) <= MESSAGE_LIMIT else message[: MESSAGE_LIMIT - 1] + "…"
    identity = encode_identity((values["source"], values["registration_id"], message, occurrence))
    id_ = blake2b(identity, digest_size=16, person=b"thrown").hexdigest()
    return Thrown(id=id_, timestamp=datetime.now(UTC), message=message, **values)


def of_event(thrown: Thrown, event: Event) -> Thrown:
    """The error, joined to its event."""
    return msgspec.structs.replace(thrown, service=event.service, event_id=event.id, event_timestamp=event.timestamp)


def as_detail(thrown: Thrown) -> dict[str, Any]:
    """One of the objects in an event's ``details``."""
    return {name: getattr(thrown, name) for name in DETAIL}


def threw(event: Event) -> list[dict[str, Any]]:
    """What the worker threw while it handled an event, in order: objects with the fields of :data:`DETAIL`."""
    return event.details.get(THREW, []) if event.details else []


def with_thrown(details: dict[str, Any] | None, thrown: Thrown) -> dict[str, Any]:
    """An event's details with one more error."""
    before = details or {}
    return {**before, THREW: [*before.get(THREW, []), as_detail(thrown)]}


def without_thrown(details: dict[str, Any] | None, thrown: Thrown) -> dict[str, Any] | None:
    """An event's details without an error that no longer belongs to it."""
    rest = list((details or {}).get(THREW, []))
    if as_detail(thrown) in rest:
        rest.remove(as_detail(thrown))
    others = {name: value for name, value in (details or {}).items() if name != THREW}
    return {**others, **({THREW: rest} if rest else {})} or None


def check_threw(found: Any) -> str:
    """Why a list from outside is not valid; ``""`` if it is."""
    if not isinstance(found, list) or not all(is_detail(item) for item in found):
        return f"threw is not a list of objects with {', '.join(DETAIL)}"
    return ""


def is_detail(item: Any) -> bool:
    return isinstance(item, dict) and all(isinstance(item.get(name), kind) for name, kind in DETAIL.items())


def line_of(item: Thrown | dict[str, Any]) -> str:
    """``message  (source_url:line:column)``, as far as it is known, for a Thrown or an item of an event's ``threw``."""
    detail = as_detail(item) if isinstance(item, Thrown) else item
    message, url, line, column = (detail.get(name) for name in DETAIL)
    place = ":".join(str(part) for part in (url, line or None, column if line else None) if part is not None)
    return f"{message}  ({place})" if url else str(message)
