"""One browser context: observed from a target that nobody sees, its recording switched on and kept on."""

from collections.abc import Collection
from contextlib import suppress
from datetime import UTC, datetime
from logging import getLogger

import trio
from cdp import service_worker
from cdp import target as target_domain

from cdp_bgservices.browser.calls import NoAnswerError
from cdp_bgservices.browser.connection import Session
from cdp_bgservices.browser.opening import Browser
from cdp_bgservices.browser.placing import Placing
from cdp_bgservices.browser.profile_folders import Place
from cdp_bgservices.browser.reception import Reception, Sink
from cdp_bgservices.browser.settings import Settings
from cdp_bgservices.browser.switching import Switching
from cdp_bgservices.browser.targets import ContextGoneError, open_target
from cdp_bgservices.coverage.values import OTHER, Sighting
from cdp_bgservices.errors import BrowserError, BrowserLostError, CommandError
from cdp_bgservices.protocol import commands
from cdp_bgservices.tasks import open_tasks

log = getLogger(__name__)

STOP_LIMIT = 5.0
"""Seconds for each answer of a browser that is taken leave of, unless its limit is shorter: it records on anyway."""

PATIENCE = (0.0, 0.05, 0.1, 0.2, 0.4, 0.8)
"""Seconds before a target that went away is replaced, the first time, the second time in a row, and so on."""


class Observer:
    """Made by :func:`cdp_bgservices.browser.contexts.open_observation`, one for each browser context."""

    def __init__(self, browser: Browser, context_id: str, settings: Settings, sink: Sink) -> None:
        self.browser = browser
        self.context_id = context_id
        self.settings = settings
        self.switching = Switching(settings)
        self.reception = Reception(context_id, self.switching, sink)
        self.placing = Placing(settings.source, self.switching, self.reception)
        self.registrations = self.reception.registrations
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
        self.inherits_from = ""
        """The profile whose flags it inherited, as it came after that was armed; ``""`` where it did not."""
        self.said = ""
        """The last trouble that was told of."""
        self.running = trio.CancelScope()

    @property
    def place(self) -> Place | None:
        """Where its events are filed; None while that is not known."""
        return self.placing.place

    @property
    def session(self) -> Session | None:
        """The present one, or the last."""
        return self.reception.session

    @property
    def kind(self) -> str:
        """Of the browser context."""
        return self.switching.kind

    @property
    def stopping(self) -> bool:
        """Whether it is about to end."""
        return self.switching.stopping

    def fail(self, error: BrowserError) -> None:
        """It cannot be observed, whatever the browser says."""
        self.failure = error
        self.running.cancel()

    async def run(self) -> None:
        """Observe until the context or the browser is gone; a target that goes away is replaced."""
        try:
            with self.running:
                await self.placing.place_at_once()
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
        self.reception.listen(session)
        async with open_tasks() as tasks:
            tasks.start_soon(self.hand_on_all, session)
            try:
                await session.call(service_worker.enable())
                await self.reception.wait_scopes(session)
                await self.switching.arm(session)
                await self.placing.wait_placed(session)
                await self.reception.wait_handed_on()
                self.replayed.set()
                self.arming.unobserved_since = None
                await self.switching.keep_armed(session)
            finally:
                self.arming.unobserved_since = self.arming.unobserved_since or datetime.now(UTC)
                # Whether it ended or we were cancelled: no more is taken in, and what came is handed on.
                session.close(BrowserLostError("it is not observed any more"))
                with trio.CancelScope(shield=True):
                    await self.reception.wait_handed_on()

    async def hand_on_all(self, session: Session) -> None:
        """Until the session is closed: then what waits for something to do has to look."""
        await self.reception.hand_on_all(session)
        self.switching.attention.set()

    async def set_recording(self, service: str, *, on: bool) -> None:
        """As somebody wishes who looks on; the browser has told the new state when it returns. Raises BrowserError."""
        await self.armed.wait()  # What has just come is about to be switched on.
        if self.session is None or self.over.is_set():
            return
        await self.session.call(commands.set_recording(service, should_record=on))
        await self.reception.wait_handed_on()

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
        await self.reception.wait_handed_on()
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
        await self.reception.wait_handed_on()
