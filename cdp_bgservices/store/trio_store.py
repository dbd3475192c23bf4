"""The face of a store for trio: any Engine, in worker threads."""

from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta
from typing import TypeVar

import trio

from cdp_bgservices.contexts import BrowserContext
from cdp_bgservices.events import Event
from cdp_bgservices.learned import Learned
from cdp_bgservices.query import Query
from cdp_bgservices.store.commits import Commits
from cdp_bgservices.store.pool import Pool
from cdp_bgservices.store.presence import Presence
from cdp_bgservices.store.protocol import Engine
from cdp_bgservices.store.values import (
    EVERYTHING,
    POLL_INTERVAL,
    Account,
    Added,
    Committed,
    Known,
    Place,
    Pruned,
    StoreStatistics,
)
from cdp_bgservices.thrown import Thrown

T = TypeVar("T")


class Store:
    """Events, kept for a while from their own timestamps, each of them once. One connection writes; others, which are
    made when they are needed, read, and do not hold it up.

    Error handling: every method raises StoreError where the store cannot be read or written.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        """What writes; it is used by one thread at a time."""
        self.name = engine.name
        """What people call it: a path, or a host and a database."""
        self.url = engine.url
        """Where it is, without a password."""
        self.is_shared = engine.is_shared
        """Whether it is a server for many machines: see :attr:`~cdp_bgservices.store.protocol.Engine.is_shared`."""
        self.clock = engine.clock
        self.writing = trio.CapacityLimiter(1)
        self.pool = Pool(engine.reader)
        self.news = Commits(lambda: self.write(lambda engine: engine.version()), engine.stamp)

    @property
    def retention(self) -> timedelta:
        """How long an event is kept, as of the last write: a setting of the store, shared by all that open it."""
        return self.engine.retention

    @property
    def redacts(self) -> bool:
        """Whether payloads are left out of what is added; a setting of the store, too."""
        return self.engine.redacts

    async def aclose(self) -> None:
        """Close all connections, even when cancelled."""
        with trio.CancelScope(shield=True):
            await self.pool.aclose()
            await self.write(lambda engine: engine.close())

    def hurry(self) -> None:
        """The end of the store waits for nothing that can be done later."""

    # Writing

    async def write(self, change: Callable[[Engine], T]) -> T:
        """In a thread. Cancellation waits for its end, so that what became of a commit is known."""
        return await trio.to_thread.run_sync(change, self.engine, limiter=self.writing)

    async def change(self, change: Callable[[Engine], T]) -> T:
        """The same; who follows is woken."""
        try:
            return await self.write(change)
        finally:
            self.news.note()

    async def change_in_steps(self, steps: Iterator[int]) -> int:
        """Their sum. Each step is made in a thread; other calls have their turn in between."""
        total = 0
        while (step := await self.change(lambda _: next(steps, None))) is not None:
            total += step
        return total

    async def add(self, events: Sequence[Event], learned: Sequence[Learned] = ()) -> Added:
        """Store, in one transaction, those that are new and not past retention, and what was learned.

        What was learned comes with the event that it belongs to, or after it: the event's ``details`` have it then.
        """
        added = await self.write(lambda engine: engine.add(events, learned))
        if added.stored or learned:
            self.news.note()
        return added

    async def set_redaction(self, on: bool) -> None:
        """Whether payloads are left out of what is added from now on, by any recorder. Stored events do not change."""
        await self.change(lambda engine: engine.set_redaction(on))

    async def keep_run(self, source: str, numbers: Mapping[str, int]) -> None:
        """What the recorder of a source counted, in place of what the one before it did."""
        await self.write(lambda engine: engine.keep_run(source, numbers))

    async def keep_recorders(self, presences: Sequence[Presence]) -> None:
        """That recorders are at work, or have ended."""
        await self.write(lambda engine: engine.keep_recorders(presences))

    async def keep_contexts(self, contexts: Sequence[BrowserContext]) -> None:
        """What is known of browser contexts."""
        await self.change(lambda engine: engine.keep_contexts(contexts))

    async def account(self, source: str, account: Account) -> None:
        """What a recorder of a source is certain of, in one transaction. Who follows is woken by a gap."""
        is_gap = any(interval.state.is_gap for interval in account.intervals)
        await (self.change if is_gap else self.write)(lambda engine: engine.account(source, account))

    async def clear(self, services: Collection[str] = ()) -> int:
        """Delete these services' events, or all; how many there were."""
        return await self.change_in_steps(self.engine.clear_steps(services))

    async def prune(self) -> Pruned:
        """Delete what is past retention, and give its space back."""
        before = await self.write(lambda engine: engine.size())
        events = await self.change_in_steps(self.engine.prune_steps())
        return Pruned(events=events, bytes=max(0, before - await self.write(lambda engine: engine.size())))

    async def sum_up(self, wait_idle: Callable[[], Awaitable[None]]) -> None:
        """Prepare what readers will ask for, a little at a time, while nothing else is to be written."""
        steps = self.engine.sum_up_steps()
        step: int | None = 1
        while step:
            await wait_idle()
            step = await self.write(lambda _: next(steps, None))

    # Reading

    async def ask(self, question: Callable[[Engine], T]) -> T:
        """Ask an engine that cannot write, in a thread. Cancellation interrupts it."""
        return await self.pool.ask(question)

    def open_reader(self) -> AbstractAsyncContextManager[Engine]:
        """A connection for one caller, whose questions may take long: see ``ask_interruptibly``."""
        return self.pool.open_reader()

    async def prepare(self) -> None:
        """Learn what makes later answers quick, while nothing else is asked."""
        await self.ask(lambda engine: engine.prepare(self.pool.wait_quiet))

    async def known(self, source: str) -> Known:
        """What the recorders of a source have left for the next one."""
        return await self.ask(lambda engine: engine.known(source))

    async def recorders(self, since: datetime, sources: Collection[str] = ()) -> list[Presence]:
        """Those that were seen since a moment, the one that began first in front; of some sources, or of all."""
        return await self.ask(lambda engine: engine.recorders(since, sources))

    async def contexts(self, sources: Collection[str] = (), limit: int = -1) -> list[BrowserContext]:
        """The browser contexts of some sources, or of all: see :meth:`~cdp_bgservices.store.ledger.Ledger.contexts`."""
        return await self.ask(lambda engine: engine.contexts(sources, limit))

    async def thrown(self, query: Query = EVERYTHING, *, after: int = 0, no_event: bool = False) -> list[Thrown]:
        """What workers threw: see :meth:`~cdp_bgservices.store.protocol.Engine.thrown`."""
        return await self.ask(lambda engine: engine.thrown(query, after=after, no_event=no_event))

    async def find(self, id_prefix: str) -> list[Event]:
        """The events whose id begins so; the first 50 of them by id."""
        return await self.ask(lambda engine: engine.find(id_prefix))

    async def stored(self, event: Event) -> Event | None:
        """The event as it is in the store, with its content or without."""
        return await self.ask(lambda engine: engine.stored(event))

    async def statistics(self) -> StoreStatistics:
        """How much there is of what."""
        return await self.ask(lambda engine: engine.statistics())

    def events(self, query: Query = EVERYTHING, *, after: int = 0) -> AsyncIterator[Event]:
        """Oldest first, never past retention, in constant memory, of what is there when the first one is asked for;
        those committed after a cursor, if one is given.
        """
        return PageIterator(Pages(self, query, after).next_page)

    # Following

    async def cursor(self) -> int:
        """Where ``follow`` would begin now."""
        return await self.ask(lambda engine: engine.cursor())

    @property
    def commits(self) -> int:
        """The number of commits seen, by this object or by others."""
        return self.news.count

    async def wait_committed(
        self, seen: int, seconds: float = POLL_INTERVAL, every: float = POLL_INTERVAL, glance: float | None = None
    ) -> None:
        """Until ``commits`` is not ``seen`` any more, for some seconds at the most. What others have committed before
        this call is seen at once; later commits of others are looked for every ``every`` seconds. ``glance``: seconds
        between two glances at the file, which cost next to nothing; a change there is followed by such a look.
        """
        await self.news.wait(seen, seconds, every, glance)

    def follow(self, query: Query = EVERYTHING, *, after: int | None = None) -> AsyncIterator[Event]:
        """Events as they are committed by any process, from the cursor ``after`` or from now on; it does not end."""
        return PageIterator(self.follower(query, after=after).next_page)

    def follower(self, query: Query = EVERYTHING, *, after: int | None = None) -> "Follower":
        """``follow`` a page at a time."""
        return Follower(self, query, after)


class PageIterator(AsyncIterator[Event]):
    """The events of page after page. No generator: trio warns when one of those is left by a ``break``."""

    def __init__(self, next_page: Callable[[], Awaitable[list[Event] | None]]) -> None:
        self.next_page = next_page
        self.page: Iterator[Event] = iter(())

    async def __anext__(self) -> Event:
        while (event := next(self.page, None)) is None:
            page = await self.next_page()
            if page is None:
                raise StopAsyncIteration
            self.page = iter(page)
        return event


class Pages:
    """Where one reader of stored events has come to."""

    def __init__(self, store: Store, query: Query, after: int) -> None:
        self.store = store
        self.query = query
        self.after = after
        self.until: int | None = None
        """The last cursor of what is read: what is there when the first page is asked for."""
        self.place: Place | None = None
        self.is_over = False

    async def next_page(self) -> list[Event] | None:
        """None behind the last one."""
        if self.is_over:
            return None
        # What is kept here changes only once an answer has come: a cancelled call loses nothing.
        page, self.place = await self.store.ask(self.read)
        self.is_over = self.place is None
        return page

    def read(self, engine: Engine) -> tuple[list[Event], Place | None]:
        if self.until is None:
            self.until = engine.latest()
        return engine.next_page(self.query, self.place or Place(self.after, self.until))


class Follower:
    """Where one reader of new commits has come to."""

    def __init__(self, store: Store, query: Query, after: int | None) -> None:
        self.store = store
        self.query = query
        """What is looked for; it may be replaced, for what is committed from then on."""
        self.cursor = after
        self.seen: int | None = None
        """The store's commits when there was nothing more to read."""

    async def next_page(self) -> list[Event]:
        """What was committed since the last page; waits a little where there is nothing yet.

        Empty where there was nothing until the end of the wait, or nothing that the query takes: then nothing is left
        of what was committed before the call.
        """
        if self.seen is not None:
            await self.store.wait_committed(self.seen)
            if self.store.commits == self.seen:
                return []
        commits = self.store.commits
        found, self.cursor, more = await self.store.ask(self.read)
        self.seen = None if more else commits
        return [event for _, event in found]

    def read(self, engine: Engine) -> Committed:
        return engine.committed(self.query, engine.cursor() if self.cursor is None else self.cursor)
