"""A table with fixed columns, for a pipe; ``terminal_table`` has that for a terminal."""

from collections.abc import Callable
from datetime import UTC

import msgspec

from cdp_bgservices.events import Event
from cdp_bgservices.export import Format
from cdp_bgservices.export.columns import join
from cdp_bgservices.export.terminal_escape import escape_text
from cdp_bgservices.failures import judge, reported_failure
from cdp_bgservices.thrown import threw

ID_LENGTH = 8
"""Characters of an id, enough for ``show``."""
SIGN = "✕"
"""Before the name of an event that is a failure."""


class Column(msgspec.Struct, frozen=True):
    """One column of the table. Longer text shifts the columns after it."""

    title: str
    width: int
    text: Callable[[Event], str]


def format_time(event: Event) -> str:
    """UTC, to the millisecond; ``--since`` takes it."""
    return f"{event.timestamp.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.{event.timestamp.microsecond // 1000:03}Z"


def format_short_time(event: Event) -> str:
    """UTC, to the second, without the year."""
    return f"{event.timestamp.astimezone(UTC):%m-%d %H:%M:%S}"


def format_clock(event: Event) -> str:
    """UTC, to the second, without the day."""
    return f"{event.timestamp.astimezone(UTC):%H:%M:%S}"


def format_metadata(event: Event) -> str:
    """``key=value``, by key; and what the worker threw."""
    pairs = [f"{key}={value}" for key, value in event.metadata.items()]
    return ", ".join(pairs + [f"threw={item['message']}" for item in threw(event)] if event.details else pairs)


def format_rest(event: Event) -> str:
    """The metadata, without what the reason of a failure says."""
    reason = reported_failure(event.event_name, event.metadata)
    return ", ".join(
        f"{key}={value}"
        for key, value in event.metadata.items()
        if not reason or (value.rpartition("::")[2] != reason and f"{key}: {value}" != reason)
    )


COLUMNS = (
    Column("ID", ID_LENGTH, lambda event: event.id[:ID_LENGTH]),
    Column("TIME", 24, format_time),
    Column("SERVICE", 22, lambda event: event.service),
    Column("", len(SIGN), lambda event: SIGN if judge(event).reason else ""),
    Column("EVENT", 32, lambda event: event.event_name),
    Column("SCOPE", 30, lambda event: event.scope or event.origin),
    Column("INSTANCE", 20, lambda event: event.instance_id),
    Column("METADATA", 0, format_metadata),
)
WIDTHS = tuple(column.width for column in COLUMNS)


class TableFormat(Format):
    def header(self) -> str:
        return join((column.title for column in COLUMNS), WIDTHS) + "\n"

    def row(self, event: Event) -> str:
        return join((escape_text(column.text(event)) for column in COLUMNS), WIDTHS) + "\n"
