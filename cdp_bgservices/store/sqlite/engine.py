"""The engine of a SQLite file: what changes it, in transactions."""

import sqlite3
from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

from cdp_bgservices.errors import StoreError
from cdp_bgservices.events import MICROSECOND, Event, to_microseconds
from cdp_bgservices.learned import Learned, details_of, divide
from cdp_bgservices.query import Query
from cdp_bgservices.store.location import FileLocation
from cdp_bgservices.store.protocol import Engine, check_retention
from cdp_bgservices.store.sqlite.counting import Counting
from cdp_bgservices.store.sqlite.deletion import delete_events, delete_expired, delete_services, tidy
from cdp_bgservices.store.sqlite.errors import translate_errors
from cdp_bgservices.store.sqlite.facts import Facts
from cdp_bgservices.store.sqlite.file import connect, empty_database, file_number, prepare_folder
from cdp_bgservices.store.sqlite.histogram import Histogram
from cdp_bgservices.store.sqlite.kinds import Kinds
from cdp_bgservices.store.sqlite.learned import add_details
from cdp_bgservices.store.sqlite.listings import Listings
from cdp_bgservices.store.sqlite.reading import Reading
from cdp_bgservices.store.sqlite.recorders import Recorders
from cdp_bgservices.store.sqlite.redacting import change_key, read_redaction, write_redaction
from cdp_bgservices.store.sqlite.rows import insert_rows, row_of, timestamp_of
from cdp_bgservices.store.sqlite.summing import Summing
from cdp_bgservices.store.sqlite.text_matches import TextMatches
from cdp_bgservices.store.sqlite.thrown import add_thrown
from cdp_bgservices.store.values import Added, Clock

READER_CACHE_KIB = 8_000
"""There are several of them."""


class SqliteEngine(Reading, Recorders, Listings, Counting, Facts, Histogram):
    """Events in a SQLite file."""

    def __init__(
        self, connection: sqlite3.Connection, path: Path, clock: Clock, texts: TextMatches | None = None
    ) -> None:
        super().__init__(connection, path, clock, texts)
        self.kinds = Kinds()
        self.summing = Summing()
        self.has_added = False

    @classmethod
    def open(cls, path: Path, clock: Clock, texts: TextMatches | None = None) -> "SqliteEngine":
        """Open the file, which is made if need be. Raises StoreError where it is not a store of ours."""
        connection = connect(path)
        try:
            engine = cls(connection, path, clock, texts)
            engine.file = file_number(path)
            return engine
        except BaseException:
            connection.close()
            raise

    def reader(self) -> Engine:
        self.check_place()  # Otherwise another file would be opened, or made.
        engine = SqliteEngine.open(self.path, self.clock, self.texts)
        engine.file = self.file
        engine.connection.execute(f"PRAGMA cache_size = -{READER_CACHE_KIB}")
        engine.connection.execute("PRAGMA query_only = ON")
        engine.connection.execute("PRAGMA threads = 2")  # A million events are sorted a fifth sooner.
        return engine

    def set_retention(self, retention: timedelta) -> None:
        check_retention(retention)
        with self.transaction():
            self.connection.execute(
                "UPDATE settings SET value = ? WHERE name = 'retention'", [retention // MICROSECOND]
            )
        self.retention = retention

    def set_redaction(self, on: bool) -> None:
        with self.transaction():
            write_redaction(self.connection, self.path, on=on)
        self.redacts = on

    def redaction_key(self) -> bytes | None:
        with translate_errors(self.path):
            redaction = read_redaction(self.connection, self.path)
        return redaction.redactor.key if redaction else None

    def take_key(self, key: bytes) -> None:
        with self.transaction():
            change_key(self.connection, self.path, key)

    def add(self, events: Sequence[Event], learned: Sequence[Learned] = ()) -> Added:
        received_at, oldest = to_microseconds(self.clock()), self.oldest_kept()
        kept = [event for event in events if timestamp_of(event) >= oldest]
        new = 0
        thrown, details = divide(learned)
        if kept or learned:
            kinds, self.kinds = self.kinds, Kinds()
            with self.transaction():
                redaction = read_redaction(self.connection, self.path)
                self.redacts = redaction is not None and redaction.on
                added = kept if redaction is None else redaction.apply(self.connection, kept)
                details = details_of(added) + details
                last = self.cursor() if thrown or details else 0
                kinds.update(self.connection)
                new = insert_rows(
                    self.connection,
                    [
                        (*row_of(event, timestamp_of(event), received_at), kinds.number(self.connection, event))
                        for event in added
                    ],
                )
                self.has_added = True
                if details:
                    add_details(self.connection, details, redaction, last)
                if thrown:
                    add_thrown(self.connection, thrown, redaction, last)
            self.kinds = kinds  # It was committed: they are there.
        return Added(stored=new, known=len(kept) - new, too_old=len(events) - len(kept))

    def sum_up_steps(self) -> Iterator[int]:
        with translate_errors(self.path):
            yield from self.summing.steps(self.connection)

    def close(self) -> None:
        """What this one has added is summed up before; where that fails, it is counted when someone asks."""
        if self.has_added:
            self.has_added = False
            with suppress(StoreError):
                sum(self.sum_up_steps())
        super().close()

    def clear_steps(self, services: Collection[str] = ()) -> Iterator[int]:
        with translate_errors(self.path):
            yield from delete_services(self.connection, services, self.cursor())

    def clear_matching(self, query: Query) -> int:
        count = super().clear_matching(query)
        with translate_errors(self.path):
            sum(tidy(self.connection))
        return count

    def remove(self, events: Sequence[Event]) -> int:
        with translate_errors(self.path):
            return delete_events(self.connection, events)

    def prune_steps(self) -> Iterator[int]:
        with translate_errors(self.path):
            yield from delete_expired(self.connection, self.oldest_kept())


def open_file(location: FileLocation, clock: Clock) -> SqliteEngine:
    """It is made if need be; the default folder, too."""
    prepare_folder(location.path, default=location.is_default)
    return SqliteEngine.open(location.path, clock)


def open_empty(location: FileLocation, clock: Clock) -> SqliteEngine:
    """What is read where nothing has been stored yet; it leaves nothing on the disk."""
    return SqliteEngine(empty_database(), location.path, clock)
