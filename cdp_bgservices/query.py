"""A frozen query of events, and the table of its filters; times and durations as people write them."""

import re
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from urllib.parse import urlsplit

import msgspec

from cdp_bgservices.errors import InvalidInputError
from cdp_bgservices.events import Service
from cdp_bgservices.near_words import meant

UNITS = {"ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)", re.ASCII)


class Query(msgspec.Struct, frozen=True, kw_only=True):
    """A filter of stored events; an empty one takes all. Several values of a field are alternatives."""

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
    """In any field of the event, or in a key or value of its metadata, in any case."""
    failed: bool = False
    """Only events that report a failure."""
    limit: int | None = None
    """The newest ones, up to this number."""


EVERYTHING = Query()


class Kind(StrEnum):
    """What a filter is given."""

    VALUES = "values"
    """Several are alternatives."""
    MOMENT = "moment"
    TEXT = "text"
    FLAG = "flag"
    NUMBER = "number"


class Filter(msgspec.Struct, frozen=True):
    """A field of Query, as the command line, an address, the server and the page know it."""

    field: str
    name: str
    """In an address and on the page; the option is ``--name``, unless ``option`` says otherwise."""
    help: str
    title: str = ""
    """On the page, which does not have the filter where there is none."""
    kind: Kind = Kind.VALUES
    column: str = ""
    """The field of an event that has one of the values."""
    metavar: str | None = "NAME"
    option: str = ""
    is_counted: bool = True
    """Whether the page lists the values that there are, with their counts."""
    splits: bool = False
    """Whether it can tell the events of one story from each other."""
    note: str = ""
    """What the page says below the values."""


FILTERS = (
    Filter("services", "service", "Only this service", "Service", column="service", is_counted=False),
    Filter("event_names", "event", "Only this event", "Event", column="event_name", splits=True),
    Filter(
        *("origins", "origin", "Only this origin", "Origin"),
        column="origin",
        metavar="ORIGIN",
    ),
    Filter("scopes", "scope", "Only this worker scope", "Scope", column="scope", metavar="URL"),
    Filter(
        *("instance_ids", "instance", "Only this instance", "Instance"),
        column="instance_id",
        metavar="ID",
        is_counted=False,
        note="A sync’s tag, a fetch’s id, a notification’s tag. The detail of an event filters by its instance.",
    ),
    Filter(
        *("sources", "source", "Only this source", "Source"),
        column="source",
        note="The browser profiles that were recorded into this store.",
    ),
    Filter(
        *("browser_contexts", "context", "Only this browser context", "Context"),
        column="browser_context",
        option="browser-context",
        metavar="ID",
        note="A profile, an incognito window, or a context that a test made.",
    ),
    Filter("since", "since", "At or after a moment: ISO 8601, or an age like 2h.", "Since", Kind.MOMENT, splits=True),
    Filter("before", "before", "Before a moment: ISO 8601, or an age like 2h.", "Before", Kind.MOMENT, splits=True),
    Filter("text", "text", "Only events with this text in any field, in any case.", "Text", Kind.TEXT, splits=True),
    Filter("failed", "failed", "Only events that report a failure.", "Only failures", Kind.FLAG, splits=True),
    Filter("limit", "limit", "Only the newest N events.", kind=Kind.NUMBER),
)
"""In the order of the help and of the page."""


def filter_words(query: Query) -> list[str]:
    """What a query chooses by, for people: ``Service: notifications``, ``Since: 2026-11-21 12:00:00 UTC``."""
    words = []
    for each in FILTERS:
        value = getattr(query, each.field)
        if value == getattr(EVERYTHING, each.field):
            continue
        title = each.title or each.name.capitalize()
        if isinstance(value, datetime):
            value = f"{value.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
        shown = " or ".join(value) if isinstance(value, tuple) else value
        words.append(title if value is True else f"{title}: {shown}")
    return words


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


def parse_timeout(text: str) -> timedelta:
    """A duration, or ``0``. Raises InvalidInputError for anything else."""
    return timedelta() if text.strip() == "0" else parse_duration(text)


def parse_condition(text: str) -> tuple[str, str]:
    """``KEY=VALUE``, such as ``Status=succeeded``. Raises InvalidInputError."""
    key, sign, value = text.partition("=")
    if not key or not sign:
        raise InvalidInputError(f"{text!r} is not KEY=VALUE", "Write it as in 'Status=succeeded'.")
    return key, value


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
    raise InvalidInputError(f"{text!r} is not a background service", meant(text, Service, "They are"))


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
    raise InvalidInputError(f"{text!r} is not an origin", "Write scheme, host and port: http://localhost:8000.")
