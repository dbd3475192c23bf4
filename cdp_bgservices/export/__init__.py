"""Events in, text or bytes out; one file per format. Pure: nothing is read, written or waited for, except where
``files`` writes one, and where a format needs them in another order (``spool``)."""

from collections.abc import Callable, Iterable, Iterator
from importlib import import_module
from typing import Protocol

from cdp_bgservices.events import Event

FORMATS = {
    "table": "table.TableFormat",
    "json": "json_array.JsonFormat",
    "jsonl": "json_lines.JsonLinesFormat",
    "csv": "csv_sheet.CsvFormat",
    "devtools": "devtools.DevToolsFormat",
}
"""Where each format lives; imported when it is asked for."""


class Format(Protocol):
    """Text, line ends included. One object writes one document: ``header``, a ``row`` an event, ``footer``."""

    def header(self) -> str:
        """What comes before the first event."""

    def row(self, event: Event) -> str:
        """One event."""

    def footer(self) -> str:
        """What comes after the last one."""


def make_format(name: str) -> Format:
    """A format of FORMATS, for a pipe or a file. Raises KeyError for another name."""
    module, _, kind = FORMATS[name].partition(".")
    make: Callable[[], Format] = getattr(import_module(f"{__name__}.{module}"), kind)
    return make()


def export(events: Iterable[Event], name: str) -> Iterator[str]:
    """The pieces of a whole document, as they can be written one after the other."""
    document = make_format(name)
    yield document.header()
    for event in events:
        yield document.row(event)
    yield document.footer()
