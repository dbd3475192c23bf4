"""A connection to a shared store: its rows, its settings, its commits."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta

from cdp_bgservices.errors import StoreError
from cdp_bgservices.events import MICROSECOND, from_microseconds, to_microseconds
from cdp_bgservices.store.location import PostgresLocation
from cdp_bgservices.store.postgresql.connecting import Connection, Row, connect
from cdp_bgservices.store.postgresql.errors import translate_errors
from cdp_bgservices.store.postgresql.interrupting import Interruption
from cdp_bgservices.store.protocol import Engine
from cdp_bgservices.store.values import PAGE_SIZE, Clock

SEQS = 4096
"""The seqs of one transaction: its number times this, and the number of the event in it."""
TOLERANCE = timedelta(seconds=1)
"""Clocks that differ by less are taken for equal: to ask takes time, too."""
SETTINGS = """
SELECT name, value, bgservices.clock(), pg_snapshot_xmin(pg_current_snapshot())::text::bigint,
    pg_snapshot_xmax(pg_current_snapshot())::text::bigint, extract(epoch FROM pg_postmaster_start_time())::text
FROM bgservices.settings
"""
SIZE = """
SELECT coalesce(sum(pg_total_relation_size(oid)), 0)::bigint FROM pg_class
WHERE relnamespace = 'bgservices'::regnamespace AND relkind = 'r'
"""


class StoreClock:
    """This machine's clock, put right by that of the server: what is past retention is so for all."""

    def __init__(self, here: Clock) -> None:
        self.here = here
        self.skew = timedelta()
        """By how much the server's clock is ahead of this machine's."""

    def __call__(self) -> datetime:
        return self.here() + self.skew

    def compare(self, server: datetime, began: datetime) -> None:
        """With the server's time, of some moment since this machine's clock was at ``began``."""
        ended = self.here()
        between = began + (ended - began) / 2
        skew = server - between if abs(server - between) > TOLERANCE + (ended - began) / 2 else timedelta()
        if abs(skew - self.skew) > TOLERANCE or not skew:
            self.skew = skew


class Database(Engine):
    """What the parts of the engine in this folder share. Engine describes the methods that are its own."""

    is_shared = True

    def __init__(self, location: PostgresLocation, clock: StoreClock, *, can_write: bool = True) -> None:
        self.location = location
        self.name = location.name
        self.url = location.url
        self.clock = self.store_clock = clock
        self.can_write = can_write
        self.connection: Connection = connect(location)
        self.reconnects = 0
        self.in_transaction = False
        self.interruption = Interruption()
        self.server = ""
        """Another one once another server answers."""
        self.lowest = 0
        """The number of the lowest transaction that had not ended, as of the last look at the settings."""
        self.next = 0
        """The number of the first transaction that had not begun then."""
        self.marks: list[tuple[float, int]] = []
        """When a cursor was read, and which, as far back as ``follow_lag``."""
        try:
            self.read_settings()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        self.connection.close()

    def interrupt(self) -> None:
        self.interruption.begin(self.connection)

    # Statements

    def rows(self, sql: str, values: Sequence[object] = ()) -> list[Row]:
        """Of a statement that only reads. It is asked once more where the server has closed the connection."""
        self.ensure_connected()
        try:
            return self.ask(sql, values)
        except StoreError:
            if self.in_transaction or not self.connection.closed:
                raise
        self.ensure_connected()
        return self.ask(sql, values)

    def change(self, sql: str, values: Sequence[object] = ()) -> list[Row]:
        """Of a statement that writes. Where the connection breaks, it may have done so or not."""
        self.check_writer()
        self.ensure_connected()
        return self.ask(sql, values)

    def ask(self, sql: str, values: Sequence[object]) -> list[Row]:
        """Results come in binary: their times depend on no time zone."""
        with translate_errors(self.name, sql), self.interruption.allowed():
            cursor = self.connection.execute(sql, values, binary=True)
            return cursor.fetchall() if cursor.description else []

    def page_of_rows(self, sql: str, values: Sequence[object] = ()) -> tuple[list[Row], bool]:
        """The first of these rows, as many as make a page, one at the least; and whether there are more.

        The statement's columns have names, and one of them is ``size``: an event's bytes.
        """
        cut = f"""
            SELECT * FROM (
                SELECT lead(TRUE, 1, FALSE) OVER () AS more, sum(size) OVER (ROWS UNBOUNDED PRECEDING) - size AS before,
                    page.*
                FROM ({sql}) AS page
            ) AS page WHERE before <= {PAGE_SIZE}
        """
        rows = self.rows(cut, values)
        return [row[2:] for row in rows], bool(rows) and rows[-1][0]

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing."""
        self.check_writer()
        self.ensure_connected()
        with translate_errors(self.name), self.connection.transaction():
            self.in_transaction = True
            try:
                yield
            finally:
                self.in_transaction = False

    def ensure_connected(self) -> None:
        if self.connection.closed and not self.in_transaction:
            self.connection = connect(self.location)
            self.reconnects += 1

    def check_writer(self) -> None:
        if not self.can_write:
            raise StoreError(f"The store {self.name} was opened for reading", "Take the connection that writes.")

    # Settings

    def read_settings(self) -> dict[str, str]:
        """All of them, as they are now; and the server's clock is compared with ours."""
        began = self.store_clock.here()
        rows = self.rows(SETTINGS)
        settings = {name: value for name, value, *_ in rows}
        try:
            self.retention = int(settings["retention"]) * MICROSECOND
            self.redacts = settings["redaction"] == "1"
            offset = int(settings["offset"])
        except (KeyError, ValueError, OverflowError) as error:
            raise StoreError(
                f"The table settings of the store {self.name} is damaged ({error})", "Put its rows back."
            ) from error
        self.store_clock.compare(from_microseconds(rows[0][2]), began)
        self.lowest, self.next, self.server = rows[0][3] + offset, rows[0][4] + offset, rows[0][5]
        return settings

    def setting(self, name: str) -> int:
        """Read each time: another process may have changed it."""
        return int(self.read_settings()[name])

    def identity(self) -> str:
        return self.read_settings()["identity"]

    def read_retention(self) -> timedelta:
        self.read_settings()
        return self.retention

    def read_redacts(self) -> bool:
        self.read_settings()
        return self.redacts

    def deletions(self) -> int:
        return self.setting("deletions")

    def clears(self) -> int:
        return self.setting("clears")

    def oldest_kept(self) -> int:
        retention = self.read_retention()  # The clock is put right by it, so it comes first.
        return to_microseconds(self.clock() - retention) + 1

    # Commits

    def cursor(self) -> int:
        """Each transaction gets its number before it commits. Of those below the lowest that has not ended, nothing
        will still appear; on several servers, some seconds later.
        """
        lag = self.setting("follow_lag") * MICROSECOND / timedelta(seconds=1)
        mark = self.lowest * SEQS
        if not lag:
            return mark
        now = time.monotonic()
        self.marks.append((now, mark))
        time.sleep(max(0.0, self.marks[0][0] + lag - now))
        while len(self.marks) > 1 and self.marks[1][0] <= now - lag:
            del self.marks[0]
        return self.marks[0][1]

    def latest(self) -> int:
        self.read_settings()
        return self.next * SEQS

    def version(self) -> int:
        return self.cursor()

    def size(self) -> int:
        return int(self.rows(SIZE)[0][0])
