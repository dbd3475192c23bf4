"""Pages of listings. Those that no index can page through are kept whole, as numbers, the latest few of them."""

import math
from functools import partial

import msgspec
import trio

from cdp_bgservices.query import Query
from cdp_bgservices.store import Database
from cdp_bgservices.store.sqlite import listing
from cdp_bgservices.store.sqlite.distinct_values import Words
from cdp_bgservices.store.sqlite.listing import GoneError, Listing, Numbered, is_indexed
from cdp_bgservices.tasks import open_tasks
from cdp_bgservices.web.parameters import Asked
from cdp_bgservices.web.readers import Readers
from cdp_bgservices.web.service_counts import Census

MOST_KEPT = 4
"""Whole listings; eight bytes an event."""
RECOUNTED = 2.0
"""Seconds after which some may be past retention."""

Key = tuple[Query, str, int]
"""Also how often the store was cleared: what was there before is not asked for any more."""


class Page(msgspec.Struct, frozen=True):
    """``/api/events``, before its rows are made."""

    rows: list[Numbered]
    total: int


class Vocabulary:
    """The texts of the narrow columns, read once and then what is new."""

    def __init__(self, readers: Readers) -> None:
        self.readers = readers
        self.words: Words | None = Words()
        self.lock = trio.Lock()

    async def until(self, cursor: int) -> Words | None:
        """All that there are up to a commit; None where they are too many to be kept."""
        async with self.lock:
            if self.words and self.words.until < cursor:
                extend = self.words.extend
                self.words = await self.readers.run(lambda database: extend(database, cursor))
            return self.words


class Listings:
    def __init__(self, readers: Readers, census: Census) -> None:
        self.readers = readers
        self.census = census
        self.vocabulary = Vocabulary(readers)
        self.kept: dict[Key, Listing] = {}
        """The one that was used last comes last."""
        self.counted: dict[tuple[Query, int, int], tuple[float, int]] = {}
        """The number that was counted last, and when; of what is looked up in an index."""
        self.locks: dict[Key, trio.Lock] = {}
        """Of those that are being filled: it is done once, however many pages are asked for."""

    async def page(self, asked: Asked) -> Page:
        """Raises InvalidInputError, StoreError."""
        return await (self.indexed_page if is_indexed(asked.query, asked.sort) else self.kept_page)(asked)

    async def find(self, asked: Asked, found: Numbered) -> int | None:
        """Where an event is in a listing; None where it is not."""
        if is_indexed(asked.query, asked.sort):
            ask = partial(listing.offset_of, query=asked.query, cursor=asked.cursor, found=found)
            return await self.readers.run(lambda database: ask(database, descending=asked.descending))
        seqs = (await self.whole(asked)).seqs
        try:
            place = seqs.index(found[0])
        except ValueError:
            return None
        return len(seqs) - 1 - place if asked.descending else place

    async def indexed_page(self, asked: Asked) -> Page:
        """The rows and their number at the same time."""

        async def count() -> None:
            totals.append(await self.count(asked))
            done.set()

        totals: list[int] = []
        done = trio.Event()
        ask = partial(listing.page, query=asked.query, cursor=asked.cursor, offset=asked.offset, limit=asked.limit)
        async with open_tasks() as tasks:
            tasks.start_soon(count)
            rows = await self.readers.run(lambda database: ask(database, descending=asked.descending))
            await done.wait()
        if len(rows) < min(asked.limit, totals[0] - asked.offset):
            # Some have come past retention since, or the rows are very large.
            self.counted.clear()
            totals = [await self.count(asked)]
        return Page(rows, totals[0])

    async def count(self, asked: Asked) -> int:
        """Of a time that was chosen anew every now and then, and whenever events were cleared."""
        if asked.query.since is None and asked.query.before is None:
            async with self.census.lock:
                return await self.readers.run(lambda database: self.census.number(database, asked.query, asked.cursor))
        key = asked.query, asked.cursor, self.census.clears
        counted_at, number = self.counted.get(key, (-math.inf, 0))
        if trio.current_time() - counted_at > RECOUNTED:
            number = await self.readers.run(lambda database: listing.count(database, asked.query, asked.cursor))
            self.counted = {key: (trio.current_time(), number)}
        return number

    async def kept_page(self, asked: Asked) -> Page:
        """Filled again where it has events that are gone."""
        key = self.key_of(asked)
        while True:
            whole = await self.whole(asked)
            try:
                return await self.cut(whole, asked)
            except GoneError:
                if self.kept.get(key) is whole:
                    del self.kept[key]

    async def cut(self, whole: Listing, asked: Asked) -> Page:
        seqs = listing.cut(whole, asked.offset, asked.limit, descending=asked.descending)
        rows = await self.readers.run(lambda database: listing.read(database, seqs)) if seqs else []
        return Page(rows, len(whole.seqs))

    def key_of(self, asked: Asked) -> Key:
        return asked.query, asked.sort, self.census.clears

    async def whole(self, asked: Asked) -> Listing:
        """From those that are kept, with what was committed since; else filled."""
        key = self.key_of(asked)
        lock = self.locks.setdefault(key, trio.Lock())
        try:
            async with lock:
                found = self.latest(key, asked.cursor)
                if found is None or found.cursor != asked.cursor:
                    words = await self.words(asked)
                    found = await self.readers.run(lambda database: bring(database, found, asked, words))
                self.keep(key, found)
                return found
        finally:
            if not lock.statistics().tasks_waiting and not lock.locked():
                self.locks.pop(key, None)

    def latest(self, key: Key, cursor: int) -> Listing | None:
        """One that is kept, and not of a later commit."""
        found = self.kept.get(key)
        return found if found and found.cursor <= cursor else None

    def keep(self, key: Key, found: Listing) -> None:
        self.kept.pop(key, None)
        self.kept[key] = found
        if len(self.kept) > MOST_KEPT:
            del self.kept[next(iter(self.kept))]

    async def words(self, asked: Asked) -> Words | None:
        """Only where they make it quicker."""
        return await self.vocabulary.until(asked.cursor) if asked.query.text or asked.query.failed else None


def bring(database: Database, found: Listing | None, asked: Asked, words: Words | None) -> Listing:
    """Up to a cursor."""
    if found is not None:
        try:
            return listing.extend(database, found, asked.cursor, words)
        except GoneError:
            pass
    return listing.fill(database, asked.query, asked.sort, asked.cursor, words)
