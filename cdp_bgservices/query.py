"""Which events: a frozen filter; times and durations as people write them."""

import re
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import msgspec

from cdp_bgservices.errors import InvalidInputError
from cdp_bgservices.events import Service

UNITS = {"ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)", re.ASCII)


class Query(msgspec.Struct, frozen=True, kw_only=True):
    """A filter over stored events; an empty one takes all. Several values of a field are alternatives."""

    services: tuple[str, ...] = ()
    event_names: tuple[str, ...] = ()
    origins: tuple[str, ...] = ()
    """With or without the trailing slash that Chromium writes."""
    scopes: tuple[str, ...] = ()
    instance_ids: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    browser_contexts: tuple[str, ...] = ()
    """Where the events were first seen."""
    since: datetime | None = None
    """Events at or after this moment."""
    before: datetime | None = None
    """Events before this moment."""
    text: str = ""
    """Found, whatever the case, in any text of the event or its metadata's keys and values."""
    failed: bool = False
    """Only those that say that something went wrong."""
    limit: int | None = None
    """The newest so many."""


def parse_duration(text: str) -> timedelta:
    """``250ms``, ``1.5s``, ``90s``, ``10m``, ``2h``, ``3d``. Raises InvalidInputError for anything else."""
    match = DURATION.fullmatch(text.strip())
    if match is None:
        raise InvalidInputError(
            f"{text!r} is not a duration", "Write a number and its unit: 250ms, 1.5s, 90s, 10m, 2h, 3d."
        )
    try:
        return timedelta(seconds=float(match[1]) * UNITS[match[2]])
    except OverflowError as error:
        raise InvalidInputError(f"{text!r} is longer than any calendar", "Write a shorter one.") from error


def format_duration(duration: timedelta) -> str:
    """The shortest way to write it that parse_duration takes: ``3d``, ``36h``, ``1.5s``, ``250ms``."""
    seconds = duration.total_seconds()
    for unit in ("d", "h", "m", "s"):
        if seconds >= UNITS[unit] and (seconds / UNITS[unit]).is_integer():
            return f"{int(seconds / UNITS[unit])}{unit}"
    if seconds < 1:
        return f"{seconds * 1000:.3f}".rstrip("0").rstrip(".") + "ms"
    return f"{seconds:.6f}".rstrip("0").rstrip(".") + "s"


def parse_time(text: str, now: datetime | None = None) -> datetime:
    """A moment: ISO 8601 (local time where it names no zone), or an age such as ``2h``.

    Raises InvalidInputError for anything else.
    """
    text = text.strip()
    if DURATION.fullmatch(text):
        try:
            return (now or datetime.now(UTC)) - parse_duration(text)
        except OverflowError as error:
            raise InvalidInputError(f"{text!r} ago is before any calendar") from error
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise InvalidInputError(
            f"{text!r} is not a time",
            "Write ISO 8601, such as 2026-11-21T14:30 or 2026-11-21T14:30:00Z, or an age, such as 2h.",
        ) from error


def parse_service(text: str) -> Service:
    """One of the services, whatever the case. Raises InvalidInputError, which lists them."""
    for service in Service:
        if service.lower() == text.strip().lower():
            return service
    raise InvalidInputError(f"{text!r} is not a background service", "They are: " + ", ".join(Service) + ".")


def parse_until(text: str) -> tuple[str, str]:
    """``SERVICE:EVENT_NAME``, such as ``backgroundSync:Sync completed``. Raises InvalidInputError."""
    service, colon, event_name = text.partition(":")
    if not colon or not event_name.strip():
        raise InvalidInputError(
            f"{text!r} is not SERVICE:EVENT_NAME", "Write it as in 'backgroundSync:Sync completed'."
        )
    return parse_service(service), event_name.strip()


def parse_origin(text: str) -> str:
    """``http://localhost:8000``, from any URL of it. Raises InvalidInputError for what has no scheme or host."""
    try:
        parts = urlsplit(text.strip())
        if parts.scheme in ("http", "https") and parts.hostname and parts.port != 0:
            return f"{parts.scheme}://{parts.netloc}"
    except ValueError:
        pass
    raise InvalidInputError(f"{text!r} is no origin", "Write scheme, host and port: http://localhost:8000.")
