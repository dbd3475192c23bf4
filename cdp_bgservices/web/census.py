"""How many events of each service there are, kept up to date by what is new; and whether somebody cleared them."""

import time
from typing import NamedTuple

from cdp_bgservices.store import Database
from cdp_bgservices.store.rows import encode_json

RECOUNTED = 10.0
"""Seconds after which all are counted again: in the meantime some have come past retention."""


class Tally(NamedTuple):
    """Of one service."""

    number: int
    oldest: int
    newest: int
    """Timestamps in microseconds since the epoch."""
    last: int
    """The seq of the newest."""


class Census:
    """Used by one thread at a time."""

    def __init__(self) -> None:
        self.cursor = 0
        self.tallies: dict[str, Tally] = {}
        self.counted_at = -RECOUNTED
        self.clears = 0
        """How often it was seen that events were deleted before their time."""

    def update(self, database: Database) -> None:
        """Quick, but every ten seconds. Raises StoreError."""
        cursor = database.cursor()
        if self.is_cleared(database):
            self.clears += 1
        elif time.monotonic() - self.counted_at < RECOUNTED:
            self.add(tally(database, "NOT INDEXED", self.cursor, cursor))
            self.cursor = cursor
            return
        self.tallies = tally(database, "INDEXED BY events_by_service", 0, cursor)
        self.cursor, self.counted_at = cursor, time.monotonic()

    def add(self, new: dict[str, Tally]) -> None:
        for service, more in new.items():
            known = self.tallies.get(service, Tally(0, more.oldest, more.newest, more.last))
            self.tallies[service] = Tally(
                known.number + more.number,
                min(known.oldest, more.oldest),
                max(known.newest, more.newest),
                more.last if more.newest >= known.newest else known.last,
            )

    def is_cleared(self, database: Database) -> bool:
        """Whether the newest one of a service is gone, though it is not past retention."""
        wanted = encode_json([each.last for each in self.tallies.values()]).decode()
        rows = database.rows("SELECT seq FROM events WHERE seq IN (SELECT value FROM json_each(?))", [wanted])
        found, oldest = {row[0] for row in rows}, database.oldest_kept()
        return any(each.last not in found and each.newest >= oldest for each in self.tallies.values())

    @property
    def span(self) -> tuple[int, int] | None:
        """The oldest and the newest timestamp."""
        if not self.tallies:
            return None
        return min(each.oldest for each in self.tallies.values()), max(each.newest for each in self.tallies.values())


def tally(database: Database, way: str, after: int, until: int) -> dict[str, Tally]:
    """Of what was committed after one cursor and up to another."""
    # The seq is the rowid, which each index has, so that the index alone is read.
    plus = "" if way == "NOT INDEXED" else "+"
    rows = database.rows(
        f"SELECT service, count(*), min(timestamp), max(timestamp) FROM events {way} "
        f"WHERE timestamp >= ? AND {plus}seq > ? AND {plus}seq <= ? GROUP BY service",
        [database.oldest_kept(), after, until],
    )
    return {row[0]: Tally(row[1], row[2], row[3], newest_of(database, row[0], row[3])) for row in rows}


def newest_of(database: Database, service: str, timestamp: int) -> int:
    """Its seq; 0 where it was deleted just now."""
    rows = database.rows("SELECT max(seq) FROM events WHERE service = ? AND timestamp = ?", [service, timestamp])
    return rows[0][0] or 0
