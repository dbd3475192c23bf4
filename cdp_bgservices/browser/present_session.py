"""The session by which a browser context is observed now, for commands: its target may go, and another takes them."""

from collections.abc import Callable, Generator
from typing import TypeVar

import trio

from cdp_bgservices.browser.calls import NoAnswerError, again
from cdp_bgservices.browser.connection import Session
from cdp_bgservices.browser.opening import Browser
from cdp_bgservices.browser.targets import ContextGoneError
from cdp_bgservices.errors import BrowserError, BrowserLostError
from cdp_bgservices.protocol.messages import Json

Result = TypeVar("Result")

REPLACED = 5.0
"""Seconds in which another target is found for a lost one, and its replay is handed on: otherwise something hinders it.
"""


class PresentSession:
    """Of one browser context, one after the other."""

    def __init__(self, browser: Browser, context_id: str) -> None:
        self.browser = browser
        self.context_id = context_id
        self.session: Session | None = None
        """The present one, or the last, once its ``ServiceWorker`` domain is enabled."""
        self.is_replayed = False
        """Whether the replay of this one is handed on."""
        self.is_over = False
        """Whether there will be no other one."""
        self.failure: BrowserError | None = None
        """Why the context cannot be observed; None if it could, and has ended."""
        self.changed = trio.Event()
        """Set when one of these changes, and then replaced."""

    def begin(self, session: Session) -> None:
        self.session, self.is_replayed = session, False
        self.note_change()

    def note_replayed(self) -> None:
        self.is_replayed = True
        self.note_change()

    def end(self, failure: BrowserError | None) -> None:
        self.is_over, self.failure = True, failure
        self.note_change()

    def note_change(self) -> None:
        changed, self.changed = self.changed, trio.Event()
        changed.set()

    @property
    def loss(self) -> BrowserError:
        """Why nothing can be asked of the context any more, once it is over."""
        if lost := self.browser.root.closed:
            return again(lost)
        return self.failure or ContextGoneError(f"the browser context {self.context_id} was closed")

    async def wait(self, *, replayed: bool = False) -> Session:
        """The one that takes commands; in the moment of a target's loss the next one. ``replayed``: once its replay is
        handed on.

        Raises ContextGoneError when the context has ended, BrowserLostError with the browser, and BrowserError where it
        cannot be observed.
        """
        with trio.move_on_after(REPLACED):
            while (session := self.session) is None or session.closed or (replayed and not self.is_replayed):
                if self.is_over:
                    raise self.loss
                await self.changed.wait()
            return session
        lost = f"the browser context {self.context_id} cannot be observed now: its target went, and no other was found"
        raise BrowserError(lost, "Try again.")

    async def call(self, command: Callable[[], Generator[Json, Json, Result]], *, replayed: bool = False) -> Result:
        """Send a command, and return its result. It is sent again where the target goes before its answer: Chromium
        answers at once what it carries out in the browser process, so it has not done so.

        Raises as :meth:`wait`, and CommandError: never because of one lost target.
        """
        while True:
            session = await self.wait(replayed=replayed)
            try:
                return await session.call(command())
            except NoAnswerError:
                raise
            except BrowserLostError as error:
                session.give_up(error)
