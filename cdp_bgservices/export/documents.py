"""Whole files of a format: which one a name means, and the pieces, in bytes that follow one another."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import chain, islice
from pathlib import PurePath
from typing import TypeVar

import msgspec

from cdp_bgservices.contexts import BrowserContext
from cdp_bgservices.coverage.report import SeriesReport
from cdp_bgservices.errors import InvalidInputError
from cdp_bgservices.events import EPOCH, Event
from cdp_bgservices.export import DOCUMENTS, SAVED, export, load

Item = TypeVar("Item")

PIECE = 200
"""Events of a piece of text, so that not every line is written by itself."""


class About(msgspec.Struct, frozen=True, kw_only=True):
    """What belongs to a listing and is not in its events."""

    moment: datetime = EPOCH
    """Now, UTC."""
    coverage: Mapping[str, Sequence[SeriesReport]] = {}
    """By source: from when to when everything was recorded, and the gaps."""
    contexts: Sequence[BrowserContext] = ()
    """Which browser contexts there were, and which are over."""
    store: str = ""
    """The name of its file."""
    title: str = ""
    """Of a report; otherwise it is made of the store's name."""
    host: str = ""
    """The machine on which a report is made."""
    filters: Sequence[str] = ()
    """Which events were chosen, in words: see ``query.filter_words``."""
    retention: timedelta = timedelta(days=3)
    redacts: bool = False
    """Whether the store leaves payloads out."""


NOTHING = About()
"""Where only the events are known."""


def guess_document(name: str) -> str:
    """By the suffix of a file's name. Raises InvalidInputError if it does not tell the format."""
    suffix = PurePath(name).suffix.lower()
    found = [each for each in SAVED if any(known.endswith(suffix) for known in DOCUMENTS[each].suffixes)]
    if len(found) != 1:
        what = f"The suffix {suffix}" if suffix else "A name without a suffix"
        raise InvalidInputError(f"{what} does not tell the format", f"Add --format: {', '.join(SAVED)}.")
    return found[0]


def pieces(pages: Iterable[Sequence[Event]], name: str, about: About) -> Iterator[bytes]:
    """A whole file of one of SAVED; ``pages`` are of events, oldest first.

    Raises InvalidInputError where the format cannot take them, or what it needs is not installed.
    """
    if not DOCUMENTS[name].prints:
        yield from load(name)(pages, about)
        return
    for texts in batches(export(chain.from_iterable(pages), name), PIECE):
        yield "".join(texts).encode()


def batches(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    """Of this size; the last one may be smaller."""
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch
