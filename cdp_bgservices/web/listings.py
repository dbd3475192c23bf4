"""Pages of listings, the latest few of which are kept."""

from functools import partial

import msgspec
import trio

from cdp_bgservices.query import Query
from cdp_bgservices.store import Engine
from cdp_bgservices.store.protocol import GoneError, Listing
from cdp_bgservices.store.trio_store import Store
from cdp_bgservices.store.values import Numbered
from cdp_bgservices.web.parameters import Asked

MOST_KEPT = 6
"""Listings; some are eight bytes an event."""

Key = tuple[Query, str]
"""And what it is sorted by."""


class Page(msgspec.Struct, frozen=True):
    """``/api/events``, before its rows are made."""

    rows: list[Numbered]
    total: int


class Listings:
    def __init__(self, store: Store) -> None:
        self.store = store
        self.kept: dict[Key, Listing] = {}
        """The one that was used last comes last."""
        self.locks: dict[Key, trio.Lock] = {}
        """Of those that are being made: it is done once, however many pages are asked for."""

    async def page(self, asked: Asked) -> Page:
        """Raises InvalidInputError, StoreError."""
        key = asked.query, asked.sort
        while True:
            listing = await self.listing(asked)
            try:
                rows = await self.store.ask(partial(read, listing=listing, asked=asked))
            except GoneError:
                # Something in it was deleted, or came past retention.
                if self.kept.get(key) is listing:
                    del self.kept[key]
            else:
                return Page(rows, listing.total)

    async def find(self, asked: Asked, found: Numbered) -> int | None:
        """Where an event is in a listing; None where it is not."""
        listing = await self.listing(asked)
        return await self.store.ask(lambda engine: engine.place(listing, found, descending=asked.descending))

    async def listing(self, asked: Asked) -> Listing:
        """From one that is kept, with what was committed since; else a new one."""
        key = asked.query, asked.sort
        lock = self.locks.setdefault(key, trio.Lock())
        try:
            async with lock:
                former = self.kept.get(key)
                ask = self.store.ask
                listing = await ask(lambda engine: engine.listing(asked.query, asked.sort, asked.cursor, former))
                self.keep(key, listing)
                return listing
        finally:
            if not lock.statistics().tasks_waiting and not lock.locked():
                self.locks.pop(key, None)

    def keep(self, key: Key, listing: Listing) -> None:
        self.kept.pop(key, None)
        self.kept[key] = listing
        if len(self.kept) > MOST_KEPT:
            del self.kept[next(iter(self.kept))]


def read(engine: Engine, listing: Listing, asked: Asked) -> list[Numbered]:
    return engine.page(listing, asked.offset, asked.limit, descending=asked.descending)
