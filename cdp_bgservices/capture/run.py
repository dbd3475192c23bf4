"""One capture, as far as it has come; what it stores is written to ``--output`` and kept for the verdicts."""

import os
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from io import FileIO
from pathlib import Path
from typing import Literal
from weakref import WeakSet

import msgspec
import trio

from cdp_bgservices.browser.activity import Activity
from cdp_bgservices.browser.opening import Browser
from cdp_bgservices.capture.crashes import Crashes
from cdp_bgservices.capture.lab import CaptureLab
from cdp_bgservices.capture.options import CaptureOptions
from cdp_bgservices.capture.phase import Phase
from cdp_bgservices.capture.stop_reason import Stop
from cdp_bgservices.contexts import BrowserContext
from cdp_bgservices.coverage.values import Coverage
from cdp_bgservices.errors import BrowserError, StoreError
from cdp_bgservices.events import Event
from cdp_bgservices.export import make_format
from cdp_bgservices.heartbeat import default_source
from cdp_bgservices.notices import Say
from cdp_bgservices.notification_details import DISPLAYED
from cdp_bgservices.query import Query
from cdp_bgservices.recorder import Recorder
from cdp_bgservices.statistics import Statistics
from cdp_bgservices.store.trio_store import Follower, Store
from cdp_bgservices.store.trio_store import Pages as StoredPages
from cdp_bgservices.thrown import Thrown, with_thrown

Beside = Callable[[Recorder], Awaitable[None]]
"""Runs for as long as a browser is recorded, once for each."""


class Pages(AsyncIterator[list[Event]]):
    """What a capture stores, a page at a time, until nothing more is stored: first what is there already, in the order
    of time, although it was replayed one service after the other.
    """

    def __init__(self, follower: Follower, finished: trio.Event) -> None:
        self.follower = follower
        self.finished = finished
        self.stored: StoredPages | None = None
        self.is_live = False
        self.replayed = 0
        """How many events were there already."""
        self.on_live: Callable[[int], None] = lambda replayed: None
        """Called behind the last of them."""

    async def next_stored(self) -> list[Event] | None:
        """None behind the last of those that are there already."""
        store, after = self.follower.store, self.follower.cursor
        assert after is not None
        if self.stored is None:
            self.stored = StoredPages(store, self.follower.query, after)
        page = await self.stored.next_page()
        if page is None:
            self.follower.cursor, self.is_live = self.stored.until, True
            self.on_live(self.replayed)
        else:
            self.replayed += len(page)
        return page

    async def next_page(self) -> list[Event] | None:
        """None at the end."""
        while not self.is_live:
            if page := await self.next_stored():
                return page
        while True:
            is_last = self.finished.is_set()
            if page := await self.follower.next_page():
                return page
            if is_last:
                return None

    async def __anext__(self) -> list[Event]:
        if (page := await self.next_page()) is None:
            raise StopAsyncIteration
        return page


class Recorded:
    """Events as they were stored, by the time of the browser's clock."""

    def __init__(self, options: CaptureOptions, started_at: datetime) -> None:
        self.options = options
        self.started_at = started_at
        self.has_come = False
        """Whether any event occurred during this capture, kept or not."""
        self.kept: list[Event] = []
        self.contexts: list[BrowserContext] = []
        """Of its browsers; once nothing more is stored."""
        self.coverage: list[Coverage] = []
        """Of its browsers; then, too."""
        self.thrown: list[Thrown] = []
        """What workers threw, oldest first; once nothing more is stored."""
        self.done = trio.Event()
        """Set once all of them were read."""
        self.is_moved = False
        """Whether the file of --output is to be opened again, before anything more is written."""

    @property
    def events(self) -> list[Event]:
        """Oldest first. Not what a replay brought from before this capture."""
        return sorted(self.kept, key=lambda event: event.timestamp)

    @property
    def is_until_seen(self) -> bool:
        """Whether the event of ``--until`` occurred, whatever stopped the capture: it may have been the last one."""
        return any((event.service, event.event_name) == self.options.until for event in self.kept)

    async def read_learned(self, store: Store, sources: tuple[str, ...]) -> None:
        """Also for the events that it belongs to, which may have been read before it was known. Raises StoreError."""
        if not self.options.keeps_events:
            return
        if any((event.service, event.event_name) == DISPLAYED for event in self.kept):
            query = Query(sources=sources, services=DISPLAYED[:1], event_names=DISPLAYED[1:], since=self.started_at)
            displayed = {event.id: event.details async for event in store.events(query)}
            self.kept = [
                msgspec.structs.replace(event, details=displayed.get(event.id, event.details)) for event in self.kept
            ]
        self.contexts = await store.contexts(sources)
        self.coverage = await store.ask(lambda engine: engine.coverage(sources))
        self.thrown = await store.thrown(Query(sources=sources, since=self.started_at))
        known = {event.id: event for event in self.kept}
        bare = {event.id for event in self.kept if not event.details}
        for each in self.thrown:
            if each.event_id in bare:
                event = known[each.event_id]
                known[event.id] = msgspec.structs.replace(event, details=with_thrown(event.details, each))
        self.kept = list(known.values())

    def keep(self, events: Sequence[Event]) -> None:
        """Those that the verdicts and the reports need."""
        new = [event for event in events if event.timestamp >= self.started_at]
        self.has_come = self.has_come or bool(new)
        until = self.options.until
        self.kept += [e for e in new if self.options.keeps_events or (e.service, e.event_name) == until]

    async def follow(self, pages: Pages) -> None:
        """Until nothing more is stored. Raises StoreError if --output cannot be written."""
        row, output = make_format("jsonl").row, self.options.output
        file = await trio.to_thread.run_sync(open_output, output) if output else None
        try:
            async for page in pages:
                self.keep(page)
                if output and self.is_moved:
                    self.is_moved = False
                    moved, file = file, await trio.to_thread.run_sync(partial(open_output, output, mode="ab"))
                    if moved:
                        moved.close()
                if file:
                    await trio.to_thread.run_sync(write_all, file, "".join(map(row, page)).encode())
        finally:
            if file:
                file.close()
            self.done.set()


class Run:
    """One capture, as far as it has come."""

    def __init__(self, options: CaptureOptions, store: Store, say: Say) -> None:
        self.options = options
        self.store = store
        self.say = say
        self.beside: Beside | None = None
        self.left_off: set[str] = set()
        """Services that are not switched on (again), in any browser that follows either."""
        self.stop = Stop()
        self.phase = Phase()
        self.crashes = Crashes(say)
        self.scope = trio.CancelScope()
        """Round everything that records; cancelled to stop at once."""
        self.ready = trio.Event()
        """Set once the first browser is recorded."""
        self.begun = trio.Event()
        """Set once the body of ``open_capture`` has begun after that."""
        self.usable = trio.Event()
        """Set once it has the permissions of the options, too."""
        self.finished = trio.Event()
        """Set once nothing more is stored."""
        self.over = trio.Event()
        """Set once nothing is left of browsers, lab and command."""
        self.error: BrowserError | None = None
        """Why there is no browser any more, where that is an error."""
        self.started_at = datetime.now(UTC)
        self.ready_at: datetime | None = None
        self.cursor = 0
        """Where the store's events begin that belong to this capture."""
        self.recorder: Recorder | None = None
        """The present one, or the last."""
        self.statistics = Statistics()
        """Of all recorders."""
        self.lab: CaptureLab | None = None
        self.first = ""
        """The first browser's own source."""
        self.sources: tuple[str, ...] = ()
        self.followers: WeakSet[Follower] = WeakSet()
        self.recorded = Recorded(options, self.started_at)
        self.status: int | None = None
        """The command's, once it has ended by itself."""
        self.opened = 0
        """Pages of ``--url`` that were loaded."""
        self.activities: list[Activity] = []
        """What other clients did in each of the browsers."""
        self.not_watched = ""
        """Why that could not be seen."""
        self.had_workers = False
        """Whether a browser had service workers when it began to be recorded."""

    def source_of(self, browser: Browser) -> str:
        """What the browser is called in the store. The name of ``--source`` is that of the first one's profile, and
        not of another that is found in its place later.
        """
        self.first = self.first or browser.source
        if self.options.source and browser.source == self.first:
            return self.options.source
        return default_source(browser, self.store)

    def add_source(self, source: str) -> None:
        """From now on what is stored of this source belongs to the capture, too."""
        if source not in self.sources:
            self.sources += (source,)
            for follower in self.followers:
                follower.query = self.mine(follower.query)

    def mine(self, query: Query) -> Query:
        return msgspec.structs.replace(query, sources=self.sources)

    def pages(self, query: Query | None = None) -> Pages:
        """What the recorders of this capture store, from its beginning."""
        return Pages(self.follower(query or Query(), after=self.cursor), self.finished)

    def follower(self, query: Query, *, after: int) -> Follower:
        """What they store after a cursor, a page at a time, without an end."""
        follower = self.store.follower(self.mine(query), after=after)
        self.followers.add(follower)
        return follower


def open_output(path: Path, mode: Literal["wb", "ab"] = "wb") -> FileIO:
    """Without a buffer: whenever the process is killed, every line that was handed on is in the file.

    Only the line that is written at that moment may be cut: the kernel ends a write at the border of a memory page.
    What is written is appended, also after another program has cut the file, as a rotation of logs does.
    """
    try:
        return open(path, mode, buffering=0, opener=append)
    except OSError as error:
        raise not_written(path, error) from error


def append(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_APPEND, 0o666)


def write_all(file: FileIO, data: bytes) -> None:
    try:
        while data:
            data = data[file.write(data) :]
    except OSError as error:
        raise not_written(Path(str(file.name)), error) from error


def not_written(path: Path, error: OSError) -> StoreError:
    return StoreError(f"{path} cannot be written: {error.strerror}", "Give another FILE, or make room.")
