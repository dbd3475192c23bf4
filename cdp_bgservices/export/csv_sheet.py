"""Comma-separated values, as a spreadsheet reads them."""

import csv
import io
import re

import msgspec

from cdp_bgservices.events import Event
from cdp_bgservices.export import Format
from cdp_bgservices.export.terminal_escape import escape_char, json_line

FORMULA = re.compile(r"(?!-\d+\Z)[=+\-@\t\r\n]")
"""The beginning of a formula; a number, such as the registration id -1, is not one."""
OBEYED = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")
"""Characters that control a terminal, except tabs and line ends, which are in quotes."""


class CsvFormat(Format):
    """Every field of an event, in the order of its definition; metadata and details as JSON."""

    def header(self) -> str:
        return write_line(list(Event.__struct_fields__))

    def row(self, event: Event) -> str:
        fields = msgspec.to_builtins(event)
        for name in ("metadata", "details"):
            if fields[name] is not None:
                fields[name] = json_line(fields[name])
        return write_line([guard("" if value is None else escape_cell(value)) for value in fields.values()])


def escape_cell(text: str) -> str:
    return OBEYED.sub(lambda match: escape_char(match[0]), text)


def guard(cell: str) -> str:
    """A page may name its sync tag ``=HYPERLINK(…)``: an apostrophe makes it text."""
    return f"'{cell}" if FORMULA.match(cell) else cell


def write_line(cells: list[str]) -> str:
    buffer = io.StringIO()
    # If it ended lines with "\n", it would leave a "\r" in a cell without quotes.
    csv.writer(buffer, lineterminator="\r\n").writerow(cells)
    return buffer.getvalue().removesuffix("\r\n") + "\n"
