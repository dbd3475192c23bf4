"""The store's synchronous core: one connection to one file."""

import sqlite3
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Self

from cdp_bgservices.errors import InvalidInputError
from cdp_bgservices.events import MICROSECOND, Event, from_microseconds, to_microseconds
from cdp_bgservices.query import Query
from cdp_bgservices.store import select
from cdp_bgservices.store.deletion import delete_expired, delete_services, disk_size
from cdp_bgservices.store.faults import translate_faults
from cdp_bgservices.store.file import connect
from cdp_bgservices.store.location import location_url
from cdp_bgservices.store.rows import Row, event_of, insert_rows, row_of, timestamp_of
from cdp_bgservices.store.values import EVERYTHING, Added, Pruned, StoreStatistics

PAGE = 500
"""Events that are read at a time, so that memory does not grow with the store."""
POLL_INTERVAL = 0.1
"""Seconds between two looks at what other processes have committed."""
LONGEST_RETENTION = timedelta(days=36_500)

Clock = Callable[[], datetime]
"""Now, in UTC."""


def utc_now() -> datetime:
    """The clock, unless a test brings its own."""
    return datetime.now(UTC)


class Database:
    """Events in a SQLite file.

    Error handling: every method raises StoreError where SQLite or the disk fails. One thread at a time.
    """

    def __init__(self, connection: sqlite3.Connection, path: Path, clock: Clock = utc_now) -> None:
        connection.create_function("casefold", 1, fold_case, deterministic=True)
        self.connection = connection
        self.path = path
        self.url = location_url(path)
        self.clock = clock
        self.retention = self.read_retention()

    @classmethod
    def open(cls, path: Path, clock: Clock = utc_now) -> Self:
        """Open the file, which is made if need be. Raises StoreError where it is no store of ours."""
        connection = connect(path)
        try:
            return cls(connection, path, clock)
        except BaseException:
            connection.close()
            raise

    def close(self) -> None:
        """The last one to close a store folds the write-ahead log into the file."""
        with translate_faults(self.path):
            self.connection.close()

    # Retention

    def read_retention(self) -> timedelta:
        """Asked for each time it matters: another process may have changed it."""
        with translate_faults(self.path):
            row = self.connection.execute("SELECT value FROM settings WHERE name = 'retention'").fetchone()
        self.retention = row[0] * MICROSECOND
        return self.retention

    def set_retention(self, retention: timedelta) -> None:
        """For everybody who has this store open. Raises InvalidInputError where no event could be kept."""
        if not timedelta() < retention <= LONGEST_RETENTION:
            raise InvalidInputError(f"{retention} cannot be a retention", "Take more than nothing, up to 36500d.")
        with self.transaction():
            self.connection.execute(
                "UPDATE settings SET value = ? WHERE name = 'retention'", [retention // MICROSECOND]
            )
        self.retention = retention

    def oldest_kept(self) -> int:
        """The earliest timestamp that is not past retention."""
        return to_microseconds(self.clock() - self.read_retention()) + 1

    # Writing

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing. Takes the write lock at once, so that it cannot fail half-way for want of it."""
        with translate_faults(self.path):
            self.connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                self.connection.execute("COMMIT")
            except BaseException:
                if self.connection.in_transaction:
                    self.connection.execute("ROLLBACK")
                raise

    def add(self, events: Sequence[Event]) -> Added:
        """Store, in one transaction, those that are new and not past retention."""
        received_at, oldest = to_microseconds(self.clock()), self.oldest_kept()
        timed = [(event, timestamp_of(event)) for event in events]
        rows = [row_of(event, timestamp, received_at) for event, timestamp in timed if timestamp >= oldest]
        new = 0
        if rows:
            with self.transaction():
                new = insert_rows(self.connection, rows)
        return Added(stored=new, known=len(rows) - new, too_old=len(events) - len(rows))

    def clear(self, services: Collection[str] = ()) -> int:
        """Delete these services' events, or all; how many there were."""
        return sum(self.clear_steps(services))

    def prune(self) -> Pruned:
        """Delete what is past retention, and give its space back."""
        before = disk_size(self.path)
        events = sum(self.prune_steps())
        return Pruned(events=events, bytes=max(0, before - disk_size(self.path)))

    def clear_steps(self, services: Collection[str] = ()) -> Iterator[int]:
        """``clear`` in small transactions: yields how many each deleted. What comes meanwhile is kept."""
        with translate_faults(self.path):
            yield from delete_services(self.connection, services, self.cursor())

    def prune_steps(self) -> Iterator[int]:
        """``prune`` in small transactions: yields how many each deleted."""
        with translate_faults(self.path):
            yield from delete_expired(self.connection, self.oldest_kept())

    # Reading

    def rows(self, sql: str, values: Sequence[object] = ()) -> list[Row]:
        """All at once: an unfinished read would keep the write-ahead log from being folded in."""
        with translate_faults(self.path):
            return self.connection.execute(sql, values).fetchall()

    def cursor(self) -> int:
        """The seq of the latest commit."""
        rows = self.rows("SELECT seq FROM sqlite_sequence WHERE name = 'events'")
        return int(rows[0][0]) if rows else 0

    def events(self, query: Query = EVERYTHING, *, after: int = 0, until: int | None = None) -> Iterator[Event]:
        """Oldest first, of what came after one cursor and was there at another, ``until``: the present one,
        unless given."""
        for page in self.pages(query, after=after, until=until):
            yield from page

    def pages(self, query: Query = EVERYTHING, *, after: int = 0, until: int | None = None) -> Iterator[list[Event]]:
        """``events``, some hundred at a time."""
        span = (after, self.cursor() if until is None else until)
        position = None
        if query.limit is not None and query.limit <= PAGE:
            rows = self.rows(*select.newest(query, self.oldest_kept(), span, query.limit))
            yield [event_of(row[1:]) for row in reversed(rows)]
            return
        if query.limit is not None:
            rows = self.rows(*select.position(query, self.oldest_kept(), span, query.limit))
            position = rows[0] if rows else None
        while rows := self.rows(*select.page(query, self.oldest_kept(), span, position, PAGE)):
            yield [event_of(row[1:]) for row in rows]
            position = (rows[-1][3], rows[-1][0])

    def follow(self, query: Query = EVERYTHING, *, after: int | None = None) -> Iterator[Event]:
        """Events as they are committed, by whomever, from the cursor ``after`` or from now on, for ever."""
        for page in self.follow_pages(query, after=after):
            yield from page

    def follow_pages(self, query: Query = EVERYTHING, *, after: int | None = None) -> Iterator[list[Event]]:
        """``follow``, as much at a time as there is."""
        cursor = self.cursor() if after is None else after
        while True:
            version = self.data_version()
            page, cursor = self.committed(query, cursor)
            if page:
                yield page
            while not page and self.data_version() == version:
                time.sleep(POLL_INTERVAL)

    def committed(self, query: Query, after: int) -> tuple[list[Event], int]:
        """The next page of what was committed after a cursor, and the cursor behind it."""
        last = self.cursor()
        rows = self.rows(*select.committed(query, self.oldest_kept(), after, last, PAGE))
        return [event_of(row[1:]) for row in rows], rows[-1][0] if len(rows) == PAGE else max(last, after)

    def data_version(self) -> int:
        """Another number after each commit by another connection."""
        return int(self.rows("PRAGMA data_version")[0][0])

    def find(self, id_prefix: str) -> list[Event]:
        """The events whose id begins so; the first 50 of them by id."""
        if not id_prefix:
            raise InvalidInputError("An id, or its beginning, is needed", "`events` lists them.")
        return [event_of(row) for row in self.rows(*select.by_id(id_prefix.lower(), self.oldest_kept()))]

    def instance(self, event: Event) -> list[Event]:
        """The events that one fetch, sync or notification brought about, oldest first."""
        if not event.instance_id:
            return [event]
        query = Query(
            services=(event.service,),
            origins=(event.origin,),
            instance_ids=(event.instance_id,),
            sources=(event.source,),
        )
        return [
            other
            for other in self.events(query)
            if (other.storage_key, other.registration_id) == (event.storage_key, event.registration_id)
        ]

    def statistics(self) -> StoreStatistics:
        """How much there is of what."""
        rows = self.rows(
            "SELECT service, count(*), min(timestamp), max(timestamp) FROM events "
            "INDEXED BY events_by_service WHERE timestamp >= ? GROUP BY service",
            [self.oldest_kept()],
        )
        return StoreStatistics(
            path=self.path,
            size=disk_size(self.path),
            events={row[0]: row[1] for row in rows},
            oldest=from_microseconds(min(row[2] for row in rows)) if rows else None,
            newest=from_microseconds(max(row[3] for row in rows)) if rows else None,
            retention=self.retention,
        )


def fold_case(text: str | None) -> str | None:
    """SQLite's own ``lower`` knows only ASCII."""
    return None if text is None else text.casefold()
