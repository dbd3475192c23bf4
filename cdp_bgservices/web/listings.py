"""Pages of listings, the latest few of which are kept."""

import trio

from cdp_bgservices.query import Query
from cdp_bgservices.store import Engine
from cdp_bgservices.store.listing import GoneError, Listing
from cdp_bgservices.store.trio_store import Store
from cdp_bgservices.store.values import Numbered
from cdp_bgservices.web.parameters import PageRequest

MOST_KEPT = 6
"""Listings; some are eight bytes an event."""

Key = tuple[Query, str]
"""And what it is sorted by."""


class Listings:
    def __init__(self, store: Store) -> None:
        self.store = store
        self.kept: dict[Key, Listing] = {}
        """The one that was used last comes last."""
        self.locks: dict[Key, trio.Lock] = {}
        """Of those that are being made: it is done once, however many pages are asked for."""

    async def page(self, wanted: PageRequest) -> tuple[list[Numbered], Listing]:
        """And the listing. Raises InvalidInputError, StoreError."""
        key = wanted.query, wanted.sort

        def read(engine: Engine) -> list[Numbered]:
            return engine.page(listing, wanted.offset, wanted.limit, descending=wanted.descending)

        while True:
            listing = await self.listing(wanted)
            try:
                rows = await self.store.ask(read)
            except GoneError:
                # Something in it was deleted, or came past retention.
                if self.kept.get(key) is listing:
                    del self.kept[key]
            else:
                return rows, listing

    async def find(self, wanted: PageRequest, found: Numbered) -> int | None:
        """Where an event is in a listing; None where it is not."""
        listing = await self.listing(wanted)
        return await self.store.ask(lambda engine: engine.place(listing, found, descending=wanted.descending))

    async def listing(self, wanted: PageRequest) -> Listing:
        """From one that is kept, with what was committed since; else a new one."""
        key = wanted.query, wanted.sort
        lock = self.locks.setdefault(key, trio.Lock())
        try:
            async with lock:
                former = self.kept.get(key)
                ask = self.store.ask
                listing = await ask(lambda engine: engine.listing(wanted.query, wanted.sort, wanted.cursor, former))
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
