"""OpenTelemetry logs, as a collector's ``otlpjsonfile`` receiver reads them: one ``LogsData`` per line, in OTLP/JSON.

The format is logs, not traces: an event is a moment, and many stories have no end in the file. A log record keeps what
is known and invents no duration. Records of one lane share a trace id, so that a backend shows them together.
"""

from collections.abc import Iterable, Iterator, Sequence
from hashlib import blake2b
from itertools import chain, groupby
from typing import Any

from cdp_bgservices.events import Event, to_microseconds
from cdp_bgservices.export.documents import About, batches
from cdp_bgservices.export.terminal_escape import json_line
from cdp_bgservices.notification_details import notification_lines
from cdp_bgservices.stories import Head, Mark, assign
from cdp_bgservices.thrown import line_of, threw

INFO, ERROR = 9, 17
"""Severities are numbers in JSON, too."""
PREFIX = "bgservice."
FIELDS = ("id", "service", "origin", "storage_key", "registration_id", "scope", "instance_id", "browser_context")
"""Of an event, as attributes; empty ones are left out."""
BATCH = 100


def pieces(pages: Iterable[Sequence[Event]], about: About) -> Iterator[bytes]:
    """A line for every BATCH events."""
    steps = assign(chain.from_iterable(pages))
    marks = ((head, step) for head, step in steps if isinstance(step, Mark))
    for batch in batches(marks, BATCH):
        # Each source's events are in their order.
        by_source = groupby(sorted(batch, key=source_of), key=source_of)
        logs = {"resourceLogs": [resource_logs(source, group) for source, group in by_source]}
        yield json_line(logs).encode() + b"\n"


def source_of(placed: tuple[Head, Mark]) -> str:
    return placed[0].source


def resource_logs(source: str, marks: Iterable[tuple[Head, Mark]]) -> dict[str, Any]:
    """``ResourceLogs``: the resource is the browser's profile."""
    return {
        "resource": {"attributes": attributes({"service.name": "chromium", "service.instance.id": source})},
        "scopeLogs": [{"scope": {"name": "cdp_bgservices"}, "logRecords": [log_record(*placed) for placed in marks]}],
    }


def log_record(head: Head, mark: Mark) -> dict[str, Any]:
    """``LogRecord``. Integers of 64 bits are texts, ids are hex digits, as the mapping to JSON has it."""
    event, failure = mark.event, mark.failure
    values = {f"{PREFIX}{name}": getattr(event, name) for name in FIELDS if getattr(event, name)}
    if failure:
        values[f"{PREFIX}failure"] = failure
    if thrown := threw(event):
        values[f"{PREFIX}threw"] = "\n".join(map(line_of, thrown))
    if shown := notification_lines(event):
        values[f"{PREFIX}notification"] = "\n".join(shown)
    metadata = {f"{PREFIX}metadata.{key}": value for key, value in event.metadata.items()}
    record = {
        "timeUnixNano": nanoseconds(mark.at),
        "observedTimeUnixNano": nanoseconds(to_microseconds(event.received_at or event.timestamp)),
        "severityNumber": ERROR if failure else INFO,
        "severityText": "ERROR" if failure else "INFO",
        "eventName": event.event_name,
        "body": {"stringValue": event.event_name},
        "attributes": attributes({**values, **metadata}),
    }
    if event.instance_id:
        record["traceId"] = blake2b(head.key.encode(), digest_size=16).hexdigest()
    return record


def nanoseconds(microseconds: int) -> str:
    """Unsigned: times before the epoch become 0."""
    return str(max(microseconds, 0) * 1000)


def attributes(values: dict[str, str]) -> list[dict[str, Any]]:
    """``KeyValue``."""
    return [{"key": key, "value": {"stringValue": value}} for key, value in values.items()]
