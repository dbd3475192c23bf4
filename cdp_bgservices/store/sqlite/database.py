"""An open SQLite file: its rows, its settings, its commits."""

import os
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path

from cdp_bgservices.errors import MovedError
from cdp_bgservices.events import MICROSECOND
from cdp_bgservices.store.location import FileLocation
from cdp_bgservices.store.spool_engine import SpoolEngine
from cdp_bgservices.store.sqlite.deletion import CLEARS, DELETIONS, disk_size
from cdp_bgservices.store.sqlite.errors import translate_errors
from cdp_bgservices.store.sqlite.file import FileNumber, file_number
from cdp_bgservices.store.sqlite.redacting import ON
from cdp_bgservices.store.sqlite.rows import Row, text_size
from cdp_bgservices.store.sqlite.sql import transaction
from cdp_bgservices.store.values import PAGE_SIZE, Clock


class Database(SpoolEngine):
    """What the parts of the engine in this folder share. Engine describes the methods that are its own."""

    def __init__(self, connection: sqlite3.Connection, path: Path, clock: Clock) -> None:
        self.connection = connection
        self.path = path
        self.log = f"{path}-wal"
        self.file: FileNumber | None = None
        """The file that was opened; None in memory."""
        self.name = str(path)
        self.url = FileLocation(path).url
        self.clock = clock
        self.retention = self.read_retention()
        self.redacts = self.read_redacts()

    def close(self) -> None:
        """The last one to close a store folds the write-ahead log into the file.

        Where the file has gone from its place, SQLite leaves the log there, and would take it for the next file's. So
        it is emptied, into its own file.
        """
        with translate_errors(self.path), closing(self.connection):
            try:
                self.check_place()
            except MovedError:
                self.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def interrupt(self) -> None:
        self.connection.interrupt()

    def check_place(self) -> None:
        if self.file is not None and (now := file_number(self.path)) != self.file:
            what = "deleted or moved" if now is None else "replaced by another file"
            raise MovedError(
                f"The store {self.path} was {what}", "Put it back, or start again: what is recorded would be lost."
            )

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
        with translate_errors(self.path):
            self.check_place()
            with transaction(self.connection):
                yield

    def setting(self, name: str) -> int:
        """Read each time: another process may have changed it."""
        rows = self.rows("SELECT value FROM settings WHERE name = ?", [name])
        return int(rows[0][0]) if rows else 0

    def identity(self) -> str:
        return f"{self.setting('identity'):016x}"

    def notes(self) -> dict[str, str]:
        return dict(self.rows("SELECT name, value FROM notes"))

    def keep_notes(self, notes: Mapping[str, str]) -> None:
        with self.transaction():
            self.connection.executemany("INSERT OR REPLACE INTO notes (name, value) VALUES (?, ?)", notes.items())

    def read_retention(self) -> timedelta:
        self.retention = self.setting("retention") * MICROSECOND
        return self.retention

    def read_redacts(self) -> bool:
        self.redacts = bool(self.setting(ON))
        return self.redacts

    def deletions(self) -> int:
        return self.setting(DELETIONS)

    def clears(self) -> int:
        return self.setting(CLEARS)

    def cursor(self) -> int:
        rows = self.rows("SELECT seq FROM sqlite_sequence WHERE name = 'events'")
        return int(rows[0][0]) if rows else 0

    def version(self) -> int:
        return int(self.rows("PRAGMA data_version")[0][0])

    def stamp(self) -> object:
        """A commit is written to the log. A log that begins again keeps its size, and a clock may stand for some
        milliseconds: so two commits may leave the same.
        """
        try:
            status = os.stat(self.log)
        except OSError:
            return None
        return status.st_size, status.st_mtime_ns

    def size(self) -> int:
        return disk_size(self.path)
