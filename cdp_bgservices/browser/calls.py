"""A command that was sent: what becomes of its reply, and how long that is waited for."""

from collections.abc import Generator
from typing import TYPE_CHECKING, Generic, TypeVar

import trio

from cdp_bgservices.errors import BrowserLostError, CommandError
from cdp_bgservices.protocol.messages import Json, Message, decode_params

if TYPE_CHECKING:
    from cdp_bgservices.browser.connection import Session

Result = TypeVar("Result")

ANSWER_LIMIT = 30.0
"""Seconds in which a browser answers, unless a call says otherwise."""

REPLAY_LIMIT = 300.0
"""Seconds for which a replay may pause: Chromium reads the whole log before it tells the first event of it."""

NO_SUCH_SESSION = -32001
"""What a command to a session that has ended is answered with."""


class NoAnswerError(BrowserLostError):
    """The browser keeps its connection open, but does not answer."""

    def __init__(self, message: str, remedy: str = "Look whether the browser hangs; restart it.") -> None:
        super().__init__(message, remedy)


class Call(Generic[Result]):
    """A command that was sent, and waits for its reply."""

    def __init__(self, session: "Session", method: str, command: Generator[Json, Json, Result]) -> None:
        self.session = session
        self.method = method
        self.command = command
        self.limit = ANSWER_LIMIT
        """Seconds; not counted are those in which the wire is taken by a replay, or waits for the store."""
        self.is_replay = False
        """Whether notifications come before the reply, so many that everything else waits behind them."""
        self.sent_at = trio.current_time()
        self.done = trio.Event()
        self.outcome: Message | BrowserLostError | None = None

    def finish(self, outcome: Message | BrowserLostError) -> None:
        if self.outcome is None:
            self.outcome = outcome
            self.done.set()

    async def wait_done(self) -> None:
        """Until there is an outcome. A session that keeps silent for too long ends by it."""
        while not self.done.is_set():
            waited = trio.current_time() - max(self.sent_at, self.session.connection.held_up_until)
            if waited >= self.limit:
                what = f"the browser did not answer {self.method} within {self.limit:g} s"
                self.session.give_up(NoAnswerError(what))
                return
            with trio.move_on_after(min(self.limit, self.limit - waited)):
                await self.done.wait()

    async def result(self) -> Result:
        """Wait for the reply; what the command makes of it. Call it once.

        Raises CommandError for an error of the browser's, BrowserLostError where no reply can come any more,
        NoAnswerError where none came within the limit.
        """
        await self.wait_done()
        reply = self.outcome
        if isinstance(reply, BrowserLostError):
            raise again(reply)
        assert reply is not None
        if reply.error is not None:
            if reply.error.code == NO_SUCH_SESSION:
                raise BrowserLostError("the target is gone")
            data = reply.error.data
            raise CommandError(
                self.method, reply.error.code, reply.error.message, data if isinstance(data, str) else ""
            )
        try:
            self.command.send(decode_params(reply.result, dict))
        except StopIteration as stop:
            return stop.value  # type: ignore[no-any-return]
        except (LookupError, TypeError, ValueError, AttributeError) as error:  # Whatever PyCDP stumbles over.
            raise CommandError(self.method, 0, f"the answer was not understood: {error!r}") from error
        raise RuntimeError(f"{self.method} asked for a second request")


def again(error: BrowserLostError) -> BrowserLostError:
    """One error, raised to each of those who wait."""
    copy = type(error)(str(error), error.remedy)
    copy.__cause__ = error
    return copy
