"""How many events of each service there are, kept up to date by what is new and by what comes past retention; and
whether somebody cleared them."""

from typing import NamedTuple

import trio

from cdp_bgservices.events import MICROSECOND
from cdp_bgservices.query import Query
from cdp_bgservices.store import Database

EDGES = 400
"""What is near to the end of retention is counted each time, all else once: ten minutes of three days."""
COUNTED = """
WITH RECURSIVE
    names(name) AS (
        SELECT min(service) FROM events
        UNION ALL SELECT (SELECT min(service) FROM events WHERE service > name) FROM names WHERE name IS NOT NULL
    ),
    wanted(begin, until, cursor) AS (VALUES (?, ?, ?))
SELECT
    name,
    (SELECT count(*) FROM events WHERE service = name AND timestamp >= begin AND timestamp < until AND +seq <= cursor),
    (SELECT timestamp FROM events WHERE service = name AND timestamp >= begin AND timestamp < until AND +seq <= cursor
        ORDER BY timestamp LIMIT 1),
    (SELECT timestamp FROM events WHERE service = name AND timestamp >= begin AND timestamp < until AND +seq <= cursor
        ORDER BY timestamp DESC LIMIT 1)
FROM names, wanted WHERE name IS NOT NULL
"""
"""One service after the other, by the index alone: the seq is the rowid, which each index has."""
COMMITTED = """
SELECT service, count(*), min(timestamp), max(timestamp) FROM events NOT INDEXED
WHERE seq > ? AND seq <= ? AND timestamp >= ? GROUP BY service
"""
EVER = 2**63 - 1


class Tally(NamedTuple):
    """Of one service."""

    number: int
    oldest: int
    newest: int
    """Timestamps in microseconds since the epoch."""


Tallies = dict[str, Tally]


class Census:
    """Used by whoever holds its lock."""

    def __init__(self) -> None:
        self.lock = trio.Lock()
        self.cursor = 0
        self.edge: int | None = None
        """In microseconds since the epoch: no event of this time or later comes past retention before it is moved."""
        self.later: Tallies = {}
        """Of what is behind the edge."""
        self.tallies: Tallies = {}
        """Of all."""
        self.clears = -1
        """Another number whenever events were deleted before their time; -1 before it is known."""

    def update(self, database: Database) -> None:
        """Quick, but once and whenever the edge is moved. Raises StoreError."""
        clears, cursor, oldest = database.clears(), database.cursor(), database.oldest_kept()
        if clears != self.clears or self.edge is None or self.edge < oldest:
            self.edge = oldest + database.read_retention() // MICROSECOND // EDGES
            self.later = tallied(database, COUNTED, self.edge, EVER, cursor)
        else:
            new = tallied(database, COMMITTED, self.cursor, cursor, self.edge)
            self.later = together(self.later, new)
        self.clears, self.cursor = clears, cursor
        self.tallies = together(self.later, tallied(database, COUNTED, oldest, self.edge, cursor))

    def number(self, database: Database, query: Query, cursor: int) -> int:
        """Of one service, or of all, as of an earlier cursor. Raises StoreError."""
        self.update(database)
        since = tallied(database, COMMITTED, cursor, self.cursor, database.oldest_kept())
        chosen = query.services or self.tallies
        return sum(self.tallies[name].number for name in chosen if name in self.tallies) - sum(
            since[name].number for name in chosen if name in since
        )

    @property
    def span(self) -> tuple[int, int] | None:
        """The oldest and the newest timestamp."""
        if not self.tallies:
            return None
        return min(each.oldest for each in self.tallies.values()), max(each.newest for each in self.tallies.values())


def together(one: Tallies, other: Tallies) -> Tallies:
    both = dict(one)
    for service, more in other.items():
        known = one.get(service, Tally(0, more.oldest, more.newest))
        both[service] = Tally(
            known.number + more.number, min(known.oldest, more.oldest), max(known.newest, more.newest)
        )
    return both


def tallied(database: Database, statement: str, *values: int) -> Tallies:
    rows = database.rows(statement, values)
    return {service: Tally(number, oldest, newest) for service, number, oldest, newest in rows if number}
