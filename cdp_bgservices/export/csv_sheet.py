"""Comma-separated values, as a spreadsheet reads them."""

import csv
import io
import re

import msgspec

from cdp_bgservices.events import Event

FORMULA = re.compile(r"(?!-\d+\Z)[=+\-@\t\r\n]")
"""The beginning of what a spreadsheet would run; a number, as the registration id -1, is none."""


class CsvFormat:
    """Every field of an event, in the order of its definition; metadata as JSON."""

    def header(self) -> str:
        return write_line(list(Event.__struct_fields__))

    def row(self, event: Event) -> str:
        fields = msgspec.to_builtins(event)
        fields["metadata"] = msgspec.json.encode(event.metadata).decode()
        return write_line([guard("" if value is None else value) for value in fields.values()])

    def footer(self) -> str:
        return ""


def guard(cell: str) -> str:
    """A page may name its sync tag ``=HYPERLINK(…)``; an apostrophe makes it text."""
    return f"'{cell}" if FORMULA.match(cell) else cell


def write_line(cells: list[str]) -> str:
    buffer = io.StringIO()
    # Told to end lines with "\n", it would leave a "\r" in a cell without quotes.
    csv.writer(buffer, lineterminator="\r\n").writerow(cells)
    return buffer.getvalue().removesuffix("\r\n") + "\n"
