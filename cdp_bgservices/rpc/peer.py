"""One side of a connection: it answers requests side by side, until its input ends."""

from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from logging import getLogger
from typing import Any, NamedTuple

import trio

from cdp_bgservices.errors import BackgroundServicesError, InvalidInputError
from cdp_bgservices.near_words import did_you_mean
from cdp_bgservices.rpc.lines import Lines
from cdp_bgservices.rpc.messages import (
    LARGEST,
    CancelledError,
    Id,
    NoSuchMethodError,
    NotARequestError,
    NotJsonError,
    Request,
    error_line,
    id_of,
    notification_line,
    read_request,
    result_line,
)
from cdp_bgservices.tasks import only_error, open_tasks

log = getLogger(__name__)

Handler = Callable[[Mapping[str, Any]], Awaitable[Any]]
"""It takes a request's parameters by name. Its result becomes JSON, its error an answer."""

MOST = 1000
"""Requests that are answered side by side. Further ones are refused."""
CANCEL = "$/cancelRequest"
END_GRACE = 0.5
"""Seconds in which requests are still answered once the input has ended, as that of a pipe does."""
WRITE_GRACE = 1.0
"""Seconds in which a client has to read the last answers."""
GONE = (trio.BrokenResourceError, trio.ClosedResourceError)


class Outgoing(NamedTuple):
    line: bytes
    is_answer: bool = False


class Peer:
    """It never raises: a client that has gone only ends it."""

    def __init__(self, stream: trio.abc.Stream, handlers: Mapping[str, Handler] | None = None) -> None:
        self.stream = stream
        self.handlers: Mapping[str, Handler] = handlers or {}
        self.tasks: trio.Nursery
        self.connected = trio.CancelScope()
        """Cancelled once the client has gone."""
        self.outgoing, self.written = trio.open_memory_channel[Outgoing](0)
        self.pending: dict[Id, trio.CancelScope] = {}
        """Of each request that is being worked on."""
        self.unanswered = 0
        """Requests whose answer is not written yet."""
        self.settled = trio.Event()
        """Set when that becomes 0, and then replaced."""
        self.end_error: BackgroundServicesError | None = None
        """The answer to those requests that ``end`` has cancelled."""

    async def run(self) -> None:
        """Answer what comes, until nothing more does, or the client has gone."""
        with suppress(*GONE), self.connected:
            async with self.stream, open_tasks() as self.tasks:
                self.tasks.start_soon(self.write_all)
                async for line in Lines(self.stream):
                    await self.take(line)
                await self.end(CancelledError("the input ended before the request was answered"), END_GRACE)

    async def end(self, error: BackgroundServicesError, grace: float) -> None:
        """Give requests some seconds to be answered, and answer the others with the error."""
        with trio.move_on_after(grace):
            await self.settle()
        self.end_error = error
        for scope in self.pending.values():
            scope.cancel()
        with trio.move_on_after(WRITE_GRACE):
            await self.settle()

    async def settle(self) -> None:
        while self.unanswered:
            await self.settled.wait()

    async def notify(self, method: str, params: Any) -> None:
        """Returns once the client has room for more: a slow one holds up who notifies it."""
        await self.write(notification_line(method, params))

    async def take(self, line: bytearray | None) -> None:
        """A request is answered in the background. A message that cannot be one is answered before the next is read."""
        try:
            if line is None:
                raise NotJsonError(f"a line is longer than {LARGEST} bytes", "Send less at a time.")
            self.accept(read_request(line))
        except BackgroundServicesError as error:
            # The answer to a second request with an id that is in use would be taken for that of the first.
            id_ = None if line is None else id_of(line)
            await self.write(error_line(None if id_ in self.pending else id_, error))

    def accept(self, request: Request) -> None:
        """Raises NotARequestError, InvalidInputError."""
        if request.method == CANCEL:
            self.cancel(request)
        if request.id is None:
            if request.method.startswith("$/"):  # Of a protocol that the client speaks, too.
                return
            raise NotARequestError(f"the request {request.method!r} has no id", "Give it one: it is answered by it.")
        if request.id in self.pending:
            raise NotARequestError(
                f"the id {request.id!r} belongs to a request that is not answered yet", "Give each request its own id."
            )
        if self.unanswered >= MOST:
            raise NotARequestError(f"{MOST} requests are not answered yet", "Read their answers first.")
        self.pending[request.id] = trio.CancelScope()
        self.unanswered += 1
        self.tasks.start_soon(self.answer, request, request.id)

    def cancel(self, request: Request) -> None:
        """One that is answered already cannot be cancelled. The client could not know that, so it is not an error."""
        id_ = request.params.get("id") if isinstance(request.params, dict) else None
        if isinstance(id_, Id) and id_ in self.pending:
            self.pending[id_].cancel()

    async def answer(self, request: Request, id_: Id) -> None:
        line = b""
        with self.pending[id_]:
            line = await self.outcome(request, id_)
        # The client may use the id again once it has the answer.
        del self.pending[id_]
        if not line:
            line = error_line(id_, self.end_error or CancelledError(f"the request {request.method!r} was cancelled"))
        await self.outgoing.send(Outgoing(line, is_answer=True))

    async def outcome(self, request: Request, id_: Id) -> bytes:
        """The line that answers it: an error is an answer, too."""
        try:
            return result_line(id_, await self.call(request))
        except Exception as caught:
            error = only_error(caught)
            if not isinstance(error, BackgroundServicesError):
                log.error("%s failed", request.method, exc_info=error)
            return error_line(id_, error)

    async def call(self, request: Request) -> Any:
        await trio.lowlevel.checkpoint()  # A request that was cancelled at once does nothing.
        if request.method == CANCEL:
            return None
        handler = self.handlers.get(request.method)
        if handler is None:
            known = sorted(self.handlers)
            remedy = did_you_mean(request.method, known) or f"There are: {', '.join(known) or 'none'}."
            raise NoSuchMethodError(f"there is no method {request.method!r}", remedy)
        if not isinstance(request.params, dict):
            raise InvalidInputError(f"{request.method}: its parameters have no names", "Write them as an object.")
        return await handler(request.params)

    async def write(self, line: bytes) -> None:
        """In the order of the calls. A caller that is cancelled leaves no half of a line."""
        await self.outgoing.send(Outgoing(line))

    async def write_all(self) -> None:
        try:
            async for message in self.written:
                await self.stream.send_all(message.line)
                self.unanswered -= message.is_answer
                if not self.unanswered:
                    self.settled.set()
                    self.settled = trio.Event()
        except GONE:
            self.connected.cancel()
