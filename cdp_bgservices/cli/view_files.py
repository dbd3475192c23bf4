"""The viewer over files: they are imported into a store of their own, which goes with the viewer."""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from contextlib import ExitStack, contextmanager
from functools import partial
from itertools import count
from pathlib import Path, PurePath
from tempfile import TemporaryDirectory
from urllib.parse import urlencode

import msgspec
import trio

from cdp_bgservices.capture.verdicts import INTERRUPTED
from cdp_bgservices.cli.check_input import WANTED, open_file
from cdp_bgservices.cli.coverage import gaps_note
from cdp_bgservices.cli.import_ import BATCH, Importing
from cdp_bgservices.cli.output import say
from cdp_bgservices.cli.progress import open_meter
from cdp_bgservices.cli.stop_signals import open_stop_signals
from cdp_bgservices.cli.streams import open_input
from cdp_bgservices.cli.view_run import open_shown
from cdp_bgservices.errors import InvalidInputError
from cdp_bgservices.events import Event, identified
from cdp_bgservices.export.reading import read_events
from cdp_bgservices.notices import Notice
from cdp_bgservices.query import Query
from cdp_bgservices.store import open_engine
from cdp_bgservices.store.location import FILE_BEGINNING, is_url
from cdp_bgservices.store.values import LONGEST_RETENTION
from cdp_bgservices.tasks import wait_any

Read = Callable[[], Iterator[Event]]
"""The events of a file, from its beginning on."""


@contextmanager
def open_recordings(files: Sequence[str]) -> Iterator[dict[str, Read]]:
    """By their names. What comes through a pipe is waited for. Raises InvalidInputError, StoreError."""
    with ExitStack() as stack:
        yield {name: open_recording(file, name, stack) for name, file in zip(name_files(files), files, strict=True)}


async def run_files(recordings: Mapping[str, Read], port: int, token: str | None, show: bool) -> int:
    """Until a signal; the exit status. Raises InvalidInputError, StoreError."""
    sources: list[list[str]] = []
    stopped = trio.Event()
    with open_stop_signals() as signals, TemporaryDirectory(prefix="cdp-bgservices-view-") as folder:
        store = Path(folder, "files.db")

        async def bring() -> None:
            check = trio.from_thread.check_cancelled
            sources.extend(await trio.to_thread.run_sync(import_recordings, recordings, store, check))

        async def heed() -> None:
            await anext(signals)
            stopped.set()

        await wait_any(bring, heed)
        if stopped.is_set():
            return INTERRUPTED
        query = opening_query(sources)
        if len(sources) == 2 and not query:
            say(Notice("viewer", "a file has several sources: to compare, choose two in the filters of the page"))
        async with open_shown(str(store), port, token, show, query=query):
            await anext(signals)
    return 0


def name_files(files: Sequence[str]) -> list[str]:
    """What each is called: as much of the end of its path as no other has.

    Raises InvalidInputError for what is not a file, or is named twice.
    """
    if any(map(is_url, files)):
        raise InvalidInputError("The URL of a store is not a file", "Give it with --store, and without files.")
    paths = [PurePath("stdin" if file == "-" else os.path.abspath(file)) for file in files]
    if twice := next((file for file, path in zip(files, paths, strict=True) if paths.count(path) > 1), None):
        raise InvalidInputError(f"{twice} is named twice", "Name each file once.")
    ends = ([PurePath(*path.parts[-length:]).as_posix() for path in paths] for length in count(1))
    return next(names for names in ends if len({*names}) == len(names))


def name_source(source: str, name: str, sources: Set[str], *, is_alone: bool) -> str:
    """What a source of a file is called: after the file, since another file may have the same one."""
    if is_alone:
        return source
    return name if sources <= {source} else f"{name}: {source}"


def opening_query(sources: Sequence[Sequence[str]]) -> str:
    """Of the page's address: two files are compared. Of one with several sources, the user chooses which."""
    if len(sources) != 2 or any(len(own) != 1 for own in sources):
        return ""
    return urlencode([("view", "timeline"), *(("source", own[0]) for own in sources), ("compare", "1")])


def import_recordings(
    recordings: Mapping[str, Read], store: Path, check: Callable[[], None] = lambda: None
) -> list[list[str]]:
    """The sources of each, by their names in the store. ``check`` is called often, and raises to end it.

    Raises InvalidInputError, StoreError.
    """
    found = []
    # None is too old to be looked at: the store is for that alone.
    with open_engine(store, retention=LONGEST_RETENTION) as database, open_meter("reading") as meter:
        importing = Importing(database)
        for number, (name, read) in enumerate(recordings.items()):
            sources = {event.source for event in checked(read(), check)}
            if not sources:
                raise InvalidInputError(f"{name} has no event", "Name files with the events of a recording.")
            called = partial(name_source, name=name, sources=sources, is_alone=len(recordings) == 1)
            for event in checked(read(), check):
                importing.add(with_source(event, called(event.source)))
                if not importing.batch:
                    meter(number / len(recordings), importing.count)
            found.append(sorted(map(called, sources)))
        importing.store()
    return found


def open_recording(location: str, name: str, stack: ExitStack) -> Read:
    """Of a file that ``import`` takes, or of a store. Raises InvalidInputError, StoreError."""
    if is_store(location):
        database = stack.enter_context(open_engine(location, create=False))
        if note := gaps_note(database, Query()):
            say(Notice("viewer", f"note: the recording of {name} has gaps, which the page does not show: {note}"))
        return database.events
    file = stack.enter_context(open_file(location))

    def read() -> Iterator[Event]:
        file.seek(0)
        return read_events(file, name)

    return read


def is_store(location: str) -> bool:
    """By its first bytes; a pipe is none. Raises InvalidInputError."""
    if not os.path.isfile(location):
        return False
    with open_input(location, WANTED) as file:
        return file.read(len(FILE_BEGINNING)) == FILE_BEGINNING


def with_source(event: Event, source: str) -> Event:
    """The event itself if it has this source: one that was redacted has an id that cannot be made again."""
    return event if event.source == source else identified(msgspec.structs.replace(event, source=source))


def checked(events: Iterable[Event], check: Callable[[], None]) -> Iterator[Event]:
    for number, event in enumerate(events):
        if number % BATCH == 0:
            check()
        yield event
