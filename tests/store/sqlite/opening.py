"""A store in a file, with what only SQLite has."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cdp_bgservices.store import Clock, open_engine, utc_now
from cdp_bgservices.store.sqlite.engine import SqliteEngine


@contextmanager
def open_sqlite(path: Path, clock: Clock = utc_now) -> Iterator[SqliteEngine]:
    """As a user opens it."""
    with open_engine(path, clock=clock) as engine:
        assert isinstance(engine, SqliteEngine)
        yield engine
