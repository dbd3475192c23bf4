"""Where events are kept.

Programs that use trio call ``open_store``. Others call ``open_engine``, the same store without ``await``: the command
line, for example, whose start trio would double. The location determines the engine; ``protocol.py`` has what an
engine has to answer.
"""

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, closing, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from cdp_bgservices.coverage.values import Coverage
from cdp_bgservices.errors import InvalidInputError, StoreError
from cdp_bgservices.store.location import FileLocation, Location, PostgresLocation, resolve_location
from cdp_bgservices.store.protocol import Engine
from cdp_bgservices.store.spool_engine import SpoolEngine
from cdp_bgservices.store.values import (
    DEFAULT_RETENTION,
    Account,
    Added,
    Clock,
    FileState,
    Known,
    LastRun,
    Prepared,
    Pruned,
    StoreStatistics,
    utc_now,
)

if TYPE_CHECKING:
    from cdp_bgservices.store.trio_store import Store

__all__ = [
    "DEFAULT_RETENTION",
    "Account",
    "Added",
    "Clock",
    "Coverage",
    "Engine",
    "Known",
    "LastRun",
    "Prepared",
    "Pruned",
    "StoreStatistics",
    "locate_store",
    "open_engine",
    "open_store",
    "prepare_store",
    "preparing_script",
    "utc_now",
]


@asynccontextmanager
async def open_store(
    location: str | Path | None = None,
    *,
    retention: timedelta | None = None,
    clock: Clock = utc_now,
    create: bool = True,
) -> "AsyncIterator[Store]":
    """Open a store; it is created if it does not exist.

    ``location`` is a file, or a URL of ``sqlite:`` or ``postgresql:``; else ``CDP_BGSERVICES_STORE`` is taken, else
    ``events.db`` in the user's data folder. ``retention`` changes the store's setting, also for others that
    have it open. Without ``create``, a store other than the default one has to exist.

    Resource handling: the store is closed at the end; everything that was added is then in the file.

    Error handling: raises StoreError where this cannot be a store; nothing that is there is changed then.
    """
    import trio  # slow to import, and open_engine does not need it

    from cdp_bgservices.store.trio_store import Store

    def connect() -> Engine:
        if not create:
            require_store(location)
        return connect_engine(location, retention, clock, create=create)

    store = Store(await trio.to_thread.run_sync(connect))
    try:
        yield store
    finally:
        await store.aclose()


@contextmanager
def open_engine(
    location: str | Path | None = None,
    *,
    retention: timedelta | None = None,
    clock: Clock = utc_now,
    create: bool = True,
) -> Iterator[Engine]:
    """As open_store, for synchronous callers.

    Without ``create``, a default store that is not there reads as an empty one, and any other is an error.
    """
    place = resolve_location(location)
    if create or require_store(location) or isinstance(place, PostgresLocation):
        engine = connect_engine(location, retention, clock, create=create)
    else:
        from cdp_bgservices.store.sqlite.engine import open_empty

        engine = open_empty(place, clock)
    with closing(engine):
        yield engine


def open_spool_engine(place: FileLocation, clock: Clock = utc_now) -> SpoolEngine:
    """A store in a file, which can be a spool. Raises StoreError."""
    from cdp_bgservices.store.sqlite.engine import open_file

    return open_file(place, clock)


def locate_store(location: str | Path | None = None) -> tuple[str, bool]:
    """The store's name, and whether it is there: a shared one is, until it is opened. Raises StoreError where it cannot
    be one."""
    place = resolve_location(location)
    if isinstance(place, PostgresLocation):
        return place.name, True
    from cdp_bgservices.store.sqlite.file import check_file

    return place.name, check_file(place.path)


def inspect_file(place: FileLocation) -> FileState:
    """What is there, and whether it can be written; nothing is changed. Raises StoreError where a recorder could not
    open it."""
    from cdp_bgservices.store.sqlite.inspecting import inspect

    return inspect(place)


def require_store(location: str | Path | None) -> bool:
    """Whether it is there. Raises StoreError for one that is not, except the default one."""
    name, is_there = locate_store(location)
    if not is_there and not resolve_location(location).is_default:
        raise StoreError(f"No store at {name}", "`cdp-bgservices record` makes one; see also --store.")
    return is_there


def connect_engine(
    location: str | Path | None, retention: timedelta | None, clock: Clock, *, create: bool = True
) -> Engine:
    """Open, and create if need be. Raises StoreError."""
    engine = engine_at(resolve_location(location), clock, create=create)
    try:
        if retention is not None and retention != engine.retention:
            engine.set_retention(retention)
    except BaseException:
        engine.close()
        raise
    return engine


def engine_at(place: Location, clock: Clock, *, create: bool) -> Engine:
    """The engine of the kind of place. What it needs is imported only then."""
    if isinstance(place, FileLocation):
        from cdp_bgservices.store.sqlite.engine import open_file

        return open_file(place, clock)
    require_driver(place)
    from cdp_bgservices.store.postgresql.engine import open_database

    return open_database(place, clock, create=create)


def require_driver(place: Location) -> None:
    """Raises StoreError where what the kind of place needs is not installed."""
    if isinstance(place, PostgresLocation):
        with needing_psycopg():
            import cdp_bgservices.store.postgresql.engine  # noqa: F401


def prepare_store(location: str | Path | None, recorders: Sequence[str], readers: Sequence[str]) -> Prepared:
    """Make the schema of a shared store, or bring it up to date, and give roles their rights. Raises StoreError."""
    place = resolve_location(location)
    if isinstance(place, FileLocation):
        raise InvalidInputError(
            f"The store {place.name} is a file, which needs no preparation",
            "Name a shared store: --store postgresql://HOST/DATABASE.",
        )
    with needing_psycopg():
        from cdp_bgservices.store.postgresql.preparing import prepare
    return prepare(place, recorders, readers)


def preparing_script(recorders: Sequence[str], readers: Sequence[str]) -> str:
    """What ``prepare_store`` does, in SQL, and settings that are recommended for these roles."""
    with needing_psycopg():
        from cdp_bgservices.store.postgresql.preparing import schema_script
    return schema_script(recorders, readers)


@contextmanager
def needing_psycopg() -> Iterator[None]:
    """Around an import of the engine that needs it."""
    try:
        yield
    except ImportError as error:
        raise StoreError(
            f"A shared store needs psycopg ({error})", "Install it: pip install 'cdp-bgservices[postgresql]'"
        ) from error
