"""Where events are kept: the Store protocol, and what opens one.

Programs that run trio take ``open_store``; those that do not (the command line, whose start trio would
double) take ``open_engine``, the same store without ``await``.
"""

from collections.abc import AsyncIterator, Collection, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Protocol

from cdp_bgservices.errors import StoreError
from cdp_bgservices.events import Event
from cdp_bgservices.query import Query
from cdp_bgservices.store.location import resolve_location
from cdp_bgservices.store.sqlite.engine import Database
from cdp_bgservices.store.sqlite.file import check_file, empty_database, prepare_folder
from cdp_bgservices.store.sqlite.reading import Clock, utc_now
from cdp_bgservices.store.sqlite.recorder_runs import LastRun
from cdp_bgservices.store.values import (
    DEFAULT_RETENTION,
    EVERYTHING,
    Account,
    Added,
    Coverage,
    Known,
    Pruned,
    StoreStatistics,
)
from cdp_bgservices.thrown import Thrown

__all__ = [
    "DEFAULT_RETENTION",
    "Account",
    "Added",
    "Clock",
    "Coverage",
    "Database",
    "Follower",
    "Known",
    "LastRun",
    "Pruned",
    "Store",
    "StoreStatistics",
    "locate_store",
    "open_engine",
    "open_store",
]


class Follower(Protocol):
    """What is committed, a page at a time."""

    query: Query
    """What is looked for; it may be replaced, for what is committed from then on."""

    async def next_page(self) -> list[Event]:
        """What was committed since the last page; waits a little where there is nothing yet.

        Empty where there was nothing until the end of the wait: then nothing is left of what was committed
        before the call.
        """


class Store(Protocol):
    """Events, kept for a while from their own timestamps, each of them once.

    Error handling: every method raises StoreError where the store cannot be read or written.
    """

    path: Path
    url: str

    @property
    def retention(self) -> timedelta:
        """How long an event is kept; a setting of the store, shared by everybody who opens it."""

    @property
    def redacts(self) -> bool:
        """Whether payloads are left out of what is added; a setting of the store, too."""

    async def set_redaction(self, on: bool) -> None:
        """Whether payloads are left out of what is added from now on, by whomever; what is there stays as it is."""

    async def keep_run(self, source: str, numbers: Mapping[str, int]) -> None:
        """What the recorder of a source counted, in place of what the one before it did."""

    async def account(self, source: str, account: Account) -> None:
        """What a recorder of a source vouches for, in one transaction."""

    async def known(self, source: str) -> Known:
        """What the recorders of a source have left for the next one."""

    async def add(self, events: Sequence[Event], thrown: Sequence[Thrown] = ()) -> Added:
        """Store, in one transaction, those that are new and not past retention, and what workers threw.

        What was thrown comes with the event that it belongs to, or after it: the event's ``details`` have it then.
        """

    async def thrown(self, query: Query = EVERYTHING, *, after: int = 0, no_event: bool = False) -> list[Thrown]:
        """What workers threw, oldest first: of these sources, scopes, browser contexts and times, behind a cursor.

        ``no_event``: only what belongs to no event for certain.
        """

    def events(self, query: Query = EVERYTHING, *, after: int = 0) -> AsyncIterator[Event]:
        """Oldest first, never past retention, in constant memory; those committed after a cursor, if one is given."""

    def follow(self, query: Query = EVERYTHING, *, after: int | None = None) -> AsyncIterator[Event]:
        """Events as they are committed, by whomever, from the cursor ``after`` or from now on, for ever."""

    def follower(self, query: Query = EVERYTHING, *, after: int | None = None) -> Follower:
        """``follow`` a page at a time."""

    async def cursor(self) -> int:
        """Where ``follow`` would begin now."""

    async def find(self, id_prefix: str) -> list[Event]:
        """The events whose id begins so; the first 50 of them by id."""

    async def stored(self, event: Event) -> Event | None:
        """The event as it is in the store, with its content or without."""

    async def statistics(self) -> StoreStatistics:
        """How much there is of what."""

    async def clear(self, services: Collection[str] = ()) -> int:
        """Delete these services' events, or all; how many there were."""

    async def prune(self) -> Pruned:
        """Delete what is past retention, and give its space back."""


@asynccontextmanager
async def open_store(
    location: str | Path | None = None, *, retention: timedelta | None = None, clock: Clock = utc_now
) -> AsyncIterator[Store]:
    """Open a store, which is created where there is none yet.

    ``location`` is a file or a ``sqlite:///`` URL; else ``CDP_BGSERVICES_STORE`` is taken, else ``events.db``
    in the user's data folder. ``retention`` changes the store's setting for everybody.

    Resource handling: the store is closed on the way out; what was added is in the file by then.

    Error handling: raises StoreError where this cannot be a store; nothing that is there is changed then.
    """
    import trio  # not needed, and slow to import, for whoever takes open_engine

    from cdp_bgservices.store.threaded import SqliteStore

    writer = await trio.to_thread.run_sync(lambda: open_connection(location, retention, clock))
    try:
        reader = await trio.to_thread.run_sync(lambda: Database.open(writer.path, clock))
    except BaseException:
        writer.close()
        raise
    store = SqliteStore(writer, reader)
    try:
        yield store
    finally:
        await store.aclose()


def locate_store(location: str | Path | None = None) -> tuple[Path, bool]:
    """The file, and whether a store is there. Raises StoreError where it cannot be one."""
    path, _ = resolve_location(location)
    return path, check_file(path)


@contextmanager
def open_engine(
    location: str | Path | None = None,
    *,
    retention: timedelta | None = None,
    clock: Clock = utc_now,
    create: bool = True,
) -> Iterator[Database]:
    """As open_store, for synchronous callers.

    Without ``create``, a default store that is not there reads as an empty one, and any other is an error.
    """
    database = open_connection(location, retention, clock, create=create)
    try:
        yield database
    finally:
        database.close()


def open_connection(
    location: str | Path | None, retention: timedelta | None, clock: Clock, *, create: bool = True
) -> Database:
    """Open, and create if need be. Raises StoreError."""
    path, default = resolve_location(location)
    if not create and not check_file(path):
        if not default:
            raise StoreError(f"There is no store at {path}", "`cdp-bgservices record` makes one; see also --store.")
        return Database(empty_database(), path, clock)
    prepare_folder(path, default=default)
    database = Database.open(path, clock)
    try:
        if retention is not None and retention != database.retention:
            database.set_retention(retention)
    except BaseException:
        database.close()
        raise
    return database
