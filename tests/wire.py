"""The speaking part of a scripted browser: commands come in over a websocket, replies and notifications go out."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import msgspec
import trio
import trio_websocket

Json = dict[str, Any]


class Refusal(Exception):  # noqa: N818
    """An error in place of a result."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


SILENCE = Refusal(0, "no answer at all")
Answer = Json | Refusal | Callable[[Json], Awaitable[Json]]


@dataclass
class Received:
    """A command as it came in."""

    method: str
    params: Json
    session_id: str


class Wire:
    """One client at a time, its commands answered in order."""

    def __init__(self) -> None:
        self.url = ""
        self.commands: list[Received] = []
        self.answers: dict[str, Answer] = {}
        """Results, refusals, :data:`SILENCE` or functions, in place of a method's own."""
        self.websocket: trio_websocket.WebSocketConnection | None = None
        self.changed = trio.Event()
        self.after_reply: list[Callable[[], Awaitable[None]]] = []

    async def own_result(self, command: Received) -> Json:
        """What a method does where the test has not said otherwise. Raises Refusal."""
        raise NotImplementedError

    def forget_client(self) -> None:
        """Another one comes."""

    def received(self, *methods: str) -> list[Received]:
        return [command for command in self.commands if command.method in methods]

    async def wait_received(self, method: str, count: int = 1) -> Received:
        """The command of that method with that number, once it has come."""
        while len(self.received(method)) < count:
            await self.changed.wait()
        return self.received(method)[count - 1]

    async def send_raw(self, data: str | bytes) -> None:
        """A frame as it stands; a binary one where it is bytes."""
        assert self.websocket is not None
        with suppress(trio_websocket.ConnectionClosed):
            await self.websocket.send_message(data)

    async def notify(self, method: str, params: Json, session_id: str = "") -> None:
        session = {"sessionId": session_id} if session_id else {}
        await self.send_raw(msgspec.json.encode({"method": method, "params": params, **session}).decode())

    async def send_bytes(self, data: bytes) -> None:
        """Into the socket as they are, past the websocket's framing."""
        assert self.websocket is not None
        async with self.websocket._stream_lock:
            with suppress(trio.BrokenResourceError, trio.ClosedResourceError):
                await self.websocket._stream.send_all(data)

    async def hang_up(self) -> None:
        """Close the socket, without a closing handshake."""
        assert self.websocket is not None
        await self.websocket._stream.aclose()

    async def close(self, code: int = 1001, reason: str | None = None) -> None:
        """End the connection with a closing handshake."""
        assert self.websocket is not None
        await self.websocket.aclose(code, reason)

    async def serve(self, request: trio_websocket.WebSocketRequest) -> None:
        self.websocket = websocket = await request.accept()
        self.forget_client()
        with suppress(trio_websocket.ConnectionClosed):
            while True:
                await self.answer(msgspec.json.decode(await websocket.get_message()), websocket)

    async def answer(self, command: Json, client: trio_websocket.WebSocketConnection) -> None:
        received = Received(command["method"], command.get("params", {}), command.get("sessionId", ""))
        reply: Json = {key: command[key] for key in ("id", "sessionId") if key in command}
        self.commands.append(received)
        self.changed.set()
        self.changed = trio.Event()
        try:
            reply["result"] = await self.result(received)
        except Refusal as refusal:
            if refusal is SILENCE:
                return
            reply["error"] = {"code": refusal.code, "message": str(refusal)}
        if client is not self.websocket:  # It has gone: another one must not get what answers its commands.
            self.after_reply.clear()
            return
        await self.send_raw(msgspec.json.encode(reply).decode())
        while self.after_reply:
            await self.after_reply.pop(0)()

    async def result(self, command: Received) -> Json:
        match self.answers.get(command.method):
            case Refusal() as refusal:
                raise refusal
            case dict() as result:
                return result
            case None:
                return await self.own_result(command)
            case function:
                return await function(command.params)
