"""Listings that an index pages through: in the order of time, where it can judge each event by itself."""

import time

import msgspec

from cdp_bgservices.query import Query
from cdp_bgservices.store.listing import GoneError, Listing
from cdp_bgservices.store.sqlite.analysis import Analysis
from cdp_bgservices.store.sqlite.conditions import EVER, IN_TIME
from cdp_bgservices.store.sqlite.rows import COLUMNS, Row, numbered, timestamp_of
from cdp_bgservices.store.values import Numbered

BY_ID = "events INDEXED BY events_by_timestamp"
RECOUNTED = 2.0
"""Seconds after which some may be past retention."""


def is_indexed(query: Query, sort: str) -> bool:
    """Whether an index alone tells which events these are, and in which order."""
    return sort == "time" and query == Query(since=query.since, before=query.before)


class IndexedListing(msgspec.Struct, frozen=True):
    """How many there are."""

    query: Query
    cursor: int
    """The last seq that counts."""
    clears: int
    """How often events had been deleted before their time."""
    total: int
    counted_at: float

    @property
    def is_all(self) -> bool:
        return True

    @property
    def reached(self) -> int | None:
        return None

    def page(self, database: Analysis, offset: int, limit: int, *, descending: bool) -> list[Numbered]:
        """Raises GoneError where there are fewer than were counted."""
        with database.snapshot():
            # To compare the seq of each one on the way to the offset takes as long as the way.
            is_latest = database.cursor() <= self.cursor
            rows, more = self.rows(database, EVER if is_latest else self.cursor, offset, limit, descending=descending)
        if not more and len(rows) < min(limit, self.total - offset):
            raise GoneError
        return numbered(rows)

    def rows(
        self, database: Analysis, until: int, offset: int, limit: int, *, descending: bool
    ) -> tuple[list[Row], bool]:
        """A page of those up to a commit, and whether it ends before it has as many as are wanted."""
        sql, values = database.where(self.query, until)
        # The index has no seq, so that those of one time would have to be sorted on the whole way to the offset. It has
        # the id: that tells how many of the first one's time come before it there, and so here, too.
        way, less = ("DESC", ">") if descending else ("", "<")
        first = database.rows(
            f"SELECT timestamp, id FROM {BY_ID} WHERE {sql} ORDER BY timestamp {way}, id {way} LIMIT 1 OFFSET ?",
            [*values, offset],
        )
        if not first:
            return [], False
        timestamp, id_ = first[0]
        before = database.rows(
            f"SELECT count(*) FROM {BY_ID} WHERE {sql} AND timestamp = ? AND id {less} ?", [*values, timestamp, id_]
        )[0][0]
        beyond = ">=" if not descending else "<="
        statement = (
            f"SELECT seq, {COLUMNS} FROM {BY_ID} WHERE {sql} AND timestamp {beyond} ? "
            f"ORDER BY timestamp {way}, seq {way} LIMIT ? OFFSET ?"
        )
        return database.page_of_rows(statement, [*values, timestamp, limit, before])

    def place(self, database: Analysis, found: Numbered, *, descending: bool) -> int | None:
        sql, values = database.where(self.query, self.cursor)
        seq, event = found
        timestamp = timestamp_of(event)
        one = f"SELECT 1 FROM {IN_TIME} WHERE {sql} AND timestamp = ? AND +seq = ?"
        if not database.rows(one, [*values, timestamp, seq]):
            return None
        less = ">" if descending else "<"
        before = f"timestamp {less} ? OR timestamp = ? AND seq {less} ?"
        rows = database.rows(
            f"SELECT count(*) FROM {IN_TIME} WHERE {sql} AND ({before})", [*values, timestamp, timestamp, seq]
        )
        return int(rows[0][0])


def count_indexed(database: Analysis, query: Query, cursor: int, former: Listing | None) -> IndexedListing:
    """Of a time, again every now and then, and whenever events were deleted."""
    clears, now = database.clears(), time.monotonic()
    if query.since is None and query.before is None:
        total = database.number_of(query, cursor)
    elif (
        isinstance(former, IndexedListing)
        and (former.cursor, former.clears) == (cursor, clears)
        and now - former.counted_at <= RECOUNTED
    ):
        return former
    else:
        sql, values = database.where(query, cursor)
        total = int(database.rows(f"SELECT count(*) FROM {IN_TIME} WHERE {sql}", values)[0][0])
    return IndexedListing(query, cursor, clears, total, now)
