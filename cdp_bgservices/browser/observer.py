"""One browser context: observed from a target that nobody sees, its recording switched on and kept on."""

from collections.abc import Awaitable, Callable, Collection, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from logging import getLogger

import trio
from cdp import service_worker
from cdp import target as target_domain

from cdp_bgservices.browser import commands
from cdp_bgservices.browser.calls import NoAnswerError
from cdp_bgservices.browser.connection import Session
from cdp_bgservices.browser.opening import Browser
from cdp_bgservices.browser.profile_folders import Place
from cdp_bgservices.browser.protocol import Message, ProtocolError, RecordingState, decode_params, parse_event
from cdp_bgservices.browser.registrations import Registrations, WorkerError
from cdp_bgservices.browser.settings import Settings
from cdp_bgservices.browser.switching import Switching
from cdp_bgservices.browser.targets import ContextGoneError, open_target
from cdp_bgservices.browser.throwing import Throwing
from cdp_bgservices.coverage.spans import OTHER, Sighting
from cdp_bgservices.errors import BrowserError, BrowserLostError, CommandError
from cdp_bgservices.events import Event
from cdp_bgservices.tasks import open_tasks
from cdp_bgservices.thrown import Thrown

log = getLogger(__name__)

CHUNK = 500
"""Notifications that are decoded at a time, before others have their turn."""

SCOPES_LIMIT = 2.0
"""Seconds that the list of registrations is waited for, without which an event has no scope."""

STOP_LIMIT = 5.0
"""Seconds for each answer of a browser that is taken leave of, unless its limit is shorter: it records on anyway."""

PATIENCE = (0.0, 0.05, 0.1, 0.2, 0.4, 0.8)
"""Seconds before a target that went away is replaced, the first time, the second time in a row, and so on."""

Sink = Callable[[Sequence[Event]], Awaitable[None]]
ThrownSink = Callable[[Sequence[Thrown]], Awaitable[None]]


async def pass_by(observer: "Observer") -> None:
    """Nobody wants to know."""


class Observer:
    """Made by :func:`cdp_bgservices.browser.contexts.open_observation`, one for each browser context."""

    def __init__(self, browser: Browser, context_id: str, settings: Settings, sink: Sink) -> None:
        self.browser = browser
        self.context_id = context_id
        self.settings = settings
        self.place: Place | None = Place(settings.source)
        """Where its events are filed; None while that is not known: then nothing is handed on."""
        self.find_place: Callable[[Observer], Awaitable[None]] = pass_by
        """Called before anything is observed. It may leave the place open, for :meth:`place_at`."""
        self.on_place: Callable[[Observer], Awaitable[None]] = pass_by
        """Called once the place is known, before anything is handed on."""
        self.found: Place | None = None
        """The place, as soon as it was found out."""
        self.hands_on = False
        """Whether events are handed on, or left to a replay that follows."""
        self.sink = sink
        self.watchers: list[Sink] = []
        """Who else is told of events, after the sink."""
        self.thrown_sink: ThrownSink | None = None
        """What is handed what workers threw, after the events that it belongs to."""
        self.on_change: Callable[[], None] = lambda: None
        """Called when the recording of a service, or a service worker, may have changed."""
        self.session: Session | None = None
        self.registrations = Registrations()
        self.throwing = Throwing(settings.source, context_id, self.registrations)
        self.early_errors: list[WorkerError] = []
        """What was thrown before the place was known: no replay brings it again."""
        self.switching = Switching(settings)
        self.armed = self.switching.armed
        self.arming = self.switching.arming
        self.recordings = self.arming.recordings
        self.armed_until = self.arming.armed_until
        self.replayed = trio.Event()
        """Set once every stored event has been handed on."""
        self.over = trio.Event()
        """Set when there is nothing more to observe: the context or the browser is gone."""
        self.failure: BrowserError | None = None
        """Why it could not be observed at all, where that is so."""
        self.not_understood = 0
        self.inherits_from = ""
        """The profile whose flags it inherited, as it came after that was armed; ``""`` where it did not."""
        self.said = ""
        """The last trouble that was told of."""
        self.running = trio.CancelScope()
        self.handled = 0
        """Notifications of the present session that were handed on."""
        self.progress = trio.Event()

    @property
    def kind(self) -> str:
        """Of the browser context."""
        return self.switching.kind

    @property
    def stopping(self) -> bool:
        """Whether it is about to end."""
        return self.switching.stopping

    def place_at(self, place: Place) -> None:
        """It is known now."""
        self.found = place
        self.switching.attention.set()

    async def begin(self) -> None:
        """The place is known: from now on events are handed on."""
        assert self.place is not None
        self.switching.kind = self.place.kind
        await self.on_place(self)
        self.throwing.source = self.place.source
        self.hands_on = True
        early, self.early_errors = self.early_errors, []
        if early and self.thrown_sink is not None:
            await self.thrown_sink([self.throwing.note_error(error) for error in early])

    def fail(self, error: BrowserError) -> None:
        """It cannot be observed, whatever the browser says."""
        self.failure = error
        self.running.cancel()

    async def run(self) -> None:
        """Observe until the context or the browser is gone; a target that goes away is replaced."""
        try:
            with self.running:
                await self.find_place(self)
                if self.place is not None:
                    await self.begin()
                await self.run_sessions()
        except BrowserLostError:
            pass
        except BrowserError as error:
            self.failure = error
        finally:
            if not self.replayed.is_set() and not self.browser.connection.lost.is_set():
                for service in self.settings.services:
                    self.arming.note_ended_unread(service)
            for event in (self.armed, self.replayed, self.over):
                event.set()

    async def run_sessions(self) -> None:
        failures = 0
        while not self.stopping and not self.browser.connection.lost.is_set():
            await trio.sleep(PATIENCE[min(failures, len(PATIENCE) - 1)])
            started = trio.current_time()
            try:
                async with open_target(self.browser, self.context_id, share_pages=self.settings.share_pages) as session:
                    if not self.stopping:
                        await self.observe(session)
            except ContextGoneError:
                return
            except (BrowserLostError, CommandError) as error:  # The target is gone, or all is, or it is refused.
                if self.is_hopeless(error):
                    self.failure = error
                    return
                self.say_anew(error, failures)
            failures = failures + 1 if trio.current_time() - started < 1 else 0

    def is_hopeless(self, error: BrowserError) -> bool:
        """Whether another attempt is of no use: none has ever gone so far, though the browser is there."""
        if isinstance(error, NoAnswerError):
            return not self.replayed.is_set()
        return isinstance(error, CommandError) and not self.armed.is_set()

    def say_anew(self, error: BrowserError, failures: int) -> None:
        """Not that a target went away, if that does not happen again and again; and the same only once."""
        is_usual = type(error) is BrowserLostError and failures < len(PATIENCE)
        if is_usual or str(error) == self.said or self.stopping or self.browser.connection.lost.is_set():
            return
        self.said = str(error)
        log.warning("context %s: %s; observing it anew", self.context_id, error)

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
                await self.wait_scopes(session)
                await self.switching.arm(session)
                if self.place is None:
                    await self.wait_placed(session)
                await self.wait_handed_on()
                self.replayed.set()
                self.arming.unobserved_since = None
                await self.switching.keep_armed(session)
            finally:
                self.arming.unobserved_since = self.arming.unobserved_since or datetime.now(UTC)
                # Whether it ended or we were cancelled: no more is taken in, and what came is handed on.
                session.close(BrowserLostError("it is not observed any more"))
                with trio.CancelScope(shield=True):
                    await self.wait_handed_on()

    async def wait_scopes(self, session: Session) -> None:
        """Until the browser has told its registrations: it does so after its reply, and events could overtake them."""
        with trio.move_on_after(SCOPES_LIMIT):
            while not self.registrations.told and not session.ended.is_set():
                await self.progress.wait()

    async def wait_placed(self, session: Session) -> None:
        """Until it is known where events are filed. What is switched on is recorded by the browser, and replayed then.

        Raises BrowserLostError where the session ends before that.
        """
        while self.found is None:
            if session.ended.is_set():
                raise BrowserLostError("it went away before its profile was known")
            again = await self.switching.wait_attention()
            await self.switching.switch_on(session, again - set(self.switching.withheld))
        self.place = self.found
        await self.begin()
        await self.switching.switch_on_withheld(session)
        for service in self.recordings:
            await session.call(commands.stop_observing(service))
            await (await session.send(commands.start_observing(service), replay=True)).result()

    async def set_recording(self, service: str, *, on: bool) -> None:
        """As somebody wishes who looks on; the browser has told the new state when it returns. Raises BrowserError."""
        await self.armed.wait()  # What has just come is about to be switched on.
        if self.session is None or self.over.is_set():
            return
        await self.session.call(commands.set_recording(service, should_record=on))
        await self.wait_handed_on()

    async def hand_on_all(self, session: Session) -> None:
        """Hand events on as they come, until the session is closed; keep what else is told. It awaits no command.

        It never raises, and is not cancelled: the sink takes what there is, or has failed and takes it for nothing.
        """
        try:
            with trio.CancelScope(shield=True):
                while True:
                    messages = await session.notifications()
                    for start in range(0, len(messages), CHUNK):
                        await self.hand_on(messages[start : start + CHUNK])
                    self.handled += len(messages)
                    self.progress.set()
                    self.progress = trio.Event()
        except BrowserLostError:
            self.switching.attention.set()
        finally:
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
        thrown: list[Thrown] = []
        changed = False
        # What is replayed is told again by each session, before it is observed; errors are never replayed.
        is_replayed = self.arming.unobserved_since is not None or not self.replayed.is_set()
        for message in messages:
            try:
                match message.method:
                    case "BackgroundService.backgroundServiceEventReceived":
                        if self.hands_on and self.place is not None:
                            events.append(self.parse(message, self.place.source))
                            thrown += self.throwing.note_event(events[-1], is_replayed=is_replayed)
                    case "BackgroundService.recordingStateChanged":
                        state = decode_params(message.params, RecordingState)
                        self.switching.note_state(state.service, is_recording=state.is_recording)
                        changed = True
                    case _:
                        error = self.registrations.note(message)
                        if error is not None and not self.hands_on:
                            self.early_errors.append(error)
                        elif error is not None:
                            thrown.append(self.throwing.note_error(error))
                        self.throwing.note_versions()
                        changed = True
            except ProtocolError as error:
                self.not_understood += 1
                log.warning("a message of the browser was not understood: %s", error)
        if changed:
            self.on_change()
        if events:
            await self.sink(events)
        if thrown and self.thrown_sink is not None:
            await self.thrown_sink(thrown)
        if events:
            for watcher in self.watchers:
                await watcher(events)

    def parse(self, message: Message, source: str) -> Event:
        return parse_event(message.params, source, self.context_id, self.registrations.scopes)

    async def settle(self) -> bool:
        """Until everything that the browser has told of before this call is handed on, the replay first.

        False where there is no session (any more) that could tell.
        """
        await self.replayed.wait()
        if self.session is None:
            return False
        # The reply comes behind the events: both are the browser process's, on one session.
        with suppress(BrowserLostError, CommandError):
            await self.session.call(target_domain.get_target_info())
        await self.wait_handed_on()
        return self.arming.unobserved_since is None

    async def sight(self) -> list[Sighting]:
        """What can be said of each service now; each interruption that is over is told of once."""
        ended = self.over.is_set() and self.kind == OTHER and not self.browser.connection.lost.is_set()
        told = ended or (self.arming.unobserved_since is None and await self.settle())
        return self.arming.sightings(self.settings.services, self.context_id, self.kind, is_observed=told)

    async def stop(self, *, stop_recording: Collection[str] = ()) -> None:
        """Hand on everything that came, and observe no more; switch off the recording of these services.

        In the middle of a replay its rest, however long, is left for the next time: the browser keeps it.
        """
        self.switching.stopping = True
        session, limit = self.session, min(STOP_LIMIT, self.browser.connection.answer_limit)
        if session is None or session.ended.is_set():
            with trio.move_on_after(limit):
                await self.over.wait()
            self.running.cancel()
            await self.over.wait()
            return
        with suppress(BrowserLostError, CommandError):
            switched_off = [
                await session.send(commands.set_recording(service, should_record=False), limit=limit)
                for service in stop_recording
            ]
            if session.replays:
                session.give_up(BrowserLostError("it was stopped in the middle of a replay"))
            for service, call in zip(stop_recording, switched_off, strict=True):
                await call.result()
                self.armed_until.pop(service, None)
            for service in self.recordings:
                await session.call(commands.stop_observing(service), limit=limit)
        await self.wait_handed_on()
