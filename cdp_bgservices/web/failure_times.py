"""When failures were, kept while a store is looked at: to find them among a million events takes half a second."""

from array import array
from pathlib import Path
from threading import Lock

import msgspec

from cdp_bgservices.store import Database
from cdp_bgservices.store.failing import FAILED

Times = dict[str, "array[int]"]


class Known(msgspec.Struct, frozen=True):
    """As of a commit."""

    cursor: int
    stored: int
    """How many events there were: where there are fewer of those now, some were deleted, and all is looked at anew."""
    times: Times


NOTHING = Known(0, 0, {})
LOCK = Lock()
by_path: dict[Path, Known] = {}
"""Of each store that this process looks at."""


def failure_times(database: Database) -> Times:
    """Of each service, the timestamps of its failures in order; also of some that are past retention."""
    with LOCK:
        known = by_path.get(database.path, NOTHING)
        if stored_until(database, known.cursor) != known.stored:
            known = NOTHING
        by_path[database.path] = known = extended(database, known)
        return known.times


def stored_until(database: Database, cursor: int) -> int:
    """How many events there are of those up to a commit."""
    sql = "SELECT (SELECT count(*) FROM events) - (SELECT count(*) FROM events WHERE seq > ?)"
    return int(database.rows(sql, [cursor])[0][0])


def extended(database: Database, known: Known) -> Known:
    """With what was committed since."""
    cursor = database.cursor()
    if cursor == known.cursor:
        return known
    rows = database.rows(
        f"SELECT service, timestamp FROM events NOT INDEXED WHERE seq > ? AND seq <= ? AND {FAILED.sql}",
        [known.cursor, cursor, *FAILED.values],
    )
    new: dict[str, list[int]] = {}
    for service, timestamp in rows:
        new.setdefault(service, []).append(timestamp)
    times = dict(known.times)
    for service, found in new.items():
        times[service] = array("q", sorted([*times.get(service, ()), *found]))
    return Known(cursor, stored_until(database, cursor), times)
