"""OpenTelemetry logs, as a collector's ``otlpjsonfile`` receiver reads them: one ``LogsData`` a line, in OTLP/JSON.

Logs and not traces: an event is a moment, and the stories that it belongs to often have no end in the file, or none at
all. A log record keeps what is known and invents no duration; those of one instance share a trace id, so that a backend
shows them together.
"""

from collections.abc import Iterable, Iterator, Sequence
from hashlib import blake2b
from itertools import groupby
from typing import Any

import msgspec

from cdp_bgservices.events import Event, to_microseconds
from cdp_bgservices.export.documents import About
from cdp_bgservices.export.terminal_escape import harmless_json
from cdp_bgservices.failures import judge
from cdp_bgservices.thrown import line_of, threw

INFO, ERROR = 9, 17
"""Numbers of severities: in JSON, too, they are numbers."""
PREFIX = "bgservice."
FIELDS = ("id", "service", "origin", "storage_key", "registration_id", "scope", "instance_id", "browser_context")
"""Of an event, as attributes; those that say nothing are left out."""

encode = msgspec.json.Encoder().encode


def pieces(pages: Iterable[Sequence[Event]], about: About) -> Iterator[bytes]:
    """A line for each page."""
    for page in pages:
        if page:
            logs = {"resourceLogs": [resource_logs(source, list(group)) for source, group in by_source(page)]}
            yield harmless_json(encode(logs).decode()).encode() + b"\n"


def by_source(page: Sequence[Event]) -> Iterable[tuple[str, Iterable[Event]]]:
    """Each source's events in their order."""
    return groupby(sorted(page, key=lambda event: event.source), key=lambda event: event.source)


def resource_logs(source: str, events: Sequence[Event]) -> dict[str, Any]:
    """``ResourceLogs``: the resource is the browser's profile."""
    return {
        "resource": {"attributes": attributes({"service.name": "chromium", "service.instance.id": source})},
        "scopeLogs": [{"scope": {"name": "cdp_bgservices"}, "logRecords": [log_record(event) for event in events]}],
    }


def log_record(event: Event) -> dict[str, Any]:
    """``LogRecord``. Integers of 64 bits are texts, ids are hex digits, as the mapping to JSON has it."""
    failure = judge(event).reason
    told = {f"{PREFIX}{name}": getattr(event, name) for name in FIELDS if getattr(event, name)}
    if failure:
        told[f"{PREFIX}failure"] = failure
    if thrown := threw(event):
        told[f"{PREFIX}threw"] = "\n".join(map(line_of, thrown))
    metadata = {f"{PREFIX}metadata.{key}": value for key, value in event.metadata.items()}
    record = {
        "timeUnixNano": nanoseconds(to_microseconds(event.timestamp)),
        "observedTimeUnixNano": nanoseconds(to_microseconds(event.received_at or event.timestamp)),
        "severityNumber": ERROR if failure else INFO,
        "severityText": "ERROR" if failure else "INFO",
        "eventName": event.event_name,
        "body": {"stringValue": event.event_name},
        "attributes": attributes({**told, **metadata}),
    }
    if event.instance_id:
        record["traceId"] = trace_id(event)
    return record


def nanoseconds(microseconds: int) -> str:
    """Unsigned: nothing was before the epoch."""
    return str(max(microseconds, 0) * 1000)


def trace_id(event: Event) -> str:
    """32 hex digits, the same for every event of an instance."""
    key = (event.source, event.service, event.origin, event.storage_key, event.registration_id, event.instance_id)
    return blake2b(encode(key), digest_size=16).hexdigest()


def attributes(values: dict[str, str]) -> list[dict[str, Any]]:
    """``KeyValue``."""
    return [{"key": key, "value": {"stringValue": value}} for key, value in values.items()]
