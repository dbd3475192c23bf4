"""Every browser context of a browser: those that are there, and those that come."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from functools import partial
from logging import getLogger

import trio
from cdp import target as target_domain

from cdp_bgservices.browser import commands
from cdp_bgservices.browser.calls import NoAnswerError
from cdp_bgservices.browser.observer import Observer, Settings, Sink, ThrownSink
from cdp_bgservices.browser.opening import Browser
from cdp_bgservices.browser.protocol import (
    Message,
    ProtocolError,
    TargetCreated,
    TargetDestroyed,
    TargetInfo,
    decode_params,
)
from cdp_bgservices.browser.workers import list_contexts
from cdp_bgservices.coverage.spans import DEFAULT, OTHER, Sighting
from cdp_bgservices.errors import BrowserError, BrowserLostError, CommandError
from cdp_bgservices.tasks import open_tasks

log = getLogger(__name__)

HIDDEN = "other"
"""The type of hidden targets, ours and other recorders'."""


class Observation:
    """Made by :func:`open_observation`: an observer for each browser context."""

    def __init__(
        self,
        browser: Browser,
        settings: Settings,
        sink: Sink,
        tasks: trio.Nursery,
        thrown_sink: ThrownSink | None = None,
    ) -> None:
        self.browser = browser
        self.settings = settings
        self.sink = sink
        self.thrown_sink = thrown_sink
        self.tasks = tasks
        self.observers: dict[str, Observer] = {}
        self.added = trio.Event()
        """Set when another context is observed, and then replaced."""
        self.changed = trio.Event()
        """Set when a context came or went, what it records changed or one of its workers did; and then replaced."""
        self.forgotten = 0
        """Messages that made no sense, of contexts that were let go of."""
        self.default_context = ""
        self.made: set[str] = set()
        """Contexts that were made over the protocol."""
        self.targets: dict[str, str] = {}
        """The context of each target that is not a hidden one."""
        self.targets_changed = trio.Event()

    async def start(self) -> None:
        """Observe the contexts that are there; from now on also those that come.

        The default context is armed before any other: a context that comes later inherits its recording
        flags, and so records from its first moment, before it can be observed.

        Raises BrowserError where the browser has no background services to observe.
        """
        root = self.browser.root
        self.default_context, *made = await list_contexts(self.browser)
        default = self.add(self.default_context)
        await default.armed.wait()
        self.check_default()
        root.listen()
        self.tasks.start_soon(self.watch)
        self.tasks.start_soon(self.watch_endings)
        self.made.update(made)
        for context_id in made:
            self.add(context_id)
        await root.call(target_domain.set_discover_targets(discover=True))

    def check_default(self) -> None:
        """Raises BrowserError where the default context cannot be observed: then nothing can."""
        failure = self.observers[self.default_context].failure
        if isinstance(failure, NoAnswerError):
            raise failure
        if failure is not None:
            raise BrowserError(
                f"this browser's background services cannot be observed: {failure}",
                "It takes a full Chromium, Chrome or Edge, 116 or later.",
            ) from failure

    def add(self, context_id: str) -> Observer:
        kind = DEFAULT if context_id == self.default_context else OTHER
        observer = Observer(self.browser, context_id, self.settings, self.sink, kind=kind)
        observer.thrown_sink = self.thrown_sink
        observer.on_change = self.note_change
        self.observers[context_id] = observer
        self.tasks.start_soon(self.see_through, observer)
        added, self.added = self.added, trio.Event()
        added.set()
        self.note_change()
        return observer

    def note_change(self) -> None:
        changed, self.changed = self.changed, trio.Event()
        changed.set()

    async def see_through(self, observer: Observer) -> None:
        await observer.run()
        self.note_change()
        if observer.context_id == self.default_context:
            if not observer.stopping:  # Whatever else there is, most of what happens is not seen any more.
                self.browser.connection.give_up(BrowserLostError("its default context cannot be observed any more"))
        elif observer.failure is not None:
            log.warning("context %s cannot be observed: %s", observer.context_id, observer.failure)

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
            if message.method == "Target.targetCreated":
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
        self.targets[info.target_id] = context_id
        known = self.observers.get(context_id)
        if known is None or known.over.is_set():
            self.add(context_id).inherited = True

    def note_crash(self, target_id: str) -> None:
        """Its session stays and answers, but whether it observes is not certain: observe from another target."""
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
                listed = set(told["browserContextIds"])
                self.made |= listed
                alive = listed | (set(self.targets.values()) - self.made) | {self.default_context}
                for context_id, observer in list(self.observers.items()):
                    if context_id not in alive and not observer.over.is_set():
                        await observer.end()
        except BrowserLostError:
            pass

    @property
    def not_understood(self) -> int:
        """Messages of all contexts that made no sense."""
        return self.forgotten + sum(observer.not_understood for observer in self.observers.values())

    async def sight(self) -> list[Sighting]:
        """What can be said of every service of every context now."""
        return [sighting for observer in list(self.observers.values()) for sighting in await observer.sight()]

    def ended(self) -> list[str]:
        """The contexts that are over, but for the default one."""
        return [
            context_id
            for context_id, observer in self.observers.items()
            if observer.over.is_set() and context_id != self.default_context
        ]

    def forget(self, contexts: Iterable[str]) -> None:
        """Let go of the observers of contexts that are over."""
        for context_id in contexts:
            self.forgotten += self.observers.pop(context_id).not_understood

    async def wait_replayed(self) -> None:
        """Until the contexts that are known now are observed and armed, and their stored events handed on."""
        for observer in list(self.observers.values()):
            await observer.replayed.wait()
        self.check_default()

    async def stop(self, *, stop_recording: bool = False) -> None:
        """Observe no more, everything that came handed on. Recording goes on, unless told otherwise.

        It is switched off only where it was switched on here. A context that came later inherited its flags,
        so there it depends on what was switched on in the default context.
        """
        async with trio.open_nursery() as stopping:  # At once: one that does not answer holds up no other.
            for observer in list(self.observers.values()):
                ours = self.switched_on(observer) if stop_recording else []
                stopping.start_soon(partial(observer.stop, stop_recording=ours))

    def switched_on(self, observer: Observer) -> list[str]:
        """The services that would not be recording there without us."""
        default = self.observers[self.default_context].recordings
        return [
            service
            for service, recording in observer.recordings.items()
            if not recording.was_recording
            or (observer.inherited and service in default and not default[service].was_recording)
        ]


@asynccontextmanager
async def open_observation(
    browser: Browser, settings: Settings, sink: Sink, thrown_sink: ThrownSink | None = None
) -> AsyncIterator[Observation]:
    """Observe and arm every browser context until the body ends; ready when it begins.

    ``sink`` is handed every event, replayed and new, and ``thrown_sink`` what workers throw; they are awaited, and must
    not await the browser.
    """
    async with open_tasks() as tasks:
        observation = Observation(browser, settings, sink, tasks, thrown_sink)
        await observation.start()
        await observation.wait_replayed()
        try:
            yield observation
        finally:
            browser.root.stop_listening()
