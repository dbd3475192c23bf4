"""Every browser context of a browser: those that are there, and those that come."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from functools import partial
from logging import getLogger

import trio
from cdp import target as target_domain

from cdp_bgservices.browser import commands
from cdp_bgservices.browser.context_list import HIDDEN, read_contexts
from cdp_bgservices.browser.observer import Observer
from cdp_bgservices.browser.opening import Browser
from cdp_bgservices.browser.placing import OnPlace, pass_by
from cdp_bgservices.browser.profile_folders import Place
from cdp_bgservices.browser.profile_matching import Matching
from cdp_bgservices.browser.protocol import (
    Json,
    Message,
    ProtocolError,
    TargetCreated,
    TargetDestroyed,
    TargetInfo,
    decode_params,
)
from cdp_bgservices.browser.reception import Sink, ThrownSink
from cdp_bgservices.browser.settings import Settings
from cdp_bgservices.browser.targets import NothingShownError, unobservable
from cdp_bgservices.coverage.spans import DEFAULT, Sighting
from cdp_bgservices.errors import BrowserLostError, CommandError
from cdp_bgservices.tasks import open_tasks

log = getLogger(__name__)

CLOSING = 2.0
"""Seconds for a browser to have another default context, once the window of the one that it has is closed."""


class Observation:
    """Made by :func:`open_observation`: an observer for each browser context."""

    def __init__(
        self,
        browser: Browser,
        settings: Settings,
        sink: Sink,
        tasks: trio.Nursery,
        thrown_sink: ThrownSink | None = None,
        on_place: OnPlace = pass_by,
    ) -> None:
        self.browser = browser
        self.settings = settings
        self.sink = sink
        self.thrown_sink = thrown_sink
        self.tasks = tasks
        self.on_place = on_place
        self.matching = Matching(browser, settings.source)
        self.observers: dict[str, Observer] = {}
        self.added = trio.Event()
        """Set when another context is observed, and then replaced."""
        self.changed = trio.Event()
        """Set when a context came or went, what it records changed or one of its workers did; and then replaced."""
        self.forgotten = 0
        """Messages that made no sense, of contexts that were let go of."""
        self.default_context = ""
        """The profile that was used last; ``""`` where the browser does not tell it, or has none."""
        self.names_default = False
        """Whether it ever told which that is."""
        self.targets: dict[str, str] = {}
        """The context of each target that is not a hidden one."""
        self.targets_changed = trio.Event()
        self.is_stopping = False

    async def start(self) -> None:
        """Observe the contexts that are there; from now on also those that come.

        The first of the profiles is armed before any other: a context that comes later inherits its recording
        flags, and so records from its first moment, before it can be observed.

        Raises BrowserError where the browser has no background services to observe, or shows nothing to do so from.
        """
        root = self.browser.root
        contexts = await read_contexts(self.browser)
        self.default_context, self.names_default = contexts.default or "", bool(contexts.default)
        self.browser.made_contexts.update(contexts.made)
        self.tasks.start_soon(self.matching.run)
        if contexts.shown:
            await self.add(contexts.shown[0]).armed.wait()
            self.check_observed()
        root.listen()
        self.tasks.start_soon(self.watch)
        self.tasks.start_soon(self.watch_endings)
        for context_id in (*contexts.shown[1:], *contexts.made):
            self.add(context_id)
        await root.call(target_domain.set_discover_targets(discover=True))

    def check_observed(self) -> None:
        """Raises BrowserError where the profile that was used last cannot be observed, or nothing can."""
        first = self.observers.get(self.default_context) or next(iter(self.observers.values()), None)
        failure = first.failure if first else None
        if failure is not None:
            raise unobservable(failure) from failure
        if all(observer.over.is_set() for observer in self.observers.values()) and not self.is_lost:
            raise NothingShownError

    @property
    def is_lost(self) -> bool:
        return self.browser.connection.lost.is_set()

    def add(self, context_id: str) -> Observer:
        observer = Observer(self.browser, context_id, self.settings, self.sink)
        observer.placing.find_place = partial(self.find_place, observer)
        observer.placing.on_place = self.on_place
        observer.reception.thrown_sink = self.thrown_sink
        observer.reception.on_change = self.note_change
        self.observers[context_id] = observer
        self.tasks.start_soon(self.see_through, observer)
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

    async def see_through(self, observer: Observer) -> None:
        await observer.run()
        self.matching.release(observer.context_id)
        self.note_change()
        if self.is_stopping or self.is_lost:
            return
        if observer.failure is not None and len(self.observers) > 1:
            log.warning("context %s cannot be observed: %s", observer.context_id, observer.failure)
        if observer.context_id in self.browser.made_contexts:
            return
        if not observer.stopping and await self.is_still_default(observer.context_id):
            # Whatever else there is, most of what happens is not seen any more.
            what = "its default context cannot be observed any more"
            self.browser.connection.give_up(BrowserLostError(what, "Open a window in it, or restart it."))
        elif not self.is_lost:
            self.say_closed(observer)

    def say_closed(self, observer: Observer) -> None:
        """That a profile has no window any more, or that nothing is left to observe from."""
        if observer.kind == DEFAULT and observer.place is not None:
            name = observer.place.source
            log.warning("%s has no window any more: what it does is stored once it is opened again", name)
        elif all(each.over.is_set() for each in self.observers.values()):
            log.warning("this browser has no page and no window any more: it is observed again once it has one")

    async def is_still_default(self, context_id: str) -> bool:
        """Whether a context that is over is the browser's default one, and remains so. Once its last window is closed,
        another one is.
        """
        with trio.move_on_after(CLOSING):
            while True:
                try:
                    told = await self.browser.root.call(commands.get_browser_contexts())
                except (CommandError, BrowserLostError):
                    return False
                if self.default_of(told) != context_id:
                    return False
                await trio.sleep(CLOSING / 10)
        return True

    def default_of(self, told: Json) -> str:
        """Browsers before 2025 do not tell: theirs is always the same, and has no name here or that of its page."""
        default = told.get("defaultBrowserContextId")
        self.names_default = self.names_default or default is not None
        return str(default or "") if self.names_default else self.default_context

    async def watch(self) -> None:
        """A context that comes is announced by its first target."""
        try:
            while True:
                for message in await self.browser.root.notifications():
                    self.note(message)
                self.targets_changed.set()
        except BrowserLostError:
            pass  # Each observer notices by itself.

    def note(self, message: Message) -> None:
        try:
            if message.method in ("Target.targetCreated", "Target.targetInfoChanged"):
                self.note_target(decode_params(message.params, TargetCreated).target_info)
            elif message.method == "Target.targetDestroyed":
                self.targets.pop(decode_params(message.params, TargetDestroyed).target_id, None)
            elif message.method == "Target.targetCrashed":
                self.note_crash(decode_params(message.params, TargetDestroyed).target_id)
        except ProtocolError as error:
            self.browser.connection.not_understood += 1
            log.warning("a message of the browser was not understood: %s", error)

    def note_target(self, info: TargetInfo) -> None:
        context_id = info.browser_context_id
        if not context_id or context_id in self.browser.own_contexts or info.type == HIDDEN:
            return
        crashed = self.browser.crashed_targets
        is_news = self.targets.get(info.target_id) != context_id or info.target_id in crashed
        self.targets[info.target_id] = context_id
        known = self.observers.get(context_id)
        if known is None or (known.over.is_set() and is_news):
            crashed.discard(info.target_id)  # It is loaded again.
            self.add(context_id).inherits_from = self.default_context
        elif info.type == "browser_ui":
            self.leave_hidden_target(known)

    def leave_hidden_target(self, observer: Observer) -> None:
        """It has a window now, and a hidden target of ours would be in its way when that closes."""
        session = observer.session
        if not self.browser.has_windows or observer.context_id in self.browser.made_contexts:
            return
        if session is not None and session.is_ours and not session.ended.is_set():
            session.give_up(BrowserLostError("it is observed from its window from now on"))

    def note_crash(self, target_id: str) -> None:
        """Its session stays and answers, but whether it observes is not certain: observe from another target."""
        self.browser.crashed_targets.add(target_id)
        for observer in self.observers.values():
            if observer.session is not None and observer.session.target_id == target_id:
                observer.session.give_up(BrowserLostError("the target crashed"))

    async def watch_endings(self) -> None:
        """Let go of contexts that are over: nobody says so, and a target of ours would keep their data alive.

        One that was made over the protocol is over when it is not listed any more: its workers may act without
        a page. Any other (another profile, an incognito window) is over with its last target.
        """
        try:
            while True:
                await self.targets_changed.wait()
                self.targets_changed = trio.Event()
                try:
                    told = await self.browser.root.call(commands.get_browser_contexts())
                except CommandError as error:
                    log.warning("which browser contexts there are is not known: %s", error)
                    continue
                made, listed = self.browser.made_contexts, set(told["browserContextIds"])
                made |= listed - self.browser.own_contexts
                self.default_context = self.default_of(told)
                alive = listed | (set(self.targets.values()) - made) | {self.default_context}
                for context_id, observer in list(self.observers.items()):
                    if context_id not in alive and not observer.over.is_set():
                        await observer.end()
        except BrowserLostError:
            pass

    @property
    def not_understood(self) -> int:
        """Messages of all contexts that made no sense."""
        return self.forgotten + sum(observer.reception.not_understood for observer in self.observers.values())

    async def sight(self) -> list[Sighting]:
        """What can be said of every service of every context now."""
        return [
            sighting
            for observer in list(self.observers.values())
            if observer.place is not None
            for sighting in await observer.sight()
        ]

    def ended(self) -> list[str]:
        """The contexts that are over, while the browser is still there."""
        if self.is_lost:
            return []
        return [context_id for context_id, observer in self.observers.items() if observer.over.is_set()]

    def forget(self, contexts: Iterable[str]) -> None:
        """Let go of the observers of contexts that are over."""
        for context_id in contexts:
            self.forgotten += self.observers.pop(context_id).reception.not_understood

    async def wait_replayed(self) -> None:
        """Until the contexts that are known now are observed and armed, and their stored events handed on."""
        for observer in list(self.observers.values()):
            await observer.replayed.wait()
        self.check_observed()

    async def stop(self, *, stop_recording: bool = False) -> None:
        """Observe no more, everything that came handed on. Recording goes on, unless told otherwise.

        It is switched off only where it was switched on here. A context that came later inherited its flags,
        so there it depends on what was switched on in the default context.
        """
        self.is_stopping = True
        async with trio.open_nursery() as stopping:  # At once: one that does not answer holds up no other.
            for observer in list(self.observers.values()):
                ours = self.switched_on(observer) if stop_recording else []
                stopping.start_soon(partial(observer.stop, stop_recording=ours))

    def switched_on(self, observer: Observer) -> list[str]:
        """The services that would not be recording there without us."""
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
    thrown_sink: ThrownSink | None = None,
    on_place: OnPlace = pass_by,
) -> AsyncIterator[Observation]:
    """Observe and arm every browser context until the body ends; ready when it begins.

    ``sink`` is handed every event, replayed and new, and ``thrown_sink`` what workers throw; they are awaited, and must
    not await the browser. ``on_place`` is called for each context, once it is known where its events are filed, and
    before the first of them.
    """
    async with open_tasks() as tasks:
        observation = Observation(browser, settings, sink, tasks, thrown_sink, on_place)
        await observation.start()
        await observation.wait_replayed()
        try:
            yield observation
        finally:
            browser.root.stop_listening()
