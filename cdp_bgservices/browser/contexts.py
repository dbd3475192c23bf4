"""All browser contexts of a browser: those that exist, and those that are added later."""

from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterable
from contextlib import asynccontextmanager
from functools import partial
from logging import getLogger

import trio
from cdp import target as target_domain

from cdp_bgservices.browser.context_list import read_contexts
from cdp_bgservices.browser.emulated_network import EmulatedNetwork
from cdp_bgservices.browser.observer import Observer
from cdp_bgservices.browser.open_contexts import OpenContexts
from cdp_bgservices.browser.opening import Browser
from cdp_bgservices.browser.placing import OnPlace, pass_by
from cdp_bgservices.browser.profile_folders import Place
from cdp_bgservices.browser.profile_matching import Matching
from cdp_bgservices.browser.reception import LearnedSink, Sink
from cdp_bgservices.browser.switching import Settings
from cdp_bgservices.browser.target_watch import TargetWatch
from cdp_bgservices.browser.targets import NothingShownError, unobservable
from cdp_bgservices.coverage.values import DEFAULT, Sighting
from cdp_bgservices.errors import BrowserLostError
from cdp_bgservices.tasks import open_tasks

log = getLogger(__name__)

OnEnd = Callable[[str], Awaitable[None]]
"""Called with a browser context's id."""


async def stay_silent(browser_context: str) -> None:
    """Do nothing."""


class Observation:
    """Made by :func:`open_observation`: an observer for each browser context."""

    def __init__(
        self,
        browser: Browser,
        settings: Settings,
        sink: Sink,
        tasks: trio.Nursery,
        learned_sink: LearnedSink | None = None,
        on_place: OnPlace = pass_by,
        on_end: OnEnd = stay_silent,
    ) -> None:
        self.browser = browser
        self.settings = settings
        self.sink = sink
        self.learned_sink = learned_sink
        self.tasks = tasks
        self.on_place = on_place
        self.on_end = on_end
        self.matching = Matching(browser, settings.source)
        self.observers: dict[str, Observer] = {}
        self.added = trio.Event()
        """Set when another context is observed, and then replaced."""
        self.changed = trio.Event()
        """Set when a context is added or ends, or its recording or one of its workers changes; and then replaced."""
        self.forgotten = 0
        """Messages that were not understood, in contexts that were forgotten."""
        self.targets = TargetWatch(browser, self.observers, self.add)
        self.emulation = EmulatedNetwork(browser, tasks)
        """Which contexts are offline for a test."""
        self.is_stopping = False

    async def start(self) -> None:
        """Observe the contexts that exist, and from now on those that are added.

        The first of the profiles is armed before any other: a context that is added later inherits its recording
        flags, and so records from its first moment, before it can be observed.

        Raises BrowserError where the browser has no background services, or no target to observe them from.
        """
        root = self.browser.root
        contexts = await read_contexts(self.browser)
        self.targets.begin(contexts)
        self.browser.made_contexts.update(contexts.made)
        self.tasks.start_soon(self.matching.run)
        if contexts.shown:
            await self.add(contexts.shown[0]).armed.wait()
            self.check_observed()
        root.listen()
        self.tasks.start_soon(self.targets.watch)
        self.tasks.start_soon(self.targets.watch_endings)
        for context_id in (*contexts.shown[1:], *contexts.made):
            self.add(context_id)
        await root.call(target_domain.set_discover_targets(discover=True))

    @property
    def default_context(self) -> str:
        return self.targets.default_context

    def check_observed(self) -> None:
        """Raises BrowserError where the profile that was used last cannot be observed, or nothing can."""
        first = self.observers.get(self.default_context) or next(iter(self.observers.values()), None)
        failure = first.failure if first else None
        if failure is not None:
            raise unobservable(failure) from failure
        if all(observer.over.is_set() for observer in self.observers.values()) and not self.browser.is_lost:
            raise NothingShownError

    def open(self, only: Collection[str] | None = None) -> OpenContexts:
        """The contexts that are open now, or those of them that are in ``only``."""
        return OpenContexts(each for id_, each in list(self.observers.items()) if only is None or id_ in only)

    async def for_each(
        self, act: Callable[[str], Awaitable[None]], task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED
    ) -> None:
        """Call ``act`` once with the id of each context, until cancelled. Started after the contexts that are open."""
        seen: set[str] = set()
        while True:
            added = self.added
            for context_id in self.open().ids:
                if context_id not in seen:
                    seen.add(context_id)
                    await act(context_id)
            task_status.started()
            task_status = trio.TASK_STATUS_IGNORED
            await added.wait()

    def add(self, context_id: str) -> Observer:
        observer = Observer(self.browser, context_id, self.settings, self.sink)
        observer.placing.find_place = partial(self.find_place, observer)
        observer.placing.on_place = self.on_place
        observer.reception.learned_sink = self.learned_sink
        observer.reception.on_change = self.note_change
        self.observers[context_id] = observer
        self.tasks.start_soon(self.supervise, observer)
        added, self.added = self.added, trio.Event()
        added.set()
        self.note_change()
        return observer

    async def find_place(self, observer: Observer) -> Place | None:
        contexts = await read_contexts(self.browser)
        self.browser.made_contexts.update(contexts.made)
        place = self.matching.place_at_once(observer.context_id, contexts)
        if place is None:
            self.matching.watch(observer)
        return place

    def note_change(self) -> None:
        changed, self.changed = self.changed, trio.Event()
        changed.set()

    async def supervise(self, observer: Observer) -> None:
        await observer.run()
        self.matching.release(observer.context_id)
        self.note_change()
        if self.is_stopping or self.browser.is_lost:
            return
        if observer.failure is not None and len(self.observers) > 1:
            log.warning("context %s cannot be observed: %s", observer.context_id, observer.failure)
        if observer.failure is None and observer.place is not None:
            await self.on_end(observer.context_id)
        if observer.context_id in self.browser.made_contexts:
            return
        if not observer.switching.stopping and await self.targets.is_still_default(observer.context_id):
            # Other contexts may remain, but most of what happens would be missed.
            what = "its default context cannot be observed any more"
            self.browser.connection.give_up(BrowserLostError(what, "Open a window in it, or restart it."))
        elif not self.browser.is_lost:
            self.say_closed(observer)

    def say_closed(self, observer: Observer) -> None:
        """Warn that a profile has no window any more, or that no target is left to observe from."""
        if observer.kind == DEFAULT and observer.place is not None:
            name = observer.place.source
            log.warning("%s has no open window: its events are stored once it is opened again", name)
        elif all(each.over.is_set() for each in self.observers.values()):
            log.warning("this browser has no open page and no window: it is observed again once it has one")

    @property
    def not_understood(self) -> int:
        return self.forgotten + sum(observer.reception.not_understood for observer in self.observers.values())

    async def sight(self) -> list[Sighting]:
        """What is known now about every service of every context."""
        return [
            sighting
            for observer in list(self.observers.values())
            if observer.place is not None
            for sighting in await observer.sight()
        ]

    def ended(self) -> list[Observer]:
        """The observers of contexts that have ended, while the browser is still connected."""
        return [] if self.browser.is_lost else [each for each in self.observers.values() if each.over.is_set()]

    def forget(self, ended: Iterable[Observer]) -> list[str]:
        """Drop these, and which contexts they are of: not of one that is observed again since."""
        gone = [each for each in ended if self.observers.get(each.context_id) is each]
        for observer in gone:
            del self.observers[observer.context_id]
            self.forgotten += observer.reception.not_understood
        return [each.context_id for each in gone]

    async def wait_replayed(self) -> None:
        """Wait until the contexts that are known now are observed and armed, and their stored events handed on."""
        for observer in list(self.observers.values()):
            await observer.replayed.wait()
        self.check_observed()

    async def stop(self, *, stop_recording: bool = False) -> None:
        """Stop observing, after everything received is handed on. The browser goes on recording by default.

        It is switched off only where it was switched on here. A context that came later inherited its flags,
        so there it depends on what was switched on in the default context.
        """
        self.is_stopping = True
        async with trio.open_nursery() as stopping:  # Together: one that does not answer does not hold up the others.
            for observer in list(self.observers.values()):
                ours = self.switched_on(observer) if stop_recording else []
                stopping.start_soon(partial(observer.stop, stop_recording=ours))

    def switched_on(self, observer: Observer) -> list[str]:
        """The services that record in this context because we switched them on."""
        origin = self.observers.get(observer.inherits_from)
        inherited = origin.recordings if origin is not None and observer.kind != DEFAULT else {}
        return [
            service
            for service, recording in observer.recordings.items()
            if not recording.was_recording or (service in inherited and not inherited[service].was_recording)
        ]


@asynccontextmanager
async def open_observation(
    browser: Browser,
    settings: Settings,
    sink: Sink,
    learned_sink: LearnedSink | None = None,
    on_place: OnPlace = pass_by,
    on_end: OnEnd = stay_silent,
) -> AsyncIterator[Observation]:
    """Observe and arm all browser contexts until the body ends. They are ready when it begins.

    ``sink`` is called with all events, replayed and new, and ``learned_sink`` with what is learned of them: what the
    workers throw, and the details of notifications. They are awaited, and must not await the browser. ``on_place`` is
    called for each context once it is known where its events are filed, before the first of them, and ``on_end`` when
    it is over, after the last of them.
    """
    async with open_tasks() as tasks:
        observation = Observation(browser, settings, sink, tasks, learned_sink, on_place, on_end)
        await observation.start()
        await observation.wait_replayed()
        try:
            yield observation
        finally:
            browser.root.stop_listening()
