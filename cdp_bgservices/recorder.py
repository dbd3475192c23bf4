"""From a browser into a store: the only module that knows both."""

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
from cdp_bgservices.browser.open_contexts import OpenContexts
from cdp_bgservices.browser.opening import Browser
from cdp_bgservices.browser.profile_folders import Place
from cdp_bgservices.browser.switching import Settings
from cdp_bgservices.context_log import BROWSER_ENDED, CLOSED, ContextLog
from cdp_bgservices.coverage.values import DEFAULT
from cdp_bgservices.events import Event, Service
from cdp_bgservices.heartbeat import Heartbeat, default_source
from cdp_bgservices.query import Query
from cdp_bgservices.statistics import Statistics
from cdp_bgservices.store.trio_store import Follower, PageIterator, Store
from cdp_bgservices.tasks import open_tasks
from cdp_bgservices.writer import DRAIN_DEADLINE, Writer

log = getLogger(__name__)

PRUNE_EVERY = 60.0
"""Seconds between two searches for expired events."""
SUM_UP_EVERY = 1.0
"""Seconds between two times at which it is looked for events that are in no sum yet."""

ACCOUNT_EVERY, IN_A_GAP = 60.0, 5.0
"""Seconds between two accounts: a recorder that is killed leaves the last one. While something is switched off, the gap
grows with each."""
TOGETHER = 0.2
"""Seconds for which more services may be switched, before an account is made of it."""


class Recorder:
    """Made by :func:`open_recorder`."""

    def __init__(self, browser: Browser, store: Store, source: str, statistics: Statistics | None = None) -> None:
        self.browser = browser
        self.store = store
        self.source = source
        self.cursor = 0
        self.sources: tuple[str, ...] = (source,)
        """The sources of all profiles that are or were recorded, the browser's first profile first."""
        self.followers: WeakSet[Follower] = WeakSet()
        self.on_source: Callable[[str], None] = lambda source: None
        """Called when a further profile is recorded, before its first event is stored."""
        self.accounts = Accounts(store, source)
        self.context_log = ContextLog(store, browser)
        self.heartbeat = Heartbeat(store, browser.identity)
        self.statistics = statistics or Statistics()
        self.before = msgspec.structs.replace(self.statistics)
        """The counters of the recorders before this one."""
        self.writer = Writer(store, self.statistics)
        self.observation: Observation | None = None
        self.accounting = trio.Lock()
        """One account is made at a time: each reports interruptions, and forgets contexts, that no other has."""
        self.accounted_at = trio.current_time()
        """When the last account was stored, on trio's clock."""
        self.stop_recording = False
        """Set it to switch off, at the end, what this recorder switched on."""
        self.browser_ends = False
        """Set it if the browser is closed as soon as the recording has ended."""

    @property
    def contexts(self) -> list[str]:
        """The observed browser contexts, the profile that was used last first."""
        return self.open_contexts().ids

    def open_contexts(self, only: Collection[str] | None = None) -> OpenContexts:
        """The browser contexts that are open, or those of them that are in ``only``."""
        return self.observation.open(only) if self.observation else OpenContexts(())

    @property
    def observers(self) -> list[Observer]:
        """The observers of all known browser contexts, including those that have ended."""
        return list(self.observation.observers.values()) if self.observation else []

    @property
    def armed_until(self) -> datetime | None:
        """When the browser would stop recording a first service, if the recorder ended now; of its profiles, if any."""
        profiles = [observer for observer in self.observers if observer.kind == DEFAULT]
        return min((until for each in profiles or self.observers for until in each.armed_until.values()), default=None)

    def events(self, query: Query | None = None) -> AsyncIterator[Event]:
        """Events as they are stored, since the recorder was opened, without an end. A slow reader loses nothing."""
        return PageIterator(self.follower(query).next_page)

    def follower(self, query: Query | None = None, *, after: int | None = None) -> Follower:
        """The same, a page at a time, including profiles that are opened later; ``after`` another cursor, if given."""
        follower = self.store.follower(self.mine(query), after=self.cursor if after is None else after)
        self.followers.add(follower)
        return follower

    def mine(self, query: Query | None) -> Query:
        return msgspec.structs.replace(query or Query(), sources=self.sources)

    async def place(self, browser_context: str, place: Place) -> None:
        """Called once a context is known, before its events."""
        source = place.source
        if source not in self.sources:
            self.sources += (source,)
            for follower in self.followers:
                follower.query = self.mine(follower.query)
            self.on_source(source)
        await self.context_log.add(browser_context, place)
        if place.kind == DEFAULT:
            await self.accounts.open_profile(browser_context, source)

    async def note_end(self, browser_context: str) -> None:
        """Called once a context is over, after its events."""
        ended_at = self.store.clock()
        await self.writer.wait_written()
        if not self.writer.backlog.closed:
            await self.context_log.end([browser_context], CLOSED, ended_at)

    async def name_context(self, browser_context: str, name: str) -> None:
        """What people call it, such as the test that made it. Raises StoreError."""
        await self.context_log.name(browser_context, name)

    async def wait_event(self, query: Query) -> Event:
        """The first matching event of those stored since the recorder was opened."""
        async for event in self.events(query):
            return event
        raise AssertionError("following does not end")

    async def keep(self, events: Sequence[Event]) -> None:
        self.statistics.received += len(events)
        self.accounts.take(events)
        await self.writer.put(events)

    async def settle(self, browser_contexts: Collection[str] | None = None) -> None:
        """Wait until all events that the browser reported before this call, in these contexts or in all, are stored."""
        if self.observation is not None:  # One that was just made may not be known yet.
            await self.observation.targets.settle()
        for observer in self.observers:
            if browser_contexts is None or observer.context_id in browser_contexts:
                await observer.settle()
        await self.writer.wait_written()

    async def wait_learned(self, browser_contexts: Collection[str] | None = None) -> None:
        """Wait until the details of all notifications that the browser has displayed by now are stored."""
        for observer in self.observers:
            if browser_contexts is None or observer.context_id in browser_contexts:
                await observer.learning.wait_read()
        await self.writer.wait_written()

    async def prune(self) -> None:
        while True:
            await self.store.prune()
            await trio.sleep(PRUNE_EVERY)

    async def sum_up(self) -> None:
        while True:
            await self.store.sum_up(self.writer.wait_idle)
            await trio.sleep(SUM_UP_EVERY)

    async def account(self) -> None:
        """Store what is certain by now, and the counters. Raises StoreError."""
        if self.observation is not None:
            async with self.accounting:
                await self.account_for(self.observation)

    async def account_for(self, observation: Observation) -> None:
        # Taken before the requests: later events belong to the next account.
        moment, ended = datetime.now(UTC), observation.ended()
        sightings = await observation.sight()
        await self.writer.wait_written()
        if not self.writer.backlog.closed:
            await self.accounts.vouch(sightings, moment, self.registrations())
            self.statistics.gaps = self.before.gaps + self.accounts.gaps
        self.accounts.forget(observation.forget(ended))
        self.count()
        await self.store.keep_run(self.source, msgspec.structs.asdict(self.statistics))
        await self.context_log.note()
        if await self.heartbeat.beat(self.sources):
            await self.context_log.end_former(self.sources)
        self.accounted_at = trio.current_time()

    def registrations(self) -> Iterator[tuple[str, Mapping[str, object]]]:
        """Those of each browser context whose replay has ended, if the browser has reported them."""
        for observer in self.observers:
            if observer.replayed.is_set() and observer.registrations.reported:
                yield observer.context_id, observer.registrations.registrations

    def count(self) -> None:
        """Add the counters of the connection and the writer."""
        invalid = self.browser.connection.not_understood + (self.observation.not_understood if self.observation else 0)
        self.statistics.not_understood = self.before.not_understood + invalid
        self.statistics.peak_backlog = max(self.before.peak_backlog, self.writer.backlog.peak)

    async def end(self, observation: Observation) -> None:
        """Store everything that was received, and write the last account. Raises StoreError."""
        ended_at = datetime.now(UTC)
        await observation.stop(stop_recording=self.stop_recording)
        await self.writer.wait_written()
        if not self.writer.backlog.closed:
            await self.account()
            # One that was attached to may go on, although the connection was lost.
            is_started = self.browser.process is not None
            is_over = is_started and (self.browser_ends or self.browser.connection.lost.is_set())
            is_temporary = self.browser.is_temporary
            if is_over:
                await self.context_log.end_all(BROWSER_ENDED, self.store.clock(), is_temporary=is_temporary)
            await self.accounts.close(ended_at, is_over=is_over, are_profiles_over=is_over and is_temporary)
            await self.heartbeat.beat(self.sources, is_over=True)

    async def keep_account(self) -> None:
        while True:
            interrupted = self.interrupted()
            with trio.move_on_after(IN_A_GAP if interrupted else ACCOUNT_EVERY):
                await self.wait_switched(interrupted)
                await trio.sleep(TOGETHER)
            await self.account()

    def interrupted(self) -> set[tuple[str, str]]:
        """The contexts, and the services that are switched off there."""
        return {(each.context_id, service) for each in self.observers for service in each.arming.interrupted}

    async def wait_switched(self, known: set[tuple[str, str]]) -> None:
        """Until more or less is switched off than is known."""
        while self.observation is not None and self.interrupted() == known:
            await self.observation.changed.wait()


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
    """Record until the body ends. When it begins, every context that was open is observed and armed, its replay is
    stored, and its profile is accounted for. This waits until it is known which profile each window belongs to, and
    until the browser has reported its service workers; if it never does, it is not certain what was recorded.

    At the end everything that was received is stored. The browser goes on recording by itself, so that nothing is lost
    until the next recording, unless ``stop_recording`` is set.

    Without ``rearm``, a service that another client switches off stays off, and is in ``left_off``. No later context,
    and no later recorder with the same set, switches it on. ``share_pages`` observes a browser context from one of its
    pages, without a hidden target. ``statistics`` continue those of an earlier recorder.

    Raises StoreError as soon as the store cannot be written, and BrowserError if the browser cannot be observed. A
    browser that goes away later is not an error: ``browser.wait_lost()`` returns then.
    """
    recorder = Recorder(browser, store, source or default_source(browser, store), statistics)
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
        tasks.start_soon(recorder.sum_up)
        try:
            async with open_observation(
                browser, settings, recorder.keep, recorder.writer.put, recorder.place, recorder.note_end
            ) as observation:
                recorder.observation = observation
                await recorder.account()
                tasks.start_soon(recorder.keep_account)
                try:
                    yield recorder
                finally:
                    # With a closed backlog nothing stores any more.
                    if recorder.stop_recording or not recorder.writer.backlog.closed:
                        with trio.move_on_after(DRAIN_DEADLINE, shield=True) as leaving:
                            await recorder.end(observation)
                        if leaving.cancelled_caught:
                            late = "not everything was stored within %g s: record again, the browser still has it"
                            log.warning(late, DRAIN_DEADLINE)
                    recorder.count()
        finally:
            await recorder.writer.drain()
