"""One connection to a browser: one reader, commands and their replies, sessions and their notifications."""

from collections.abc import AsyncIterator, Generator
from contextlib import asynccontextmanager, suppress
from typing import Any, Generic, TypeVar

import trio

from cdp_bgservices.browser.protocol import (
    Json,
    Message,
    ProtocolError,
    SessionTold,
    decode_params,
    encode_command,
    parse_message,
)
from cdp_bgservices.browser.transport import Transport
from cdp_bgservices.errors import BrowserLostError, CommandError
from cdp_bgservices.tasks import open_tasks

Result = TypeVar("Result")

INBOX_LIMIT = 4 << 20
"""Bytes that may wait in one session's inbox before the reader waits too.

Until then the reader waits for nobody. Past it, only a store that is slower than the browser can be the
cause: whoever empties an inbox awaits no command, so this wait always ends.
"""

NO_SUCH_SESSION = -32001
"""What a command to a session that has ended is answered with."""

CLOSE_DEADLINE = 2.0
"""Seconds for a closing handshake."""


class Session:
    """One attached target (or the browser itself): calls go out, notifications come in, in order."""

    def __init__(self, connection: "Connection", session_id: str) -> None:
        self.connection = connection
        self.session_id = session_id
        self.closed: BrowserLostError | None = None
        self.ended = trio.Event()
        self.shared = False
        """Whether its target is somebody else's page."""
        self.listening = False
        self.inbox: list[Message] = []
        self.inbox_size = 0
        self.received = 0
        """Notifications that ever came into the inbox."""
        self.changed = trio.Event()

    def listen(self) -> None:
        """From now on keep notifications, for :meth:`notifications`. Before that there is no inbox."""
        self.listening = True

    def stop_listening(self) -> None:
        """Nobody will take notifications any more: let go of those that came, and of the reader if it waits."""
        self.listening = False
        self.inbox, self.inbox_size = [], 0
        self.wake()

    async def call(self, command: Generator[Json, Json, Result]) -> Result:
        """Send a command, return its result as the command makes it.

        Raises CommandError when the browser answers with an error, BrowserLostError when the session or the
        connection ends first.
        """
        return await (await self.send(command)).result()

    async def send(self, command: Generator[Json, Json, Result]) -> "Call[Result]":
        """Send a command without waiting for its reply. Commands are carried out in the order of sending."""
        return await self.connection.send(command, self)

    async def notifications(self) -> list[Message]:
        """What came since the last call, at least one. Raises BrowserLostError once there is no more."""
        while not self.inbox:
            if self.closed is not None:
                raise self.closed
            await self.changed.wait()
        taken, self.inbox = self.inbox, []
        self.inbox_size = 0
        self.wake()
        return taken

    def put_nowait(self, message: Message, size: int) -> None:
        self.inbox.append(message)
        self.inbox_size += size
        self.received += 1
        if len(self.inbox) == 1:
            self.wake()

    async def wait_room(self) -> None:
        """Wait until the inbox is below its limit again, or nobody will empty it any more."""
        while self.inbox_size > INBOX_LIMIT and self.closed is None:
            await self.changed.wait()

    def wake(self) -> None:
        changed, self.changed = self.changed, trio.Event()
        changed.set()

    def close(self, error: BrowserLostError) -> None:
        """No more will come. What is in the inbox can still be taken."""
        if self.closed is None:
            self.closed = error
            self.ended.set()
            self.wake()


class Call(Generic[Result]):
    """A command that was sent, and waits for its reply."""

    def __init__(self, session: Session, method: str, command: Generator[Json, Json, Result]) -> None:
        self.session = session
        self.method = method
        self.command = command
        self.done = trio.Event()
        self.outcome: Message | BrowserLostError | None = None

    def finish(self, outcome: Message | BrowserLostError) -> None:
        if self.outcome is None:
            self.outcome = outcome
            self.done.set()

    async def result(self) -> Result:
        """Wait for the reply; what the command makes of it. Call it once."""
        await self.done.wait()
        reply = self.outcome
        if isinstance(reply, BrowserLostError):
            raise BrowserLostError(str(reply)) from reply
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


class Connection:
    """Made by :func:`open_connection`. Everything that one browser says passes through here."""

    def __init__(self, transport: Transport) -> None:
        self.transport = transport
        self.root = Session(self, "")
        self.sessions: dict[str, Session] = {"": self.root}
        self.pending: dict[int, Call[Any]] = {}
        self.last_number = 0
        self.send_lock = trio.Lock()
        self.lost = trio.Event()
        self.reason: BrowserLostError | None = None
        self.not_understood = 0
        """Messages that were no DevTools message, replies to nothing, notifications of no known session."""

    async def send(self, command: Generator[Json, Json, Result], session: Session) -> Call[Result]:
        request = next(command)
        if (error := session.closed or self.reason) is not None:
            raise BrowserLostError(str(error)) from error
        self.last_number = number = self.last_number + 1
        self.pending[number] = call = Call(session, str(request["method"]), command)
        try:
            # Half a command on the wire would garble every later one, so a cancelled caller waits for this.
            with trio.CancelScope(shield=True):
                async with self.send_lock:
                    await self.transport.send(encode_command(number, request, session.session_id))
        except BrowserLostError:
            del self.pending[number]
            raise
        return call

    def attached(self, session_id: str) -> Session:
        """The session of a target that was just attached to; the same one at every call."""
        session = self.sessions.setdefault(session_id, Session(self, session_id))
        if self.reason is not None:
            session.close(self.reason)
        return session

    async def read(self) -> None:
        """The one reader. It ends when the connection does, and then everybody who waits is told."""
        try:
            while True:
                for data in await self.transport.receive():
                    self.dispatch(data)
                for session in list(self.sessions.values()):
                    await session.wait_room()
        except BrowserLostError as error:
            self.reason = error
        finally:
            reason = self.reason or BrowserLostError("the connection to the browser was closed")
            for call in self.pending.values():
                call.finish(reason)
            for session in self.sessions.values():
                session.close(reason)
            self.lost.set()

    def dispatch(self, data: bytes | str) -> None:
        try:
            message = parse_message(data)
        except ProtocolError:
            self.not_understood += 1
            return
        if message.id is not None:
            if call := self.pending.pop(message.id, None):
                call.finish(message)
            else:
                self.not_understood += 1
            return
        session = self.sessions.get(message.session_id)
        if session is None:
            self.not_understood += 1
            return
        if not message.session_id:
            self.follow_sessions(message)
        if session.listening:
            session.put_nowait(message, len(data))

    def follow_sessions(self, message: Message) -> None:
        """A session exists from its ``attachedToTarget``: its first notifications may come right behind."""
        if message.method not in ("Target.attachedToTarget", "Target.detachedFromTarget"):
            return
        try:
            session_id = decode_params(message.params, SessionTold).session_id
        except ProtocolError:
            self.not_understood += 1
            return
        if message.method == "Target.attachedToTarget":
            self.attached(session_id)
        elif session_id and (session := self.sessions.pop(session_id, None)):
            error = BrowserLostError("the target is gone")
            session.close(error)
            for call in self.pending.values():
                if call.session is session:
                    call.finish(error)


@asynccontextmanager
async def open_connection(transport: Transport) -> AsyncIterator[Connection]:
    """Read from a transport until the body ends; then close it.

    Error handling: the body's own error comes out bare. A lost connection is no error here; it is raised
    from the calls and the notifications of those who wait.
    """
    connection = Connection(transport)
    async with open_tasks() as tasks:
        tasks.start_soon(connection.read)
        try:
            yield connection
        finally:
            with trio.move_on_after(CLOSE_DEADLINE, shield=True), suppress(OSError):
                await transport.aclose()
