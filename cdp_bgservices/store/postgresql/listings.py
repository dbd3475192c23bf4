"""Lists of events as of a cursor: the newest MOST that a query takes, kept in memory.

Events are looked for from the newest on, a stretch of time after the other. So the first page is there at once, and a
listing that is asked for again goes further back.
"""

import heapq
import time
from array import array

import msgspec

from cdp_bgservices.events import to_microseconds
from cdp_bgservices.query import Query
from cdp_bgservices.store.criteria import Span
from cdp_bgservices.store.listing import GoneError, Listing
from cdp_bgservices.store.postgresql.analysis import Analysis
from cdp_bgservices.store.postgresql.conditions import EVER
from cdp_bgservices.store.postgresql.joining import numbered, with_details
from cdp_bgservices.store.postgresql.sql import moment
from cdp_bgservices.store.values import SORTS, Numbered

MOST = 100_000
"""Events of a listing."""
AT_ONCE, SLICE = 0.1, 0.5
"""Seconds of looking for the first ones, and for more of them."""
SHORT = 60_000_000
"""Microseconds: the first stretch."""
QUICK, LONGER = 0.1, 4
"""Seconds: where a stretch took less, the next ones are longer by a factor."""
LONGEST = 1_000
"""Characters of a text that it is sorted by: a page chooses it, and it may have millions."""

Key = tuple[bool, str, int, int]
"""Whether there is a text, the text, a timestamp and a seq: as other stores sort, missing texts first."""
Found = list[tuple[int, int, str | None]]
"""A seq, a timestamp and a text."""


class KeptListing(msgspec.Struct, frozen=True):
    """Ascending. The lists are of one length, but for the texts of what is sorted by time: there are none."""

    query: Query
    sort: str
    cursor: int
    """The last seq that counts."""
    clears: int
    """How often events had been deleted before their time."""
    reached: int | None
    """All events of this time and later were looked at; None where no more are wanted."""
    is_all: bool
    seqs: "array[int]"
    times: "array[int]"
    texts: list[str | None]

    @property
    def total(self) -> int:
        return len(self.seqs)

    def key(self, place: int) -> Key:
        return key_of((self.seqs[place], self.times[place], self.texts[place]))

    def with_more(self, found: Found) -> "KeptListing":
        """And with others in their places; the newest MOST of them."""
        is_cut = self.total + len(found) > MOST
        if self.sort == "time":
            pairs = sorted([*zip(self.times, self.seqs, strict=True), *((time, seq) for seq, time, _ in found)])
            times, seqs = zip(*pairs[-MOST:], strict=True)
            texts: list[str | None] = []
        else:
            keys = sorted([*map(self.key, range(self.total)), *map(key_of, found)])
            if is_cut:
                kept = set(heapq.nlargest(MOST, (key[2:] for key in keys)))
                keys = [key for key in keys if key[2:] in kept]
            times, seqs = (tuple(key[place] for key in keys) for place in (2, 3))
            texts = [key[1] if key[0] else None for key in keys]
        return msgspec.structs.replace(
            self,
            reached=None if is_cut else self.reached,
            is_all=self.is_all and not is_cut,
            seqs=array("q", seqs),
            times=array("q", times),
            texts=texts,
        )


def key_of(found: tuple[int, int, str | None]) -> Key:
    seq, timestamp, text = found
    return text is not None, text or "", timestamp, seq


class Listings(Analysis):
    """A part of the engine."""

    def listing(self, query: Query, sort: str, cursor: int, former: Listing | None = None) -> Listing:
        clears = self.clears()
        if isinstance(former, KeptListing) and former.clears == clears and former.cursor <= cursor:
            listing = former if former.cursor == cursor else self.extended(former, cursor)
        else:
            nothing = array("q")
            listing = KeptListing(query, sort, cursor, clears, self.end_of(query), False, nothing, nothing, [])
        return self.filled(listing)

    def end_of(self, query: Query) -> int:
        """The time before which all events are that it may take."""
        where = self.where(Query(before=query.before), (0, EVER))
        newest = f"SELECT timestamp FROM bgservices.events WHERE {where.sql} ORDER BY timestamp DESC LIMIT 1"
        rows = self.rows(newest, where.values)
        return int(rows[0][0]) + 1 if rows else 0

    def filled(self, listing: KeptListing) -> KeptListing:
        """With older ones, as far as one comes in a while."""
        since = self.oldest_kept()
        if listing.query.since is not None:
            since = max(since, to_microseconds(listing.query.since))
        found: Found = []
        reached, began, width = listing.reached, time.monotonic(), SHORT
        deadline = began + (SLICE if listing.total else AT_ONCE)
        while reached is not None and reached > since and began < deadline:
            begin = max(since, reached - width)
            part = msgspec.structs.replace(listing.query, since=moment(begin), before=moment(reached))
            room = MOST - listing.total - len(found)
            found += self.look(part, listing, (0, listing.cursor), room + 1)
            reached = begin if len(found) + listing.total <= MOST else None
            ended = time.monotonic()
            width *= LONGER if ended - began < QUICK else 1
            began = ended
        is_all = listing.is_all or (reached is not None and reached <= since)
        if is_all:
            reached = None
        listing = msgspec.structs.replace(listing, reached=reached, is_all=is_all)
        return listing.with_more(found) if found else listing

    def extended(self, listing: KeptListing, cursor: int) -> KeptListing:
        """The same as of a later cursor. What is older than all that was looked at is found later."""
        found = self.look(listing.query, listing, (listing.cursor, cursor), MOST + 1)
        if listing.reached is not None:
            found = [each for each in found if each[1] >= listing.reached]
        elif not listing.is_all:
            oldest = min(zip(listing.times, listing.seqs, strict=True))
            found = [each for each in found if (each[1], each[0]) > oldest]
        listing = msgspec.structs.replace(listing, cursor=cursor)
        return listing.with_more(found) if found else listing

    def look(self, query: Query, listing: KeptListing, span: Span, limit: int) -> Found:
        """The newest that a query takes, in no order. One row, since each costs more than what is in it."""
        where = self.where(query, span)
        text = "NULL::text" if listing.sort == "time" else f"left({SORTS[listing.sort]}, {LONGEST})"
        inner = (
            f"SELECT seq, timestamp, {text} AS text FROM bgservices.events WHERE {where.sql} "
            "ORDER BY timestamp DESC, seq DESC LIMIT %s"
        )
        sql = f"SELECT array_agg(seq), array_agg(timestamp), array_agg(text) FROM ({inner}) AS found"
        seqs, times, texts = self.rows(sql, [*where.values, limit])[0]
        return list(zip(seqs or (), times or (), texts or (), strict=True))

    def page(self, listing: Listing, offset: int, limit: int, *, descending: bool = False) -> list[Numbered]:
        assert isinstance(listing, KeptListing)
        begin, end = offset, min(listing.total, offset + limit)
        if descending:
            begin, end = max(0, listing.total - offset - limit), max(0, listing.total - offset)
        seqs, times = listing.seqs[begin:end].tolist(), listing.times[begin:end].tolist()
        if not seqs:
            return []
        inner = f"""
            SELECT events.* FROM unnest(%s::bigint[]) WITH ORDINALITY AS wanted (seq, place)
            JOIN bgservices.events USING (seq)
            WHERE timestamp >= %s AND timestamp <= %s ORDER BY place {"DESC" if descending else ""}
        """
        since = moment(max(self.oldest_kept(), min(times)))
        rows, more = self.page_of_rows(with_details(inner), [seqs, since, moment(max(times))])
        if not more and len(rows) < len(seqs):
            raise GoneError
        return numbered(rows)

    def place(self, listing: Listing, found: Numbered, *, descending: bool = False) -> int | None:
        assert isinstance(listing, KeptListing)
        try:
            place = listing.seqs.index(found[0])
        except ValueError:
            return None
        return listing.total - 1 - place if descending else place
