"""What the sessions of one browser context report: events and errors, handed on in order."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from logging import getLogger

import trio

from cdp_bgservices.browser.connection import Session
from cdp_bgservices.browser.switching import Switching
from cdp_bgservices.errors import BrowserLostError
from cdp_bgservices.events import Event
from cdp_bgservices.learned import Learned
from cdp_bgservices.notification_details import DISPLAYED
from cdp_bgservices.protocol.messages import Message, ProtocolError, decode_params
from cdp_bgservices.protocol.registrations import Registrations, WorkerError
from cdp_bgservices.protocol.throwing import Throwing
from cdp_bgservices.protocol.wire_events import RecordingState, parse_event
from cdp_bgservices.thrown import Thrown

log = getLogger(__name__)

CHUNK = 500
"""Notifications that are decoded at a time, before other tasks run."""

SCOPES_LIMIT = 2.0
"""Seconds to wait for the list of registrations before a context is armed."""
LATE_SCOPES_LIMIT = 10.0
"""Seconds to wait for it after that: a profile that was just opened, on a busy machine, reads it slowly."""

Sink = Callable[[Sequence[Event]], Awaitable[None]]
LearnedSink = Callable[[Sequence[Learned]], Awaitable[None]]


class Reception:
    """Of one browser context, with one session after the other. It sends no command."""

    def __init__(self, browser_context: str, switching: Switching, sink: Sink) -> None:
        self.browser_context = browser_context
        self.switching = switching
        self.sink = sink
        self.watchers: list[Sink] = []
        """Further sinks of events, called after the first."""
        self.learned_sink: LearnedSink | None = None
        """The sink of what is learned of events, called after the events that it belongs to."""
        self.on_displayed: Callable[[Event, bool], None] = lambda event, is_replayed: None
        """Called when a notification was displayed, before its event is handed on."""
        self.on_change: Callable[[], None] = lambda: None
        """Called when the recording of a service, or a service worker, may have changed."""
        self.source: str | None = None
        """Where events are filed; None while that is unknown. Until then they are left to a later replay."""
        self.left_out = False
        """Whether the session has reported events that were left to a later replay."""
        self.needs_scopes = True
        """Whether the list of registrations is waited for, without which an event has no scope."""
        self.registrations = Registrations()
        self.throwing = Throwing("", browser_context, self.registrations)
        self.last_thrown: dict[str, datetime] = {}
        """When the last error of each registration was received."""
        self.early_errors: list[WorkerError] = []
        """What was thrown before the source was known: a replay does not repeat it."""
        self.not_understood = 0
        self.session: Session | None = None
        """The present one, or the last."""
        self.handled = 0
        """Notifications of the session that were handed on."""
        self.progress = trio.Event()
        """Set when some more were handed on, and then replaced."""

    def listen(self, session: Session) -> None:
        """Listen to a new session: from now on nothing that it reports is missed."""
        session.listen()
        self.session = session
        self.handled = 0
        self.left_out = False

    async def begin(self, source: str) -> None:
        """Hand events on from now on: it is known where they are filed."""
        self.source = self.throwing.source = source
        early, self.early_errors = self.early_errors, []
        if early and self.learned_sink is not None:
            await self.learned_sink([self.throwing.note_error(error, trio.current_time()) for error in early])

    async def hand_on_all(self, session: Session) -> None:
        """Hand events on as they come, and keep the other reports, until the session is closed. It awaits no command.

        It never raises, and is not cancelled: the sink takes what there is, or has failed and drops it.
        """
        try:
            with trio.CancelScope(shield=True):
                while True:
                    messages = await session.notifications()
                    for start in range(0, len(messages), CHUNK):
                        await self.hand_on(messages[start : start + CHUNK])
                    self.handled += len(messages)
                    self.note_progress()
        except BrowserLostError:
            pass  # The session is closed.
        finally:
            session.stop_listening()
            self.handled = session.received
            self.note_progress()

    def note_progress(self) -> None:
        progress, self.progress = self.progress, trio.Event()
        progress.set()

    async def wait_handed_on(self) -> None:
        """Wait until everything that was received so far is handed on."""
        if self.session is not None:
            due = self.session.received
            while self.handled < due:
                await self.progress.wait()

    async def wait_scopes(self, session: Session) -> None:
        """Wait until the browser has reported its registrations. They come after its reply, perhaps after events."""
        if self.needs_scopes:
            with trio.move_on_after(SCOPES_LIMIT):
                await self.wait_reported(session)

    async def wait_late_scopes(self, session: Session) -> None:
        """The same in a context that is armed. From then on events are handed on, even if they have no scope."""
        if self.needs_scopes:
            with trio.move_on_after(LATE_SCOPES_LIMIT) as waiting:
                await self.wait_reported(session)
            if waiting.cancelled_caught:
                self.needs_scopes = False
                log.warning(
                    "context %s: the browser does not report its service workers, so its events have no scope, and are "
                    "not certain to be complete",
                    self.browser_context,
                )

    async def wait_reported(self, session: Session) -> None:
        while not self.registrations.reported and not session.ended.is_set():
            await self.progress.wait()

    async def hand_on(self, messages: Sequence[Message]) -> None:
        events: list[Event] = []
        thrown: list[Thrown] = []
        changed = False
        # Each session repeats the replay before it is observed; errors are never replayed.
        is_replayed = self.switching.arming.unobserved_since is not None
        source, now = self.source, trio.current_time()
        registrations = self.registrations
        for message in messages:
            try:
                match message.method:
                    case "BackgroundService.backgroundServiceEventReceived":
                        if source is None or (self.needs_scopes and not registrations.reported):
                            self.left_out = True
                        else:
                            scopes = registrations.scopes
                            events.append(parse_event(message.params, source, self.browser_context, scopes))
                            thrown += self.throwing.note_event(events[-1], now, is_replayed=is_replayed)
                            if (events[-1].service, events[-1].event_name) == DISPLAYED:
                                self.on_displayed(events[-1], is_replayed)
                    case "BackgroundService.recordingStateChanged":
                        state = decode_params(message.params, RecordingState)
                        self.switching.note_state(state.service, is_recording=state.is_recording)
                        changed = True
                    case _:
                        error = registrations.note(message)
                        if error is not None:
                            self.last_thrown[error.registration_id] = datetime.now(UTC)
                        if error is not None and source is None:
                            self.early_errors.append(error)
                        elif error is not None:
                            thrown.append(self.throwing.note_error(error, now))
                        self.throwing.note_versions()
                        changed = True
            except ProtocolError as error:
                self.not_understood += 1
                log.warning("a message from the browser was not understood: %s", error)
        if changed:
            self.on_change()
        if events:
            await self.sink(events)
        if thrown and self.learned_sink is not None:
            await self.learned_sink(thrown)
        if events:
            for watcher in self.watchers:
                await watcher(events)
