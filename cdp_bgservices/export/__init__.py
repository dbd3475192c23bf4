"""Events in, text or bytes out; one file per format. Pure: nothing is read, written or waited for, except where
``files`` writes one, and where a format needs them in another order (``spool``)."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from importlib import import_module
from typing import Any

import msgspec

from cdp_bgservices.contexts import BrowserContext
from cdp_bgservices.events import Event


class Document(msgspec.Struct, frozen=True):
    """A format. Its module is imported when something is written."""

    write: str
    """``module.name``: a Format, or a function of pages and an About that yields bytes."""
    use: str
    """Who reads it, for the help and the documentation."""
    title: str = ""
    """In the page's menu. Where there is none, it is not written to files."""
    suffixes: tuple[str, ...] = ()
    """Of a file; the first one is that of a download. A suffix of several formats tells nothing."""
    media_type: str = "application/octet-stream"
    prints: bool = False
    """Whether ``write`` is a Format, an event at a time, which ``events`` can print."""
    has_end: bool = False
    """Whether the end of a document is not an event, so that following never comes to it."""
    binary: bool = False
    """No terminal should be given it."""


DOCUMENTS = {
    "table": Document("table.TableFormat", "people", prints=True),
    "json": Document("json_array.JsonFormat", "one JSON array", prints=True, has_end=True),
    "devtools": Document(
        "devtools.DevToolsFormat",
        "readers of DevTools' Save events files",
        "DevTools’ format (JSON)",
        (".json",),
        "application/json",
        prints=True,
        has_end=True,
    ),
    "jsonl": Document(
        "json_lines.JsonLinesFormat",
        "import, check, jq, any reader of JSON lines",
        "JSON Lines",
        (".jsonl", ".ndjson"),
        "application/x-ndjson",
        prints=True,
    ),
    "csv": Document("csv_sheet.CsvFormat", "a spreadsheet", "CSV", (".csv",), "text/csv", prints=True),
    "parquet": Document("parquet.pieces", "DuckDB, pandas, Polars, Spark", "Parquet", (".parquet",), binary=True),
    "perfetto": Document(
        "perfetto.pieces",
        "ui.perfetto.dev (the timeline)",
        "Perfetto trace",
        (".pftrace", ".perfetto-trace"),
        binary=True,
    ),
    "html": Document(
        "html.pieces", "a browser (the viewer in one file)", "This page in one file", (".html", ".htm"), "text/html"
    ),
    "otlp-json": Document("otlp.pieces", "an OpenTelemetry collector", "OpenTelemetry (JSON)", (".otlp.json",)),
}
PRINTED = [name for name, document in DOCUMENTS.items() if document.prints]
SAVED = [name for name, document in DOCUMENTS.items() if document.title]
"""In the order of the help and of the page."""


class Format:
    """Text, line ends included. One object writes one document: ``header``, a ``row`` an event, ``footer``."""

    names_contexts = False
    """Whether it is to be given what is known of browser contexts, before the events of them."""

    def learn(self, contexts: Iterable[BrowserContext]) -> None:
        """What to call them."""

    def header(self) -> str:
        return ""

    def row(self, event: Event) -> str:
        raise NotImplementedError

    def rows(self, events: Sequence[Event]) -> str:
        """Those that are there at the same time."""
        return "".join(map(self.row, events))

    def footer(self) -> str:
        return ""


def load(name: str) -> Callable[..., Any]:
    """What ``write`` of one of DOCUMENTS names. Raises KeyError for another name."""
    module, _, attribute = DOCUMENTS[name].write.partition(".")
    found: Callable[..., Any] = getattr(import_module(f"{__name__}.{module}"), attribute)
    return found


def make_format(name: str) -> Format:
    """One of PRINTED, for a pipe or a file. Raises KeyError for another name."""
    made: Format = load(name)()
    return made


def export(events: Iterable[Event], name: str) -> Iterator[str]:
    """The pieces of a whole document, as they can be written one after the other."""
    document = make_format(name)
    yield document.header()
    for event in events:
        yield document.row(event)
    yield document.footer()
