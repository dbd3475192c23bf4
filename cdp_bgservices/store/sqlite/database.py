"""An open SQLite file: its rows, its settings, its commits."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path

from cdp_bgservices.events import MICROSECOND, to_microseconds
from cdp_bgservices.store.location import FileLocation
from cdp_bgservices.store.sqlite.deletion import read_clears
from cdp_bgservices.store.sqlite.errors import translate_errors
from cdp_bgservices.store.sqlite.failure_filter import is_failed
from cdp_bgservices.store.sqlite.redacting import is_on
from cdp_bgservices.store.sqlite.rows import Row, text_size
from cdp_bgservices.store.sqlite.transaction import transaction
from cdp_bgservices.store.values import PAGE_SIZE, Clock


class Database:
    """Error handling: every method raises StoreError where SQLite or the disk fails. One thread at a time."""

    def __init__(self, connection: sqlite3.Connection, path: Path, clock: Clock) -> None:
        connection.create_function("casefold", 1, fold_case, deterministic=True)
        connection.create_function("failed", 2, is_failed, deterministic=True)
        self.connection = connection
        self.path = path
        self.name = str(path)
        self.url = FileLocation(path).url
        self.clock = clock
        self.retention = self.read_retention()
        self.redacts = self.read_redacts()

    def close(self) -> None:
        """The last one to close a store folds the write-ahead log into the file."""
        with translate_errors(self.path):
            self.connection.close()

    def interrupt(self) -> None:
        self.connection.interrupt()

    def rows(self, sql: str, values: Sequence[object] = ()) -> list[Row]:
        """All at once: an unfinished read would keep the write-ahead log from being folded in."""
        with translate_errors(self.path):
            return self.connection.execute(sql, values).fetchall()

    def page_of_rows(self, sql: str, values: Sequence[object] = ()) -> tuple[list[Row], bool]:
        """The first of these rows, as many as make a page, one at the least; and whether there are more."""
        rows: list[Row] = []
        size = 0
        with translate_errors(self.path), closing(self.connection.execute(sql, values)) as cursor:
            for row in cursor:
                if size > PAGE_SIZE:
                    return rows, True
                rows.append(row)
                size += text_size(row)
        return rows, False

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing."""
        with translate_errors(self.path), transaction(self.connection):
            yield

    def read_retention(self) -> timedelta:
        """Asked for each time it matters: another process may have changed it."""
        with translate_errors(self.path):
            row = self.connection.execute("SELECT value FROM settings WHERE name = 'retention'").fetchone()
        self.retention = row[0] * MICROSECOND
        return self.retention

    def oldest_kept(self) -> int:
        """The earliest timestamp that is not past retention."""
        return to_microseconds(self.clock() - self.read_retention()) + 1

    def read_redacts(self) -> bool:
        """As the retention: another process may have changed it."""
        with translate_errors(self.path):
            self.redacts = is_on(self.connection)
        return self.redacts

    def cursor(self) -> int:
        """The seq of the latest commit."""
        rows = self.rows("SELECT seq FROM sqlite_sequence WHERE name = 'events'")
        return int(rows[0][0]) if rows else 0

    def clears(self) -> int:
        """A number that grows when any process deletes events before the end of their retention, or changes some."""
        with translate_errors(self.path):
            return read_clears(self.connection)

    def version(self) -> int:
        """Another number after each commit by another connection."""
        return int(self.rows("PRAGMA data_version")[0][0])


def fold_case(text: str | None) -> str | None:
    """SQLite's own ``lower`` knows only ASCII."""
    return None if text is None else text.casefold()
