"""Whole files: the formats that there are of them, and the pieces of each, in bytes that follow one another."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from importlib import import_module
from itertools import chain
from pathlib import PurePath

import msgspec

from cdp_bgservices.coverage.report import SeriesReport
from cdp_bgservices.errors import InvalidInputError
from cdp_bgservices.events import EPOCH, Event
from cdp_bgservices.export import export

MODULES = {"parquet": "parquet", "perfetto": "perfetto", "otlp-json": "otlp"}
"""Those that have a function ``pieces`` in a module of their own, which is imported when it is asked for; ``html`` has
one above this package, in ``web.one_file``; the others are written an event at a time, see ``export``."""
DOCUMENTS = ("jsonl", "csv", "devtools", "parquet", "perfetto", "html", "otlp-json")
BINARY = ("parquet", "perfetto")
"""What no terminal should be given."""

SUFFIXES = {
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".csv": "csv",
    ".parquet": "parquet",
    ".pftrace": "perfetto",
    ".perfetto-trace": "perfetto",
    ".html": "html",
    ".htm": "html",
}
"""Those that mean one format only: ``.json`` may be DevTools' or OpenTelemetry's."""
PIECE = 200
"""Events of a piece of text, so that not every line is written by itself."""


class About(msgspec.Struct, frozen=True, kw_only=True):
    """What belongs to a listing and is not in its events."""

    moment: datetime = EPOCH
    """Now, UTC."""
    coverage: Mapping[str, Sequence[SeriesReport]] = {}
    """By source: from when to when everything was recorded, and the gaps."""
    store: str = ""
    """The name of its file."""
    retention: timedelta = timedelta(days=3)
    redacts: bool = False
    """Whether the store leaves payloads out."""


def guess_document(name: str) -> str:
    """By the suffix of a file's name. Raises InvalidInputError where that does not tell."""
    suffix = PurePath(name).suffix.lower()
    if suffix not in SUFFIXES:
        what = f"The suffix {suffix}" if suffix else "A name without a suffix"
        raise InvalidInputError(f"{what} does not tell the format", f"Add --format: {', '.join(DOCUMENTS)}.")
    return SUFFIXES[suffix]


def pieces(pages: Iterable[Sequence[Event]], name: str, about: About) -> Iterator[bytes]:
    """A whole file of one of DOCUMENTS, but ``html``; ``pages`` are of events, oldest first.

    Raises InvalidInputError where the format cannot take them, or what it needs is not installed.
    """
    if name in MODULES:
        write: Callable[[Iterable[Sequence[Event]], About], Iterator[bytes]]
        write = import_module(f"cdp_bgservices.export.{MODULES[name]}").pieces
        yield from write(pages, about)
        return
    texts: list[str] = []
    for text in export(chain.from_iterable(pages), name):
        texts.append(text)
        if len(texts) > PIECE:
            yield "".join(texts).encode()
            texts.clear()
    yield "".join(texts).encode()
