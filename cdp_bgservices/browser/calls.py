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

PIECES = 10
"""A limit is waited out in this many pieces. Where this process stands still, stopped or on a busy machine, only one of
them passes: the answer may be there by then, and is read first."""


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
        """Seconds. The time in which a replay or a slow store holds up the connection does not count, nor that in which
        this process stands still."""
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
        stood_still = 0.0
        while not self.done.is_set():
            began, left = trio.current_time(), self.left(stood_still)
            piece = self.limit / PIECES if left <= 0 else min(left, self.limit / PIECES)
            with trio.move_on_after(piece):
                await self.done.wait()
            stood_still += max(0.0, trio.current_time() - began - piece)
            if not self.done.is_set() and self.left(stood_still) <= 0:
                what = f"the browser did not answer {self.method} within {self.limit:g} s"
                self.session.give_up(NoAnswerError(what))
                return

    def left(self, stood_still: float) -> float:
        """Seconds of the limit."""
        waited = trio.current_time() - max(self.sent_at, self.session.held_up_until) - stood_still
        return self.limit - waited

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
