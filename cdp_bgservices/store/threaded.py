"""The store for trio: the synchronous core in worker threads, one connection to write and one to read."""

from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import TypeVar

import trio

from cdp_bgservices.events import Event
from cdp_bgservices.query import Query
from cdp_bgservices.store.sqlite.deletion import disk_size
from cdp_bgservices.store.sqlite.engine import Database
from cdp_bgservices.store.sqlite.reading import POLL_INTERVAL
from cdp_bgservices.store.values import EVERYTHING, Account, Added, Known, Pruned, StoreStatistics
from cdp_bgservices.thrown import Thrown

T = TypeVar("T")


class Worker:
    """A Database that is used by one thread at a time."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.limiter = trio.CapacityLimiter(1)

    async def run(self, function: Callable[[Database], T]) -> T:
        """In a thread. Cancellation waits for its end, so that what became of a commit is known."""
        return await trio.to_thread.run_sync(function, self.database, limiter=self.limiter)

    async def run_steps(self, steps: Iterator[int]) -> int:
        """Their sum. Each step is made in a thread; other calls have their turn in between."""
        total = 0
        while (step := await self.run(lambda _: next(steps, None))) is not None:
            total += step
        return total


class SqliteStore:
    """A :class:`~cdp_bgservices.store.Store` in a SQLite file; reads do not hold up writes."""

    def __init__(self, writer: Database, reader: Database) -> None:
        self.writer = Worker(writer)
        self.reader = Worker(reader)
        self.path = writer.path
        self.url = writer.url
        self.committed = trio.Event()
        """Set at this object's next commit, and then replaced."""

    @property
    def retention(self) -> timedelta:
        """As it was when the store was last written to or read."""
        return self.writer.database.retention

    @property
    def redacts(self) -> bool:
        """As it was when the store was opened or last written to."""
        return self.writer.database.redacts

    async def set_redaction(self, on: bool) -> None:
        """Whether payloads are left out of what is added from now on, by whomever; what is there stays as it is."""
        await self.writer.run(lambda database: database.set_redaction(on))

    async def keep_run(self, source: str, numbers: Mapping[str, int]) -> None:
        """What the recorder of a source counted, in place of what the one before it did."""
        await self.writer.run(lambda database: database.keep_run(source, numbers))

    async def aclose(self) -> None:
        """Close both connections, even when cancelled."""
        with trio.CancelScope(shield=True):
            await self.reader.run(Database.close)
            await self.writer.run(Database.close)

    async def add(self, events: Sequence[Event], thrown: Sequence[Thrown] = ()) -> Added:
        """Store, in one transaction, those that are new and not past retention, and what workers threw."""
        added = await self.writer.run(lambda database: database.add(events, thrown))
        if added.stored or thrown:
            self.committed.set()
            self.committed = trio.Event()
        return added

    async def thrown(self, query: Query = EVERYTHING, *, after: int = 0, no_event: bool = False) -> list[Thrown]:
        """What workers threw, oldest first."""
        return await self.reader.run(lambda database: database.thrown(query, after=after, no_event=no_event))

    async def account(self, source: str, account: Account) -> None:
        """What a recorder of a source vouches for, in one transaction."""
        await self.writer.run(lambda database: database.account(source, account))

    async def known(self, source: str) -> Known:
        """What the recorders of a source have left for the next one."""
        return await self.reader.run(lambda database: database.known(source))

    def events(self, query: Query = EVERYTHING, *, after: int = 0) -> AsyncIterator[Event]:
        """Oldest first, of what is there when the first one is asked for; what came after a cursor, if one is given."""
        pages = self.reader.database.pages(query, after=after)
        return PageIterator(lambda: self.reader.run(lambda _: next(pages, None)))

    def follow(self, query: Query = EVERYTHING, *, after: int | None = None) -> AsyncIterator[Event]:
        """Events as they are committed, by whomever, from the cursor ``after`` or from now on, for ever."""
        return PageIterator(self.follower(query, after=after).next_page)

    def follower(self, query: Query = EVERYTHING, *, after: int | None = None) -> "SqliteFollower":
        """``follow`` a page at a time."""
        return SqliteFollower(self, query, after)

    async def cursor(self) -> int:
        """Where ``follow`` would begin now."""
        return await self.reader.run(Database.cursor)

    async def find(self, id_prefix: str) -> list[Event]:
        """The events whose id begins so; the first 50 of them by id."""
        return await self.reader.run(lambda database: database.find(id_prefix))

    async def stored(self, event: Event) -> Event | None:
        """The event as it is in the store, with its content or without."""
        return await self.reader.run(lambda database: database.stored(event))

    async def statistics(self) -> StoreStatistics:
        """How much there is of what."""
        return await self.reader.run(Database.statistics)

    async def clear(self, services: Collection[str] = ()) -> int:
        """Delete these services' events, or all; how many there were."""
        return await self.writer.run_steps(self.writer.database.clear_steps(services))

    async def prune(self) -> Pruned:
        """Delete what is past retention, and give its space back."""
        before = disk_size(self.path)
        events = await self.writer.run_steps(self.writer.database.prune_steps())
        return Pruned(events=events, bytes=max(0, before - disk_size(self.path)))


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


class SqliteFollower:
    """A :class:`~cdp_bgservices.store.Follower`: where one reader of new commits has come to."""

    def __init__(self, store: SqliteStore, query: Query, after: int | None) -> None:
        self.store = store
        self.query = query
        self.cursor = after
        self.version: int | None = None
        """The data version at which there was nothing more to read."""

    async def next_page(self) -> list[Event]:
        """Empty where nothing was committed for a while, or nothing that the query takes."""
        committed = self.store.committed
        if not await self.store.reader.run(self.caught_up):
            return await self.store.reader.run(self.read)
        with trio.move_on_after(POLL_INTERVAL):
            await committed.wait()
        return []

    def caught_up(self, database: Database) -> bool:
        """Whether nobody has committed anything since the last page came out short."""
        return self.version is not None and database.data_version() == self.version

    def read(self, database: Database) -> list[Event]:
        """The next page."""
        if self.cursor is None:
            self.cursor = database.cursor()
        # Asked for before the page is read: what is committed in between is then looked for once too often.
        version, last = database.data_version(), database.cursor()
        page, self.cursor = database.committed(self.query, self.cursor)
        self.version = version if self.cursor >= last else None
        return page
