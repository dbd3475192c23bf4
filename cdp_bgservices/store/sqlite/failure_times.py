"""When failures were, kept in memory while a store is looked at: to find them, every event has to be looked at."""

from array import array
from collections.abc import Callable
from threading import Lock

import msgspec

from cdp_bgservices.store.sqlite.database import Database
from cdp_bgservices.store.sqlite.failure_filter import FAILED
from cdp_bgservices.store.values import Times

STEP = 50_000
"""Events that are looked at while others wait for it."""


class Known(msgspec.Struct, frozen=True):
    """As of a commit."""

    cursor: int
    stored: int
    """How many events there were: where there are fewer of those now, some were deleted, and all are read again."""
    times: Times
    clears: int = 0
    """How often events had been deleted or changed: the same."""


class FailureTimes:
    """Shared by the connections to one store."""

    def __init__(self) -> None:
        self.lock = Lock()
        self.known = Known(0, 0, {})

    def read(self, database: Database, pause: Callable[[], None] | None = None) -> Times:
        """Of each service, the timestamps of its failures in order; also of some that are past retention.

        Threads that ask at the same time share the work, some events each. ``pause`` is called before each step of this
        one.
        """
        with self.lock:
            known, clears = self.known, database.clears()
            if (stored_until(database, known.cursor), clears) != (known.stored, known.clears):
                self.known = Known(0, 0, {}, clears)
        while True:
            if pause:
                pause()
            with self.lock:
                known, last = self.known, database.cursor()
                if known.cursor >= last:
                    return known.times
                self.known = extended(database, known, min(last, known.cursor + STEP))


def stored_until(database: Database, cursor: int) -> int:
    """How many events there are of those up to a commit."""
    sql = "SELECT (SELECT count(*) FROM events) - (SELECT count(*) FROM events WHERE seq > ?)"
    return int(database.rows(sql, [cursor])[0][0])


def extended(database: Database, known: Known, cursor: int) -> Known:
    """With what was committed up to a cursor."""
    stretch = "events NOT INDEXED WHERE seq > ? AND seq <= ?"
    span = [known.cursor, cursor]
    stored = known.stored + database.rows(f"SELECT count(*) FROM {stretch}", span)[0][0]
    sql = f"SELECT service, timestamp FROM {stretch} AND {FAILED.sql}"
    new: dict[str, list[int]] = {}
    for service, timestamp in database.rows(sql, [*span, *FAILED.values]):
        new.setdefault(service, []).append(timestamp)
    times = dict(known.times)
    for service, found in new.items():
        times[service] = array("q", sorted([*times.get(service, ()), *found]))
    return Known(cursor, stored, times, known.clears)
