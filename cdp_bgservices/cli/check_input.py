"""The events that the check command judges: of a file, of a store or from standard input."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import copyfileobj
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, BinaryIO

from cdp_bgservices.cli.streams import open_input
from cdp_bgservices.errors import InvalidInputError

if TYPE_CHECKING:
    from cdp_bgservices.events import Event
    from cdp_bgservices.export.sorted_lines import SortedLines
    from cdp_bgservices.query import Query


WANTED = "a file of JSON lines, one that DevTools saved, or a store"


class Chosen:
    """The events that are judged, oldest first, counted as they are taken."""

    def __init__(self, events: "Iterable[Event]", name: str, total: int, query: "Query") -> None:
        self.events = events
        self.name = name
        self.total = total
        """How many there are to choose from."""
        self.query = query
        self.count = 0

    def __iter__(self) -> "Iterator[Event]":
        for event in self.events:
            self.count += 1
            yield event

    @property
    def reason(self) -> str:
        """Why there is none."""
        if not self.total:
            return f"{self.name} has no event"
        filters = {"--source": self.query.sources, "--since": self.query.since, "--before": self.query.before}
        given = " and ".join(name for name, value in filters.items() if value)
        return f"{given} leave{'s' if given.count('--') == 1 else ''} none of the {self.total} events of {self.name}"


@contextmanager
def open_events(location: str | None, store: str | None, query: "Query") -> Iterator[Chosen]:
    """Whether it is a store, JSON lines or what DevTools saved, its content tells.

    Raises InvalidInputError for a file, StoreError for a store.
    """
    from cdp_bgservices.store.location import FILE_BEGINNING, is_url

    if location is not None and not is_url(location):
        with open_file(location) as file:
            if file.read(len(FILE_BEGINNING)) != FILE_BEGINNING:
                with open_lines(file, location) as lines:
                    events = lines.select(query.sources, query.since, query.before)
                    yield Chosen(events, location, len(lines.times), query)
                return
            if location == "-":
                raise InvalidInputError("A store cannot come through standard input", "Name its file.")
    from cdp_bgservices.cli.coverage import say_gaps
    from cdp_bgservices.store import open_engine

    with open_engine(location or store, create=False) as database:
        say_gaps(database, query)
        yield Chosen(database.events(query), database.name, sum(database.statistics().events.values()), query)


@contextmanager
def open_lines(file: BinaryIO, location: str) -> "Iterator[SortedLines]":
    """What DevTools saved is written as JSON lines first: it may be in any order, and as large as a store."""
    from cdp_bgservices.export import make_format
    from cdp_bgservices.export.reading import first_character, read_events
    from cdp_bgservices.export.sorted_lines import SortedLines

    file.seek(0)
    first, _ = first_character(file)
    file.seek(0)
    if first != b"[":
        yield SortedLines(file, location)
        return
    row = make_format("jsonl").row
    source = "stdin" if location == "-" else Path(location).name
    with TemporaryFile() as copy:
        for event in read_events(file, location, source):
            copy.write(row(event).encode())
        yield SortedLines(copy, location)


@contextmanager
def open_file(location: str) -> Iterator[BinaryIO]:
    """One that can be rewound: what comes through a pipe is copied first. Raises InvalidInputError."""
    with open_input(location, WANTED) as file:
        if file.seekable():
            yield file
            return
        with TemporaryFile() as copy:
            copyfileobj(file, copy)
            copy.seek(0)
            yield copy
