"""From a browser into a store: the only place where the two meet."""

from collections.abc import AsyncIterator, Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from logging import getLogger
from weakref import WeakSet

import msgspec
import trio

from cdp_bgservices.accounts import Accounts
from cdp_bgservices.browser.contexts import Observation, open_observation
from cdp_bgservices.browser.observer import Observer
from cdp_bgservices.browser.opening import Browser
from cdp_bgservices.browser.profile_folders import Place
from cdp_bgservices.browser.settings import Settings
from cdp_bgservices.coverage.values import DEFAULT
from cdp_bgservices.events import Event, Service
from cdp_bgservices.query import Query
from cdp_bgservices.statistics import Statistics
from cdp_bgservices.store.trio_store import Follower, PageIterator, Store
from cdp_bgservices.tasks import open_tasks
from cdp_bgservices.thrown import Thrown
from cdp_bgservices.writer import DRAIN_DEADLINE, Writer

log = getLogger(__name__)

PRUNE_EVERY = 60.0
"""Seconds between two looks for events that are past retention."""

ACCOUNT_EVERY = 60.0
"""Seconds between two entries of what is certain by now: a recorder that is killed leaves the last one."""


class Recorder:
    """Made by :func:`open_recorder`."""

    def __init__(self, browser: Browser, store: Store, source: str, statistics: Statistics | None = None) -> None:
        self.browser = browser
        self.store = store
        self.source = source
        self.cursor = 0
        self.sources: tuple[str, ...] = (source,)
        """Those of every profile that is recorded, or was; the first is that of the browser's first profile."""
        self.followers: WeakSet[Follower] = WeakSet()
        self.on_source: Callable[[str], None] = lambda source: None
        """Called when another profile is recorded, before the first of its events is stored."""
        self.accounts = Accounts(store, source)
        self.statistics = statistics or Statistics()
        self.before = msgspec.structs.replace(self.statistics)
        """What the recorders before this one have counted."""
        self.writer = Writer(store, self.statistics)
        self.observation: Observation | None = None
        self.stop_recording = False
        """Set it to switch the browser's recording off on the way out, where this recorder switched it on."""
        self.browser_ends = False
        """Set it where the browser is closed as soon as the recording has ended."""

    @property
    def contexts(self) -> list[str]:
        """The browser contexts that are observed, the profile that was used last first."""
        return [observer.context_id for observer in self.observers if not observer.over.is_set()]

    @property
    def observers(self) -> list[Observer]:
        """Of every browser context that is known, be it over."""
        return list(self.observation.observers.values()) if self.observation else []

    def is_profile(self, context_id: str) -> bool:
        """Whether it is a profile's own context, which may have events from before."""
        return any(observer.context_id == context_id and observer.kind == DEFAULT for observer in self.observers)

    @property
    def armed_until(self) -> datetime | None:
        """When the browser would stop recording the first service of a profile by itself, had we gone away now; of all
        contexts where no profile is recorded.
        """
        profiles = [observer for observer in self.observers if observer.kind == DEFAULT]
        return min((until for each in profiles or self.observers for until in each.armed_until.values()), default=None)

    def events(self, query: Query | None = None) -> AsyncIterator[Event]:
        """Events of this browser as they are stored, since the recorder was opened; it does not end.

        The store is the buffer between: a slow reader loses nothing, and holds up nobody.
        """
        return PageIterator(self.follower(query).next_page)

    def follower(self, query: Query | None = None, *, after: int | None = None) -> Follower:
        """The same, a page at a time, of profiles that are opened later, too; ``after`` another cursor, if given."""
        follower = self.store.follower(self.mine(query), after=self.cursor if after is None else after)
        self.followers.add(follower)
        return follower

    def mine(self, query: Query | None) -> Query:
        return msgspec.structs.replace(query or Query(), sources=self.sources)

    async def place(self, browser_context: str, place: Place) -> None:
        """A context is known, and its events come next."""
        source = place.source
        if source not in self.sources:
            self.sources += (source,)
            for follower in self.followers:
                follower.query = self.mine(follower.query)
            self.on_source(source)
        if place.kind == DEFAULT:
            await self.accounts.open_profile(browser_context, source)

    async def wait_event(self, query: Query) -> Event:
        """The first event that matches, from those stored since the recorder was opened."""
        async for event in self.events(query):
            return event
        raise AssertionError("following does not end")

    async def keep(self, events: Sequence[Event]) -> None:
        self.statistics.received += len(events)
        self.accounts.take(events)
        await self.writer.put(events)

    async def keep_thrown(self, thrown: Sequence[Thrown]) -> None:
        await self.writer.put(thrown)

    async def settle(self, browser_contexts: Collection[str] | None = None) -> None:
        """Until everything that the browser has told of before this call, in these contexts or in all, is stored."""
        for observer in self.observers:
            if browser_contexts is None or observer.context_id in browser_contexts:
                await observer.settle()
        await self.writer.wait_written()

    async def prune(self) -> None:
        while True:
            await self.store.prune()
            await trio.sleep(PRUNE_EVERY)

    async def account(self) -> None:
        """Write down what is certain by now, and what was counted. Raises StoreError."""
        if (observation := self.observation) is None:
            return
        # Before anything is asked: what happens meanwhile is vouched for the next time.
        moment, ended = datetime.now(UTC), observation.ended()
        sightings = await observation.sight()
        await self.writer.wait_written()
        if not self.writer.backlog.closed:
            await self.accounts.vouch(sightings, moment, self.registrations())
            self.statistics.gaps = self.before.gaps + self.accounts.gaps
        self.accounts.forget(ended)
        observation.forget(ended)
        self.count()
        await self.store.keep_run(self.source, msgspec.structs.asdict(self.statistics))

    def registrations(self) -> Iterator[tuple[str, Mapping[str, object]]]:
        """Of each browser context whose replay is through, where the browser has told of them."""
        for observer in self.observers:
            if observer.replayed.is_set() and observer.registrations.reported:
                yield observer.context_id, observer.registrations.registrations

    def count(self) -> None:
        """What is counted elsewhere."""
        told = self.browser.connection.not_understood + (self.observation.not_understood if self.observation else 0)
        self.statistics.not_understood = self.before.not_understood + told
        self.statistics.peak_backlog = max(self.before.peak_backlog, self.writer.backlog.peak)

    async def end(self, observation: Observation) -> None:
        """Hand on everything that came, store it, and vouch for it. Raises StoreError."""
        ended_at = datetime.now(UTC)
        await observation.stop(stop_recording=self.stop_recording)
        await self.writer.wait_written()
        if not self.writer.backlog.closed:
            await self.account()
            lost = self.browser_ends or self.browser.connection.lost.is_set()
            await self.accounts.close(ended_at, is_over=self.browser.is_temporary and lost)

    async def keep_account(self) -> None:
        while True:
            await trio.sleep(ACCOUNT_EVERY)
            await self.account()


@asynccontextmanager
async def open_recorder(
    browser: Browser,
    store: Store,
    *,
    services: Iterable[str] = tuple(Service),
    source: str | None = None,
    rearm: bool = True,
    left_off: set[str] | None = None,
    renew_every: timedelta = timedelta(hours=12),
    stop_recording: bool = False,
    share_pages: bool = False,
    statistics: Statistics | None = None,
) -> AsyncIterator[Recorder]:
    """Record until the body ends. When it begins, every context is observed and armed, its replay stored.

    Resource handling: at the end everything that was received is stored first. The browser goes on
    recording by itself, which is what lets nothing get lost until next time, unless ``stop_recording``.

    Without ``rearm`` what somebody else switches off is left off. ``left_off`` has these services: it changes as they
    do, and what is in it is not switched on, in contexts that come or by the next recorder that is given it.

    ``share_pages`` observes a browser context from a page of it that is there, without a hidden target of our own.
    ``statistics`` go on from those of a recorder before this one.

    Error handling: StoreError as soon as the store cannot be written; BrowserError where the browser cannot
    be observed. A browser that goes away later is no error here: ``browser.wait_lost()`` tells.
    """
    recorder = Recorder(browser, store, source or browser.source, statistics)
    recorder.cursor = await store.cursor()
    await recorder.accounts.open()
    recorder.stop_recording = stop_recording
    settings = Settings(
        source=recorder.source,
        services=tuple(services),
        rearm=rearm,
        left_off=set() if left_off is None else left_off,
        renew_every=renew_every,
        share_pages=share_pages,
    )
    async with open_tasks() as tasks:
        tasks.start_soon(recorder.writer.run)
        tasks.start_soon(recorder.prune)
        try:
            async with open_observation(
                browser, settings, recorder.keep, recorder.keep_thrown, recorder.place
            ) as observation:
                recorder.observation = observation
                await recorder.account()
                tasks.start_soon(recorder.keep_account)
                try:
                    yield recorder
                finally:
                    if recorder.stop_recording or not recorder.writer.backlog.closed:  # Else nobody stores any more.
                        with trio.move_on_after(DRAIN_DEADLINE, shield=True) as leaving:
                            await recorder.end(observation)
                        if leaving.cancelled_caught:
                            log.warning(
                                "not everything was stored within %g s: record again, the browser still has it",
                                DRAIN_DEADLINE,
                            )
                    recorder.count()
        finally:
            await recorder.writer.drain()
