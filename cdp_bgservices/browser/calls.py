"""A command that was sent, and its reply: who waits for it, and for how long."""

from collections.abc import Generator
from typing import Generic, Protocol, TypeVar

import trio

from cdp_bgservices.errors import BrowserLostError
from cdp_bgservices.protocol.messages import Json, Message, result_of

Result = TypeVar("Result")

ANSWER_LIMIT = 30.0
"""Seconds in which a browser answers, unless a call says otherwise."""

REPLAY_LIMIT = 300.0
"""Seconds for which a replay may pause: Chromium reads the whole log before it sends the first event."""


class NoAnswerError(BrowserLostError):
    """The browser keeps its connection open, but does not answer."""

    def __init__(self, message: str, remedy: str = "Check whether the browser hangs; restart it.") -> None:
        super().__init__(message, remedy)


class CallSession(Protocol):
    """The session on which a command was sent, as its call uses it."""

    replays: int
    """Calls that wait for their reply behind a replay."""

    @property
    def held_up_until(self) -> float:
        """Until when no reply could come, in trio's time."""

    def give_up(self, error: BrowserLostError) -> None:
        """End the session: it does not answer."""


class Call(Generic[Result]):
    """A command that was sent, and waits for its reply."""

    def __init__(self, session: CallSession, method: str, command: Generator[Json, Json, Result]) -> None:
        self.session = session
        self.method = method
        self.command = command
        self.limit = ANSWER_LIMIT
        """Seconds. The time in which a replay or a slow store holds up the connection does not count."""
        self.is_replay = False
        """Whether a replay comes before the reply: notifications that everything else waits behind."""
        self.sent_at = trio.current_time()
        self.done = trio.Event()
        self.outcome: Message | BrowserLostError | None = None

    def finish(self, outcome: Message | BrowserLostError) -> None:
        if self.outcome is None:
            self.outcome = outcome
            self.done.set()

    async def wait_done(self) -> None:
        """Wait until there is an outcome. If there is none within the limit, the session is given up."""
        while not self.done.is_set():
            waited = trio.current_time() - max(self.sent_at, self.session.held_up_until)
            if waited >= self.limit:
                what = f"the browser did not answer {self.method} within {self.limit:g} s"
                self.session.give_up(NoAnswerError(what))
                return
            with trio.move_on_after(min(self.limit, self.limit - waited)):
                await self.done.wait()

    async def result(self) -> Result:
        """Wait for the reply, and return the command's result. Call it once.

        Raises CommandError for an error of the browser's, BrowserLostError where no reply can come any more,
        NoAnswerError where none came within the limit.
        """
        await self.wait_done()
        reply = self.outcome
        if isinstance(reply, BrowserLostError):
            raise again(reply)
        assert reply is not None
        return result_of(reply, self.method, self.command)


def again(error: BrowserLostError) -> BrowserLostError:
    """A copy of an error: each caller that waits raises its own."""
    copy = type(error)(str(error), error.remedy)
    copy.__cause__ = error
    return copy
