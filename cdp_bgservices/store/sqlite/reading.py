"""What can be asked of a store, by one connection to its file."""

import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Self

from cdp_bgservices.errors import InvalidInputError
from cdp_bgservices.events import MICROSECOND, Event, from_microseconds, to_microseconds
from cdp_bgservices.query import Query
from cdp_bgservices.store.location import location_url
from cdp_bgservices.store.sqlite import statements
from cdp_bgservices.store.sqlite.coverage import read_intervals, read_series, read_tails
from cdp_bgservices.store.sqlite.deletion import disk_size, read_clears
from cdp_bgservices.store.sqlite.errors import translate_errors
from cdp_bgservices.store.sqlite.failure_filter import is_failed
from cdp_bgservices.store.sqlite.file import connect
from cdp_bgservices.store.sqlite.recorder_runs import LastRun, read_runs
from cdp_bgservices.store.sqlite.redacting import is_on, read_redaction
from cdp_bgservices.store.sqlite.rows import Row, encode_json, event_of, text_size
from cdp_bgservices.store.sqlite.thrown import read_thrown
from cdp_bgservices.store.values import EVERYTHING, Coverage, Known, StoreStatistics
from cdp_bgservices.thrown import Thrown

PAGE = 500
"""Events that are read at a time, so that memory does not grow with the store."""
PAGE_SIZE = 8_000_000
"""Characters after which no more of them are read: one event may have millions."""
POLL_INTERVAL = 0.1
"""Seconds between two looks at what other processes have committed."""
SOON = timedelta(seconds=10)
"""How long after an event what its worker threw may have to do with it."""

Clock = Callable[[], datetime]
"""Now, in UTC."""


def utc_now() -> datetime:
    """The clock, unless a test brings its own."""
    return datetime.now(UTC)


class Reading:
    """Events in a SQLite file.

    Error handling: every method raises StoreError where SQLite or the disk fails. One thread at a time.
    """

    def __init__(self, connection: sqlite3.Connection, path: Path, clock: Clock = utc_now) -> None:
        connection.create_function("casefold", 1, fold_case, deterministic=True)
        connection.create_function("failed", 2, is_failed, deterministic=True)
        self.connection = connection
        self.path = path
        self.url = location_url(path)
        self.clock = clock
        self.retention = self.read_retention()
        self.redacts = self.read_redacts()

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
        with translate_errors(self.path):
            self.connection.close()

    # What it keeps, and how

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

    def clears(self) -> int:
        """A number that grows whenever events are deleted that were not past retention, by whomever."""
        with translate_errors(self.path):
            return read_clears(self.connection)

    # Events, and what is known of them

    def rows(self, sql: str, values: Sequence[object] = ()) -> list[Row]:
        """All at once: an unfinished read would keep the write-ahead log from being folded in."""
        with translate_errors(self.path):
            return self.connection.execute(sql, values).fetchall()

    def page(self, sql: str, values: Sequence[object] = ()) -> tuple[list[Row], bool]:
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
        check_text(query)
        span = (after, self.cursor() if until is None else until)
        position = None
        if query.limit is not None and query.limit <= PAGE:
            rows, more = self.page(*statements.newest(query, self.oldest_kept(), span, query.limit))
            if not more:
                yield [event_of(row[1:]) for row in reversed(rows)]
                return
        if query.limit is not None:
            rows = self.rows(*statements.position(query, self.oldest_kept(), span, query.limit))
            position = rows[0] if rows else None
        while rows := self.page(*statements.page(query, self.oldest_kept(), span, position, PAGE))[0]:
            yield [event_of(row[1:]) for row in rows]
            position = (rows[-1][3], rows[-1][0])

    def follow(self, query: Query = EVERYTHING, *, after: int | None = None) -> Iterator[Event]:
        """Events as they are committed, by whomever, from the cursor ``after`` or from now on, for ever."""
        for page in self.follow_pages(query, after=after):
            yield from page

    def follow_pages(self, query: Query = EVERYTHING, *, after: int | None = None) -> Iterator[list[Event]]:
        """``follow``, as much at a time as there is; an event comes again, with its details, where these are learned
        after it was committed."""
        cursor = self.cursor() if after is None else after
        while True:
            version = self.data_version()
            before = cursor
            page, cursor = self.committed(query, before)
            page += self.detailed(query, before, cursor)
            if page:
                yield page
            while not page and self.data_version() == version:
                time.sleep(POLL_INTERVAL)

    def committed(self, query: Query, after: int) -> tuple[list[Event], int]:
        """The next page of what was committed after a cursor, and the cursor behind it."""
        check_text(query)
        last = self.cursor()
        rows, more = self.page(*statements.committed(query, self.oldest_kept(), after, last, PAGE))
        return [event_of(row[1:]) for row in rows], rows[-1][0] if more or len(rows) == PAGE else max(last, after)

    def detailed(self, query: Query, after: int, last: int) -> list[Event]:
        """Events of before a cursor whose details were learned after it, and up to another one."""
        rows = self.rows(*statements.detailed(query, self.oldest_kept(), after, last))
        return [event_of(row[1:]) for row in rows]

    def data_version(self) -> int:
        """Another number after each commit by another connection."""
        return int(self.rows("PRAGMA data_version")[0][0])

    def find(self, id_prefix: str) -> list[Event]:
        """The events whose id begins so; the first 50 of them by id."""
        if not id_prefix:
            raise InvalidInputError("An id, or its beginning, is needed", "`events` lists them.")
        check_text(id_prefix)
        return [event_of(row) for row in self.rows(*statements.by_id(id_prefix.lower(), self.oldest_kept()))]

    def stored(self, event: Event) -> Event | None:
        """The event as it is in the store, with its content or without."""
        with translate_errors(self.path):
            redaction = read_redaction(self.connection, self.path)
        forms = [event] if redaction is None else [event, redaction.redactor.redact(event)]
        return next((found for form in forms for found in self.find(form.id)), None)

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

    def thrown(self, query: Query = EVERYTHING, *, after: int = 0, no_event: bool = False) -> list[Thrown]:
        """What workers threw, oldest first: of these sources, scopes, browser contexts and times; the newest
        where the query has a limit. ``no_event``: only what belongs to no event for certain."""
        check_text(query)
        return read_thrown(self.rows, query, self.oldest_kept(), after, no_event=no_event)

    def thrown_after(self, event: Event) -> list[Thrown]:
        """What its worker threw within SOON after an event, in which handler is not certain."""
        query = Query(
            sources=(event.source,),
            browser_contexts=(event.browser_context,),
            since=event.timestamp,
            before=event.timestamp + SOON,
        )
        found = self.thrown(query, no_event=True)
        return [each for each in found if each.registration_id == event.registration_id]

    def known(self, source: str) -> Known:
        """What the recorders of a source have left for the next one."""
        return Known(series=read_series(self.rows, source).get(source, []), tails=read_tails(self.rows, source))

    def coverage(self) -> list[Coverage]:
        """What is known of each source's completeness, as far back as events are kept."""
        intervals, series = read_intervals(self.rows, self.oldest_kept()), read_series(self.rows)
        return [
            Coverage(source=source, intervals=intervals.get(source, []), series=series.get(source, []))
            for source in sorted({*intervals, *series})
        ]

    def runs(self) -> list[LastRun]:
        """What the last recorder of each source counted, the latest first."""
        with translate_errors(self.path):
            return read_runs(self.connection, self.oldest_kept())

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
            redacts=self.read_redacts(),
        )


def check_text(value: object) -> None:
    """Raises InvalidInputError for what no event can have, as bytes of a command line that are no UTF-8."""
    try:
        encode_json(value)
    except UnicodeEncodeError as error:
        raise InvalidInputError(f"{error.object!r} is no Unicode text", "Write it in UTF-8.") from error


def fold_case(text: str | None) -> str | None:
    """SQLite's own ``lower`` knows only ASCII."""
    return None if text is None else text.casefold()
