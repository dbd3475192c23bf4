"""One connection to a browser: one reader, commands and their replies, sessions and their notifications."""

import math
from collections.abc import AsyncIterator, Generator
from contextlib import asynccontextmanager, suppress
from typing import Any, TypeVar

import trio

from cdp_bgservices.browser.calls import ANSWER_LIMIT, REPLAY_LIMIT, Call, NoAnswerError, again
from cdp_bgservices.browser.transport import Transport
from cdp_bgservices.errors import BrowserLostError
from cdp_bgservices.protocol.messages import (
    Json,
    Message,
    ProtocolError,
    SessionParams,
    decode_params,
    encode_command,
    parse_message,
)
from cdp_bgservices.tasks import open_tasks

Result = TypeVar("Result")

INBOX_LIMIT = 4 << 20
"""Bytes that may wait in one session's inbox before the reader waits too.

Below this limit the reader never waits. Above it, the store must be slower than the browser: the task that empties an
inbox awaits no command, so this wait always ends.
"""

CLOSE_DEADLINE = 2.0
"""Seconds for a closing handshake."""


class Session:
    """One attached target (or the browser itself): calls go out, notifications come in, in order."""

    def __init__(self, connection: "Connection", session_id: str) -> None:
        self.connection = connection
        self.session_id = session_id
        self.closed: BrowserLostError | None = None
        self.ended = trio.Event()
        self.target_id = ""
        self.shared = False
        """Whether its target is a page that was not made here."""
        self.is_ours = False
        """Whether its target was made here."""
        self.replays = 0
        """Calls that wait for their reply behind a replay."""
        self.listening = False
        self.inbox: list[Message] = []
        self.inbox_size = 0
        self.received = 0
        """Notifications that were put into the inbox, in all."""
        self.changed = trio.Event()

    @property
    def held_up_until(self) -> float:
        return self.connection.held_up_until

    def listen(self) -> None:
        """Keep notifications from now on, for :meth:`notifications`. Until then they are dropped."""
        self.listening = True

    def stop_listening(self) -> None:
        """Drop notifications from now on, and those in the inbox. A reader that waits for room goes on."""
        self.listening = False
        self.inbox, self.inbox_size = [], 0
        self.wake()

    async def call(self, command: Generator[Json, Json, Result], *, limit: float | None = None) -> Result:
        """Send a command, and return its result.

        Raises CommandError when the browser answers with an error, BrowserLostError when the session or the
        connection ends first. ``limit`` replaces the connection's own: after this many seconds the browser is taken to
        be unable to answer, and the session ends. It is ``math.inf`` where a page answers, and not the browser.
        """
        return await (await self.send(command, limit=limit)).result()

    async def send(
        self, command: Generator[Json, Json, Result], *, limit: float | None = None, replay: bool = False
    ) -> Call[Result]:
        """Send a command without waiting for its reply. Commands are carried out in the order of sending.

        ``replay``: a replay comes before its reply, may take long, and holds up all other replies.
        """
        return await self.connection.send(command, self, limit=limit, replay=replay)

    async def notifications(self) -> list[Message]:
        """The notifications since the last call, at least one. Raises BrowserLostError when there will be no more."""
        while not self.inbox:
            if self.closed is not None:
                raise self.closed
            await self.changed.wait()
        return self.take()

    def take(self) -> list[Message]:
        """The notifications since the last call, if any."""
        taken, self.inbox = self.inbox, []
        self.inbox_size = 0
        self.wake()
        return taken

    async def wait_taken(self) -> None:
        """Wait until the notifications that have come by now are taken out, or dropped."""
        due = self.received
        while self.received - len(self.inbox) < due:
            await self.changed.wait()

    def put_nowait(self, message: Message, size: int) -> None:
        self.inbox.append(message)
        self.inbox_size += size
        self.received += 1
        if len(self.inbox) == 1:
            self.wake()

    async def wait_room(self) -> None:
        """Wait until the inbox is below its limit again, or the session is closed."""
        while self.inbox_size > INBOX_LIMIT and self.closed is None:
            await self.changed.wait()

    def wake(self) -> None:
        changed, self.changed = self.changed, trio.Event()
        changed.set()

    def give_up(self, error: BrowserLostError) -> None:
        """End this session, whatever the browser says; with the root session, the connection."""
        if self.session_id:
            self.connection.end_session(self, error)
        else:
            self.connection.give_up(error)

    def close(self, error: BrowserLostError) -> None:
        """Take in no more. What is in the inbox can still be taken out."""
        if self.closed is None:
            self.closed = error
            self.ended.set()
            self.wake()


class Connection:
    """Made by :func:`open_connection`. Every message of one browser passes through here."""

    def __init__(self, transport: Transport) -> None:
        self.transport = transport
        self.root = Session(self, "")
        self.sessions: dict[str, Session] = {"": self.root}
        self.pending: dict[int, Call[Any]] = {}
        self.last_number = 0
        self.send_lock = trio.Lock()
        self.answer_limit = ANSWER_LIMIT
        self.replay_limit = REPLAY_LIMIT
        self.reading = trio.CancelScope()
        self.held_up_until = -math.inf
        """Until when no reply could come, in trio's time: replays and a slow store hold up every call."""
        self.lost = trio.Event()
        self.reason: BrowserLostError | None = None
        self.not_understood = 0
        """Messages that are not DevTools', replies to commands never sent, notifications of unknown sessions."""

    async def send(
        self,
        command: Generator[Json, Json, Result],
        session: Session,
        *,
        limit: float | None = None,
        replay: bool = False,
    ) -> Call[Result]:
        request = next(command)
        if (error := session.closed or self.reason) is not None:
            raise again(error)
        self.last_number = number = self.last_number + 1
        self.pending[number] = call = Call(session, str(request["method"]), command)
        call.is_replay = replay
        call.limit = limit or (self.replay_limit if replay else self.answer_limit)
        session.replays += replay
        try:
            # Half a command on the wire would corrupt all later ones, so a cancelled caller waits for the rest.
            with trio.move_on_after(self.answer_limit, shield=True) as sending:
                async with self.send_lock:
                    await self.transport.send(encode_command(number, request, session.session_id))
            if sending.cancelled_caught:
                self.give_up(NoAnswerError(f"the browser took no command for {self.answer_limit:g} s"))
        except BrowserLostError:
            self.pending.pop(number, None)
            raise
        return call

    def attached(self, session_id: str) -> Session:
        """The session of a target that was just attached to. It is the same one at every call."""
        session = self.sessions.setdefault(session_id, Session(self, session_id))
        if self.reason is not None:
            session.close(self.reason)
        return session

    async def read(self) -> None:
        """The only reader. It ends with the connection; then every call and every session ends with the reason."""
        try:
            with self.reading:
                while True:
                    for data in await self.transport.receive():
                        self.dispatch(data)
                    await self.wait_room()
        except BrowserLostError as error:
            self.reason = error
        finally:
            self.end_all()

    async def wait_room(self) -> None:
        """Wait until every inbox is below its limit. Until then the browser's answers are not read."""
        for session in list(self.sessions.values()):
            if session.inbox_size > INBOX_LIMIT:
                self.held_up_until = math.inf
                await session.wait_room()
                self.held_up_until = trio.current_time()

    def give_up(self, error: BrowserLostError) -> None:
        """End a connection that is still open but cannot be used any more."""
        if not self.lost.is_set():
            self.reason = self.reason or error
            self.reading.cancel()
            self.end_all()

    def end_all(self) -> None:
        """End every call and every session with the reason."""
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
                call.session.replays -= call.is_replay
                call.finish(message)
            elif not 0 < message.id <= self.last_number:
                self.not_understood += 1  # A reply that comes after its call was given up is not counted.
            return
        session = self.sessions.get(message.session_id)
        if session is None:
            self.not_understood += 1
            return
        self.follow_sessions(message)
        if session.replays:
            self.held_up_until = trio.current_time()
        if session.listening and session.closed is None:
            session.put_nowait(message, len(data))

    def follow_sessions(self, message: Message) -> None:
        """A session begins with its ``attachedToTarget``: its first notifications may follow at once."""
        if message.method not in ("Target.attachedToTarget", "Target.detachedFromTarget"):
            return
        try:
            session_id = decode_params(message.params, SessionParams).session_id
        except ProtocolError:
            self.not_understood += 1
            return
        if message.method == "Target.attachedToTarget":
            self.attached(session_id)
        elif session_id and (session := self.sessions.pop(session_id, None)):
            self.end_session(session, BrowserLostError("the target is gone"))

    def end_session(self, session: Session, error: BrowserLostError) -> None:
        """End a session and its calls: the browser may leave them without a reply."""
        session.close(error)
        session.replays = 0
        for number, call in list(self.pending.items()):
            if call.session is session:
                call.finish(error)
                del self.pending[number]


@asynccontextmanager
async def open_connection(transport: Transport) -> AsyncIterator[Connection]:
    """Read from a transport until the body ends; then close it.

    Error handling: the body's own error comes out bare. A lost connection does not raise here: the calls and
    notifications that wait raise it.
    """
    connection = Connection(transport)
    async with open_tasks() as tasks:
        tasks.start_soon(connection.read)
        try:
            yield connection
        finally:
            with trio.move_on_after(CLOSE_DEADLINE, shield=True), suppress(OSError):
                await transport.aclose()
