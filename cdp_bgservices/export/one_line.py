"""One event in one line, for a log, a report or a tooltip."""

from collections.abc import Mapping

from cdp_bgservices.events import Event
from cdp_bgservices.export.table import format_time
from cdp_bgservices.export.terminal_escape import escape_text
from cdp_bgservices.notification_details import notification_lines
from cdp_bgservices.thrown import line_of, threw

VALUE_LENGTH = 200
"""Characters of one value: a push's payload can have thousands."""

METADATA_LENGTH = 600
"""Characters of all of them."""


def one_line(event: Event) -> str:
    """Time, service, name, instance, metadata, what the worker threw and the notification, escaped for a terminal."""
    instance = f"'{excerpt(event.instance_id)}'" if event.instance_id else ""
    parts = (format_time(event), excerpt(event.service), excerpt(event.event_name), instance)
    thrown = "; ".join(excerpt(line_of(item), METADATA_LENGTH) for item in threw(event))
    shown = excerpt(", ".join(notification_lines(event)), METADATA_LENGTH)
    ends = (
        metadata_line(event.metadata),
        f"threw {thrown}" if thrown else "",
        f"notification {shown}" if shown else "",
    )
    return "  ".join(filter(None, (*parts, *ends)))


def metadata_line(metadata: Mapping[str, str]) -> str:
    """``key=value``, by key, each value and the whole cut to what can be read."""
    pairs = (f"{excerpt(key)}={excerpt(value)}" for key, value in metadata.items())
    return shorten(", ".join(pairs), METADATA_LENGTH)


def shorten(text: str, length: int = VALUE_LENGTH) -> str:
    """The text, or its beginning and an ellipsis: at most ``length`` characters."""
    return text if len(text) <= length else text[: length - 1] + "…"


def excerpt(text: str, length: int = VALUE_LENGTH) -> str:
    """Escaped for a terminal, and at most ``length`` characters."""
    return shorten(escape_text(text[: length + 1]), length)
