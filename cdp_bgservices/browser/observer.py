"""One browser context: observed from a hidden target, its recording switched on and kept on."""

from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from logging import getLogger

import trio
from cdp import service_worker
from cdp import target as target_domain

from cdp_bgservices.browser.calls import NoAnswerError
from cdp_bgservices.browser.connection import Session
from cdp_bgservices.browser.learning import Learning
from cdp_bgservices.browser.opening import Browser
from cdp_bgservices.browser.placing import Placing
from cdp_bgservices.browser.present_session import PresentSession
from cdp_bgservices.browser.profile_folders import Place
from cdp_bgservices.browser.reception import Reception, Sink
from cdp_bgservices.browser.switching import Settings, Switching
from cdp_bgservices.browser.targets import ContextGoneError, open_target
from cdp_bgservices.coverage.values import OTHER, Sighting
from cdp_bgservices.errors import BrowserError, BrowserLostError, CommandError
from cdp_bgservices.events import Event
from cdp_bgservices.protocol import commands
from cdp_bgservices.tasks import open_tasks

log = getLogger(__name__)

STOP_LIMIT = 5.0
"""Seconds for each answer at the end, unless the connection's limit is shorter. The browser goes on recording."""

PATIENCE = (0.0, 0.05, 0.1, 0.2, 0.4, 0.8)
"""Seconds before a lost target is replaced: the first time, the second time in a row, and so on."""


class Observer:
    """Made by :func:`cdp_bgservices.browser.contexts.open_observation`, one for each browser context."""

    def __init__(self, browser: Browser, context_id: str, settings: Settings, sink: Sink) -> None:
        self.browser = browser
        self.context_id = context_id
        self.settings = settings
        self.switching = Switching(settings)
        self.reception = Reception(context_id, self.switching, sink)
        self.learning = Learning(browser, self.reception)
        self.reception.on_displayed = self.learning.note
        self.placing = Placing(settings.source, self.switching, self.reception)
        self.registrations = self.reception.registrations
        self.armed = self.switching.armed
        self.arming = self.switching.arming
        self.recordings = self.arming.recordings
        self.armed_until = self.arming.armed_until
        self.replayed = trio.Event()
        """Set once all stored events are handed on, and the registrations that they belong to are known."""
        self.over = trio.Event()
        """Set when nothing is left to observe: the context has ended, or the browser is lost."""
        self.failure: BrowserError | None = None
        """Why it cannot be observed; None if it can."""
        self.inherits_from = ""
        """The context that was armed before it was added, whose recording flags it inherited; else ``""``."""
        self.present = PresentSession(browser, context_id)
        self.warned = ""
        self.running = trio.CancelScope()

    @property
    def place(self) -> Place | None:
        """Where its events are filed; None while that is unknown."""
        return self.placing.place

    @property
    def session(self) -> Session | None:
        """The present one, or the last."""
        return self.reception.session

    @property
    def kind(self) -> str:
        return self.switching.kind

    def fail(self, error: BrowserError) -> None:
        """Stop: it cannot be observed."""
        self.failure = error
        self.running.cancel()

    async def run(self) -> None:
        """Observe until the context ends or the browser is lost. A lost target is replaced."""
        try:
            with self.running:
                await self.placing.place_at_once()
                async with open_tasks() as tasks:
                    tasks.start_soon(self.learning.run)
                    await self.run_sessions()
                    await self.learning.wait_read()
        except BrowserLostError:
            pass
        except BrowserError as error:
            self.failure = error
        finally:
            if not self.replayed.is_set() and not self.browser.is_lost:
                for service in self.settings.services:
                    self.arming.note_ended_unread(service)
            for event in (self.armed, self.replayed, self.over):
                event.set()
            self.present.end(self.failure)

    async def run_sessions(self) -> None:
        failures = 0
        while not self.switching.stopping and not self.browser.is_lost:
            await trio.sleep(PATIENCE[min(failures, len(PATIENCE) - 1)])
            started = trio.current_time()
            try:
                async with open_target(self.browser, self.context_id, share_pages=self.settings.share_pages) as session:
                    if not self.switching.stopping:
                        await self.observe(session)
            except ContextGoneError:
                return
            except (
                BrowserLostError,
                CommandError,
            ) as error:  # The target or the browser is lost, or refuses.
                if self.is_hopeless(error):
                    self.failure = error
                    return
                self.warn(error, failures)
            failures = failures + 1 if trio.current_time() - started < 1 else 0

    def is_hopeless(self, error: BrowserError) -> bool:
        """Whether another attempt would fail too: the browser is connected, but no attempt has succeeded yet."""
        if isinstance(error, NoAnswerError):
            return not self.replayed.is_set()
        return isinstance(error, CommandError) and not self.armed.is_set()

    def warn(self, error: BrowserError, failures: int) -> None:
        """Warn, but not about a lost target unless that happens again and again, and not twice about the same."""
        is_usual = type(error) is BrowserLostError and failures < len(PATIENCE)
        if is_usual or str(error) == self.warned or self.switching.stopping or self.browser.is_lost:
            return
        self.warned = str(error)
        log.warning("context %s: %s; observing it again", self.context_id, error)

    async def end(self) -> None:
        """The context has ended: hand on what was received, and release the target."""
        await self.stop()
        self.running.cancel()

    async def observe(self, session: Session) -> None:
        """From a new session to its end. Raises BrowserLostError then, after everything received is handed on."""
        self.reception.listen(session)
        async with open_tasks() as tasks:
            tasks.start_soon(self.hand_on_all, session)
            try:
                await session.call(service_worker.enable())
                self.present.begin(session)
                await self.reception.wait_scopes(session)
                await self.switching.arm(session)
                await self.reception.wait_late_scopes(session)
                await self.placing.wait_placed(session)
                await self.reception.wait_handed_on()
                if self.reception.left_out:
                    await self.switching.observe_again(session)
                    await self.reception.wait_handed_on()
                self.replayed.set()
                self.arming.unobserved_since = None
                self.present.note_replayed()
                await self.switching.keep_armed(session)
            finally:
                self.arming.unobserved_since = self.arming.unobserved_since or datetime.now(UTC)
                # Whether it ended or we were cancelled: take in no more, and hand on what was received.
                session.close(BrowserLostError("it is no longer observed"))
                with trio.CancelScope(shield=True):
                    await self.reception.wait_handed_on()

    async def hand_on_all(self, session: Session) -> None:
        """Until the session is closed; then wake the task that keeps it armed."""
        await self.reception.hand_on_all(session)
        self.switching.attention.set()

    async def set_recording(self, service: str, *, on: bool, where: str = "") -> None:
        """Switch a service on or off for the user. When it returns, the browser has reported the new state. ``where``
        the user asked for it, in words, is said with the gap that follows.

        Nothing is left to switch in a context that has ended. Raises BrowserError.
        """
        await self.armed.wait()  # A context that was just added is about to be switched on.
        if not on:
            self.arming.switching_off[service] = where
        try:
            with suppress(ContextGoneError):
                await self.present.call(lambda: commands.set_recording(service, should_record=on))
            await self.reception.wait_handed_on()
        finally:
            self.arming.switching_off.pop(service, None)

    async def settle(self) -> bool:
        """Wait until everything that the browser reported before this call is handed on, and the replay before that.

        Returns False where no session is left that could report it.
        """
        await self.replayed.wait()
        # The reply comes after the events: the browser process sends both, on one session.
        with suppress(BrowserError):
            await self.present.call(target_domain.get_target_info, replayed=True)
        await self.reception.wait_handed_on()
        return self.arming.unobserved_since is None

    async def sight(self) -> list[Sighting]:
        """What is known about each service now. An interruption that has ended is reported once."""
        ended = self.over.is_set() and self.kind == OTHER and not self.browser.is_lost
        is_observed = ended or (self.arming.unobserved_since is None and await self.settle())
        return self.arming.sightings(self.settings.services, self.context_id, self.kind, is_observed=is_observed)

    async def stop(self, *, stop_recording: Collection[str] = ()) -> None:
        """Hand on everything received, stop observing, and switch off the recording of these services.

        Before the replay has ended, its rest is left for the next time: the browser keeps it. Nothing more is switched
        on then.
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
            if session.replays or self.switching.observed_on is not session:
                session.give_up(BrowserLostError("it was stopped before its replay had ended"))
            for service, call in zip(stop_recording, switched_off, strict=True):
                await call.result()
                self.armed_until.pop(service, None)
            for service in tuple(self.recordings):  # The browser may report another one in the meantime.
                await session.call(commands.stop_observing(service), limit=limit)
        await self.reception.wait_handed_on()
        with trio.move_on_after(limit):
            await self.learning.wait_read()


async def pass_over(events: Sequence[Event]) -> None:
    """Do nothing."""


@asynccontextmanager
async def open_observer(
    browser: Browser, context_id: str, settings: Settings, sink: Sink = pass_over
) -> AsyncIterator[tuple[Observer, trio.Nursery]]:
    """An observer that stores nothing, from the end of the replay on; the caller stops it. Raises BrowserError."""
    observer = Observer(browser, context_id, settings, sink)
    async with open_tasks() as tasks:
        tasks.start_soon(observer.run)
        await observer.replayed.wait()
        if observer.failure is not None:
            raise observer.failure
        yield observer, tasks
