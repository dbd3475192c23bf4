"""A table with fixed columns, so that events can be written one at a time."""

from collections.abc import Callable
from datetime import UTC

import msgspec

from cdp_bgservices.events import Event
from cdp_bgservices.export import Format
from cdp_bgservices.export.columns import GAP, fit, join, pad
from cdp_bgservices.export.terminal_escape import escape_text
from cdp_bgservices.thrown import threw
from cdp_bgservices.vocabulary.services import SERVICES

ID_LENGTH = 8
"""Characters of an id, enough for ``show``."""
WIDE = 130
"""Terminals with at least this many columns show everything."""
BOLD, RESET = "\x1b[1m", "\x1b[0m"
COLOURS = {service: f"\x1b[{words.ansi}m" for service, words in SERVICES.items()}


class Column(msgspec.Struct, frozen=True):
    """One column of the table."""

    title: str
    width: int
    """In a pipe, where longer text shifts the columns after it."""
    text: Callable[[Event], str]
    share: int = 0
    """The part of a terminal's remaining width that the column gets; with 0, ``width`` holds there, too."""


def format_time(event: Event) -> str:
    """UTC, to the millisecond; ``--since`` takes it."""
    return f"{event.timestamp.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.{event.timestamp.microsecond // 1000:03}Z"


def format_short_time(event: Event) -> str:
    """UTC, to the second, without the year."""
    return f"{event.timestamp.astimezone(UTC):%m-%d %H:%M:%S}"


def format_metadata(event: Event) -> str:
    """``key=value``, by key; and what the worker threw."""
    pairs = [f"{key}={value}" for key, value in event.metadata.items()]
    return ", ".join(pairs + [f"threw={item['message']}" for item in threw(event)] if event.details else pairs)


COLUMNS = (
    Column("ID", ID_LENGTH, lambda event: event.id[:ID_LENGTH]),
    Column("TIME", 24, format_time),
    Column("SERVICE", 22, lambda event: event.service),
    Column("EVENT", 32, lambda event: event.event_name),
    Column("SCOPE", 30, lambda event: event.scope or event.origin, share=3),
    Column("INSTANCE", 20, lambda event: event.instance_id, share=2),
    Column("METADATA", 0, format_metadata, share=3),
)
NARROW_COLUMNS = (
    COLUMNS[0],
    Column("TIME (UTC)", 14, format_short_time),
    Column("SERVICE", 15, lambda event: event.service),
    Column("EVENT", 20, lambda event: event.event_name, share=1),
    Column("METADATA", 0, format_metadata, share=1),
)


class TableFormat(Format):
    """For a pipe. For a terminal of this ``width``, lines are fitted to it and coloured."""

    def __init__(self, width: int | None = None) -> None:
        self.terminal = width is not None
        self.columns = COLUMNS if width is None or width >= WIDE else NARROW_COLUMNS
        self.widths = [column.width for column in self.columns]
        if width is not None:
            self.widths = fit_widths(self.columns, width)

    def header(self) -> str:
        line = self.line([column.title for column in self.columns])
        return f"{BOLD}{line}{RESET}\n" if self.terminal else f"{line}\n"

    def row(self, event: Event) -> str:
        cells = [escape_text(column.text(event)) for column in self.columns]
        if not self.terminal:
            return f"{self.line(cells)}\n"
        return f"{COLOURS.get(event.service, '')}{self.line(cells)}{RESET}\n"

    def line(self, cells: list[str]) -> str:
        return join(cells, self.widths, fit if self.terminal else pad)


def fit_widths(columns: tuple[Column, ...], width: int) -> list[int]:
    """The columns that have a share get the rest of a terminal's width."""
    fixed = sum(column.width for column in columns if not column.share)
    left = max(0, width - fixed - len(GAP) * (len(columns) - 1))
    shares = sum(column.share for column in columns)
    return [left * column.share // shares if column.share else column.width for column in columns]
