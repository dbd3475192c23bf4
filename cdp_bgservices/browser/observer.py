"""One browser context: observed from a target that nobody sees, its recording switched on and kept on."""

from collections.abc import Awaitable, Callable, Collection, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from logging import getLogger

import msgspec
import trio
from cdp import service_worker
from cdp import target as target_domain

from cdp_bgservices.browser import commands
from cdp_bgservices.browser.calls import Call, NoAnswerError
from cdp_bgservices.browser.connection import Session
from cdp_bgservices.browser.opening import Browser
from cdp_bgservices.browser.protocol import Json, Message, ProtocolError, RecordingState, decode_params, parse_event
from cdp_bgservices.browser.registrations import Registrations
from cdp_bgservices.browser.targets import ContextGoneError, open_target
from cdp_bgservices.errors import BrowserError, BrowserLostError, CommandError
from cdp_bgservices.events import Event
from cdp_bgservices.tasks import open_tasks

log = getLogger(__name__)

RECORDING_LAPSES = timedelta(days=3)
"""Chromium's own: content/browser/devtools/devtools_background_services_context_impl.cc."""

CHUNK = 500
"""Notifications that are decoded at a time, before others have their turn."""

INVALID_PARAMETERS = -32602

STOP_LIMIT = 10.0
"""Seconds for each answer of a browser that is taken leave of: it goes on recording anyway."""

PATIENCE = (0.0, 0.05, 0.1, 0.2, 0.4, 0.8)
"""Seconds before a target that went away is replaced, the first time, the second time in a row, and so on."""

Sink = Callable[[Sequence[Event]], Awaitable[None]]


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What is observed, and how it is kept on."""

    source: str
    services: tuple[str, ...]
    arm: bool = True
    """Switch recording on; without it the browser is only listened to."""
    rearm: bool = True
    """Switch recording on again when somebody else has switched it off."""
    renew_every: timedelta = timedelta(hours=12)
    """How often recording is switched on anew, long before it lapses."""
    share_pages: bool = False
    """Observe from pages that are there: cheaper, where contexts come and go; and anew when such a page goes."""


class Recording(msgspec.Struct):
    """Whether one service of one context is recording."""

    is_recording: bool
    was_recording: bool
    """As it was found, before anything was switched on here."""


async def has_service(call: Call[Json]) -> bool:
    """Whether the browser took a command about a service; it may be older or newer than the six."""
    try:
        await call.result()
    except CommandError as error:
        if error.code != INVALID_PARAMETERS:
            raise
        return False
    return True


class Observer:
    """Made by :func:`cdp_bgservices.browser.contexts.open_observation`, one for each browser context."""

    def __init__(self, browser: Browser, context_id: str, settings: Settings, sink: Sink) -> None:
        self.browser = browser
        self.context_id = context_id
        self.settings = settings
        self.sink = sink
        self.watchers: list[Sink] = []
        """Who else is told of events, after the sink."""
        self.session: Session | None = None
        self.registrations = Registrations()
        self.recordings: dict[str, Recording] = {}
        self.armed_until: dict[str, datetime] = {}
        """When the browser would stop recording a service by itself, had this recorder gone away now."""
        self.armed = trio.Event()
        """Set once every service records."""
        self.replayed = trio.Event()
        """Set once every stored event has been handed on."""
        self.over = trio.Event()
        """Set when there is nothing more to observe: the context or the browser is gone."""
        self.failure: BrowserError | None = None
        """Why it could not be observed at all, where that is so."""
        self.not_understood = 0
        self.inherited = False
        """Whether the context came after the default one was armed, and so inherited its flags."""
        self.stopping = False
        self.running = trio.CancelScope()
        self.switched_off: set[str] = set()
        self.attention = trio.Event()
        self.handled = 0
        """Notifications of the present session that were handed on."""
        self.progress = trio.Event()

    async def run(self) -> None:
        """Observe until the context or the browser is gone; a target that goes away is replaced."""
        try:
            with self.running:
                await self.run_sessions()
        finally:
            for event in (self.armed, self.replayed, self.over):
                event.set()

    async def run_sessions(self) -> None:
        failures = 0
        while not self.stopping and not self.browser.connection.lost.is_set():
            await trio.sleep(PATIENCE[min(failures, len(PATIENCE) - 1)])
            started = trio.current_time()
            try:
                async with open_target(self.browser, self.context_id, share_pages=self.settings.share_pages) as session:
                    await self.observe(session)
            except ContextGoneError:
                return
            except NoAnswerError as error:
                if not self.replayed.is_set():
                    self.failure = error
                    return
                log.warning("context %s: %s; observing it anew", self.context_id, error)
            except BrowserLostError:
                pass  # The target is gone, or all is: the condition of the loop tells.
            except CommandError as error:
                if not self.armed.is_set():
                    self.failure = error
                    return
                log.warning("context %s: %s; observing it anew", self.context_id, error)
            failures = failures + 1 if trio.current_time() - started < 1 else 0

    async def end(self) -> None:
        """The context is over: hand on what came, and let go of the target."""
        await self.stop()
        self.running.cancel()

    async def observe(self, session: Session) -> None:
        """From a new session to its end. Raises BrowserLostError at the end, everything that came handed on."""
        session.listen()
        self.session = session
        self.handled = 0
        async with open_tasks() as tasks:
            tasks.start_soon(self.hand_on_all, session)
            try:
                await session.call(service_worker.enable())
                await self.arm(session)
                await self.wait_handed_on()
                self.replayed.set()
                await self.keep_armed(session)
            finally:
                if session.closed is not None:
                    await self.wait_handed_on()

    async def keep_armed(self, session: Session) -> None:
        """Renew the recording now and then, and whenever somebody switched it off, until the session ends."""
        if self.stopping:
            return
        while not session.ended.is_set():
            with trio.move_on_after(self.settings.renew_every.total_seconds()):
                await self.attention.wait()
            self.attention = trio.Event()
            due, self.switched_off = self.switched_off or set(self.armed_until), set()
            if not session.ended.is_set() and not self.stopping:
                await self.record(session, due)

    async def arm(self, session: Session) -> None:
        """Observe and record every service. It ends with the replay.

        The commands are sent together: the state that a service was found in, and its stored events, come
        before the reply to startObserving; that is also how it is known what was switched on here.
        """
        # The browser goes on recording without us: observing anew must not switch on what was left off.
        switch_on = self.settings.arm and (self.settings.rearm or not self.armed.is_set())
        observing: dict[str, Call[Json]] = {}
        recording: dict[str, Call[Json]] = {}
        for service in self.settings.services:
            observing[service] = await session.send(commands.start_observing(service), replay=True)
            if switch_on:
                recording[service] = await session.send(
                    commands.set_recording(service, should_record=True), replay=True
                )
        for service, call in recording.items():
            if await has_service(call):
                self.armed_until[service] = datetime.now(UTC) + RECORDING_LAPSES
        self.armed.set()
        for service, call in observing.items():
            if not await has_service(call):
                log.warning("this browser has no service %s", service)

    async def record(self, session: Session, services: Collection[str]) -> None:
        """Switch recording on (again), which also moves the moment at which it lapses."""
        for service in sorted(services):
            if not self.settings.rearm and service not in self.armed_until:
                continue  # Switched off by somebody just now.
            await session.call(commands.set_recording(service, should_record=True))
            self.armed_until[service] = datetime.now(UTC) + RECORDING_LAPSES

    async def hand_on_all(self, session: Session) -> None:
        """Hand events on as they come; keep what else is told. It never raises, and awaits no command."""
        try:
            while True:
                messages = await session.notifications()
                for start in range(0, len(messages), CHUNK):
                    await self.hand_on(messages[start : start + CHUNK])
                self.handled += len(messages)
                self.progress.set()
                self.progress = trio.Event()
        except BrowserLostError:
            self.attention.set()
        finally:
            # Also where it was cancelled, since the store has failed: nobody hands on what comes now.
            session.stop_listening()
            self.handled = session.received
            self.progress.set()

    async def wait_handed_on(self) -> None:
        """Until everything that has come so far is handed on."""
        if self.session is not None:
            due = self.session.received
            while self.handled < due:
                await self.progress.wait()

    async def hand_on(self, messages: Sequence[Message]) -> None:
        events: list[Event] = []
        for message in messages:
            try:
                match message.method:
                    case "BackgroundService.backgroundServiceEventReceived":
                        events.append(self.parse(message))
                    case "BackgroundService.recordingStateChanged":
                        state = decode_params(message.params, RecordingState)
                        self.note_state(state.service, state.is_recording)
                    case _:
                        self.registrations.note(message)
            except ProtocolError as error:
                self.not_understood += 1
                log.warning("a message of the browser was not understood: %s", error)
        if events:
            await self.sink(events)
            for watcher in self.watchers:
                await watcher(events)

    def parse(self, message: Message) -> Event:
        return parse_event(message.params, self.settings.source, self.context_id, self.registrations.scopes)

    def note_state(self, service: str, is_recording: bool) -> None:
        """The first state is the one that the service was found in; later ones are changes, a new session's too."""
        known = self.recordings.get(service)
        if known is None:
            self.recordings[service] = Recording(is_recording=is_recording, was_recording=is_recording)
            return
        if known.is_recording and not is_recording and self.armed_until and not self.stopping:
            again = self.settings.rearm
            log.warning(
                "recording of %s was switched off by somebody else, or lapsed%s",
                service,
                ": switching it on again" if again else "; it is left off",
            )
            self.armed_until.pop(service, None)
            if again:
                self.switched_off.add(service)
                self.attention.set()
        known.is_recording = is_recording

    async def settle(self) -> None:
        """Until everything that the browser has told of before this call is handed on, the replay first."""
        await self.replayed.wait()
        if self.session is not None:
            # The reply comes behind the events: both are the browser process's, on one session.
            with suppress(BrowserLostError, CommandError):
                await self.session.call(target_domain.get_target_info())
            await self.wait_handed_on()

    async def stop(self, *, stop_recording: Collection[str] = ()) -> None:
        """Hand on everything that came, and observe no more; switch off the recording of these services."""
        self.stopping = True
        session = self.session
        if session is None or session.ended.is_set():
            await self.over.wait()
            return
        with suppress(BrowserLostError, CommandError):
            for service in stop_recording:
                await session.call(commands.set_recording(service, should_record=False), limit=STOP_LIMIT)
            for service in self.recordings:
                await session.call(commands.stop_observing(service), limit=STOP_LIMIT)
        await self.wait_handed_on()
