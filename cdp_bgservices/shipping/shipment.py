"""What is sent over one connection: pages of events, and after them the ledger that vouches for them."""

import math
from datetime import timedelta
from functools import partial

import trio

from cdp_bgservices.errors import StoreError
from cdp_bgservices.shipping.ledger import LedgerSender, read_ledger
from cdp_bgservices.shipping.link import Link
from cdp_bgservices.shipping.messages import Messages
from cdp_bgservices.shipping.pages import Page, read_page
from cdp_bgservices.shipping.progress import Progress, note_progress
from cdp_bgservices.shipping.sending import retry_ahead, send_page, take
from cdp_bgservices.shipping.terms import Terms
from cdp_bgservices.shipping.yielding import Yielding
from cdp_bgservices.store.pool import ask_interruptibly
from cdp_bgservices.store.protocol import Engine
from cdp_bgservices.store.trio_store import Store
from cdp_bgservices.tasks import only_error

TICK = 1.0
"""Seconds between two looks at the ledger, and between two notes of the place."""
PRUNE_EVERY = 60.0
"""Seconds between two looks at what is past retention over there."""


class ReconnectedError(Exception):
    """The engine has made its connection again by itself: it may be to another server than before."""


class Shipment:
    """``reader`` is a connection to the spool that nothing else uses."""

    def __init__(self, spool: Store, reader: Engine, link: Link, progress: Progress, messages: Messages) -> None:
        self.spool = spool
        self.reader = reader
        self.link = link
        self.progress = progress
        self.messages = messages
        self.ledgers = LedgerSender()
        self.reconnects = link.engine.reconnects
        self.looked_at = self.noted_at = self.pruned_at = -math.inf
        self.noted = -1
        self.shipped = 0
        self.yielding = Yielding(partial(ask_interruptibly, reader, last_commit))

    def begin(self, terms: Terms) -> None:
        """A failover may have forgotten what was acknowledged last: go back to before that."""
        self.progress.store, self.progress.url = terms.identity, self.link.engine.url
        self.follow_terms(terms)
        self.progress.go_back()
        self.ledgers = LedgerSender()

    def follow_terms(self, terms: Terms) -> None:
        self.progress.note_deletions(terms.deletions)
        self.progress.skew = terms.skew.total_seconds()

    async def send(self, *, everything: bool) -> None:
        """What is in the spool by now; the ledger too, if it is its time. Raises StoreError."""
        is_due = everything or trio.current_time() >= self.looked_at + TICK
        ledger = None
        if is_due:
            self.looked_at = trio.current_time()
            ledger = await ask_interruptibly(self.reader, read_ledger)
        retry_ahead(self.progress, self.link.engine.clock())
        page: Page | None = await self.read_page(self.progress.place)
        while page is not None:
            if not everything:
                await self.yielding.wait()
            page = await self.send_and_read(page)
        # Events whose day has not come are not over there, and the ledger vouches for them.
        if ledger is not None and self.progress.ahead is None:
            await self.link.ask(partial(self.ledgers.send, ledger=ledger, skew=self.skew))

    async def read_page(self, after: int) -> Page:
        return await ask_interruptibly(self.reader, partial(read_page, after=after))

    async def send_and_read(self, page: Page) -> Page | None:
        """Send a page, and read the next one while the server stores that; None if there was nothing more."""
        if not page.more:
            await self.send_page(page)
            return None
        following: list[Page] = []

        async def read() -> None:
            following.append(await self.read_page(page.cursor))

        try:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(read)
                await self.send_page(page)
        except BaseExceptionGroup as group:
            raise only_error(group) from None
        return following[0]

    async def send_page(self, page: Page) -> None:
        if page.is_empty:
            self.progress.place = page.cursor
            return
        outcome = await self.link.ask(partial(send_page, page=page))
        if self.link.engine.reconnects != self.reconnects:
            raise ReconnectedError
        refused = take(self.progress, page, outcome, self.spool.clock())
        self.shipped += outcome.stored
        if refused:
            self.messages.refuse(outcome.refused[0], refused)
        if outcome.too_old:
            self.messages.old(outcome.too_old, self.skew)
        if outcome.ahead:
            self.messages.ahead(len(outcome.ahead), self.skew)
        await self.note(TICK)

    async def prune(self) -> None:
        """The shared store has no process of its own that would do it. What is in use there goes the next time."""
        if trio.current_time() < self.pruned_at + PRUNE_EVERY:
            return
        self.pruned_at = trio.current_time()
        try:
            await self.link.ask(lambda far: far.prune())
        except StoreError as error:
            self.messages.keep(error)

    @property
    def skew(self) -> timedelta:
        return timedelta(seconds=self.progress.skew)

    async def note(self, every: float = 0.0) -> None:
        """The place, in the spool; not more often than that. What is sent twice after a kill changes nothing."""
        if self.noted != self.progress.place and trio.current_time() >= self.noted_at + every:
            self.noted_at, self.noted = trio.current_time(), self.progress.place
            await self.spool.write(partial(note_progress, progress=self.progress))


def last_commit(spool: Engine) -> int:
    return spool.cursor()
