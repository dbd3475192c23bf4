"""Events in, text or bytes out; one file per format. Pure: nothing is read, written or waited for, except where
``files`` writes one, and where a format needs them in another order (``spool``)."""

from collections.abc import Callable, Iterable, Iterator
from importlib import import_module
from typing import Any, Protocol

import msgspec

from cdp_bgservices.events import Event


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """A format. Its module is imported when something is written."""

    write: str
    """``module.name``: a class that is a Format, or a function of pages and an About that yields bytes."""
    use: str
    """Who reads it, for the help and the documentation."""
    prints: bool = False
    """Whether ``write`` is a Format, an event at a time, which ``events`` can print."""
    has_end: bool = False
    """Whether the end of a document is not an event, so that following never comes to it."""
    title: str = ""
    """In the page's menu. Where there is none, it is not written to files."""
    suffixes: tuple[str, ...] = ()
    """Of a file; the first one is that of a download. A suffix of several formats tells nothing."""
    media_type: str = "application/octet-stream"
    binary: bool = False
    """No terminal should be given it."""


DOCUMENTS = {
    "table": Document(write="table.TableFormat", use="people", prints=True),
    "json": Document(write="json_array.JsonFormat", use="one JSON array", prints=True, has_end=True),
    "devtools": Document(
        write="devtools.DevToolsFormat",
        use="readers of DevTools' Save events files",
        prints=True,
        has_end=True,
        title="DevTools’ format (JSON)",
        suffixes=(".json",),
        media_type="application/json",
    ),
    "jsonl": Document(
        write="json_lines.JsonLinesFormat",
        use="import, check, jq, any reader of JSON lines",
        prints=True,
        title="JSON Lines",
        suffixes=(".jsonl", ".ndjson"),
        media_type="application/x-ndjson",
    ),
    "csv": Document(
        write="csv_sheet.CsvFormat",
        use="a spreadsheet",
        prints=True,
        title="CSV",
        suffixes=(".csv",),
        media_type="text/csv",
    ),
    "parquet": Document(
        write="parquet.pieces",
        use="DuckDB, pandas, Polars, Spark",
        title="Parquet",
        suffixes=(".parquet",),
        binary=True,
    ),
    "perfetto": Document(
        write="perfetto.pieces",
        use="ui.perfetto.dev (the timeline)",
        title="Perfetto trace",
        suffixes=(".pftrace", ".perfetto-trace"),
        binary=True,
    ),
    "html": Document(
        write="html.pieces",
        use="a browser (the viewer in one file)",
        title="This page in one file",
        suffixes=(".html", ".htm"),
        media_type="text/html",
    ),
    "otlp-json": Document(
        write="otlp.pieces",
        use="an OpenTelemetry collector",
        title="OpenTelemetry (JSON)",
        suffixes=(".otlp.json",),
    ),
}
PRINTED = [name for name, document in DOCUMENTS.items() if document.prints]
SAVED = [name for name, document in DOCUMENTS.items() if document.title]
"""In the order of the help and of the page."""


class Format(Protocol):
    """Text, line ends included. One object writes one document: ``header``, a ``row`` an event, ``footer``."""

    def header(self) -> str:
        """What comes before the first event."""

    def row(self, event: Event) -> str:
        """One event."""

    def footer(self) -> str:
        """What comes after the last one."""


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
