"""How many events of each service there are, kept up to date by what is new and by what comes past retention."""

from threading import Lock
from typing import NamedTuple

import msgspec

from cdp_bgservices.events import MICROSECOND
from cdp_bgservices.query import Query
from cdp_bgservices.store.sqlite.database import Database

EDGES = 400
"""What is near to the end of retention is counted each time, all else once: ten minutes of three days."""
COUNTED = """
SELECT service, sum(number), min(oldest), max(newest) FROM kinds JOIN (
    SELECT kind, count(*) AS number, min(timestamp) AS oldest, max(timestamp) AS newest
    FROM events INDEXED BY events_by_kind
    WHERE kind IN (SELECT id FROM kinds) AND timestamp >= ? AND timestamp < ? AND +seq <= ? GROUP BY kind
) ON id = kind GROUP BY service
"""
"""By an index alone: the seq is the rowid, which each index has."""
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


class Counted(msgspec.Struct, frozen=True):
    """As of a commit."""

    cursor: int
    clears: int
    """How often events had been deleted before their time."""
    edge: int
    """In microseconds since the epoch: no event of this time or later comes past retention before it is moved."""
    later: Tallies
    """Of what is behind the edge."""
    tallies: Tallies
    """Of all."""


class ServiceCounts:
    """Shared by the connections to one store."""

    def __init__(self) -> None:
        self.lock = Lock()
        self.known: Counted | None = None

    def update(self, database: Database) -> Counted:
        """Quick, but once and whenever the edge is moved."""
        with self.lock:
            self.known = updated(database, self.known)
            return self.known

    def number(self, database: Database, query: Query, cursor: int) -> int:
        """Of some services, or of all, as of an earlier cursor."""
        known = self.update(database)
        since = tallied(database, COMMITTED, cursor, known.cursor, database.oldest_kept())
        chosen = query.services or known.tallies
        return sum(known.tallies[name].number for name in chosen if name in known.tallies) - sum(
            since[name].number for name in chosen if name in since
        )


def updated(database: Database, known: Counted | None) -> Counted:
    clears, cursor, oldest = database.clears(), database.cursor(), database.oldest_kept()
    if known is None or clears != known.clears or known.edge < oldest or known.cursor > cursor:
        edge = oldest + database.read_retention() // MICROSECOND // EDGES
        later = tallied(database, COUNTED, edge, EVER, cursor)
    else:
        edge = known.edge
        later = together(known.later, tallied(database, COMMITTED, known.cursor, cursor, edge))
    tallies = together(later, tallied(database, COUNTED, oldest, edge, cursor))
    return Counted(cursor, clears, edge, later, tallies)


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
