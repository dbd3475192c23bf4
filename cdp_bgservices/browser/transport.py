"""A stream of messages to and from a browser: over a pipe, or over a websocket.

Third-party errors of an open connection are translated into BrowserLostError here and nowhere else. Messages are
handed over in the batches in which they arrive.
"""

from collections.abc import Awaitable, Callable
from typing import Protocol

import trio
import trio_websocket

from cdp_bgservices.errors import BrowserLostError
from cdp_bgservices.protocol.frames import FrameSplitter, PipeSplitter, TooLongError

CHUNK = 1 << 18
"""Bytes read from the pipe or the socket at a time."""

MAX_MESSAGE = 256 << 20
"""Bytes of the longest message that is accepted: what Chromium itself buffers for a websocket client."""

READ_AHEAD = 1 << 20
"""Bytes of messages that a websocket may have read ahead."""


class Transport(Protocol):
    """A connection that carries whole messages."""

    async def send(self, message: bytes) -> None:
        """Raises BrowserLostError when the connection is closed."""

    async def receive(self) -> list[bytes]:
        """The next messages, at least one. Raises BrowserLostError when there are no more."""

    async def aclose(self) -> None: ...


class PipeTransport:
    """``--remote-debugging-pipe``: messages that end in a NUL byte."""

    def __init__(self, commands: trio.abc.SendStream, messages: trio.abc.ReceiveStream) -> None:
        self.commands = commands
        self.messages = messages
        self.splitter = PipeSplitter(MAX_MESSAGE)

    async def send(self, message: bytes) -> None:
        try:
            await self.commands.send_all(message + b"\0")
        except (trio.BrokenResourceError, trio.ClosedResourceError) as error:
            raise BrowserLostError("the browser closed its pipe") from error

    async def receive(self) -> list[bytes]:
        while True:
            try:
                data = await self.messages.receive_some(CHUNK)
            except (trio.BrokenResourceError, trio.ClosedResourceError) as error:
                raise BrowserLostError("the browser closed its pipe") from error
            if not data:
                raise BrowserLostError("the browser closed its pipe")
            try:
                messages = self.splitter.split(bytes(data))
            except TooLongError as error:
                raise too_long() from error
            if messages:
                return messages

    async def aclose(self) -> None:
        await self.commands.aclose()
        await self.messages.aclose()


class TappedStream(trio.abc.Stream):
    """The stream that trio-websocket uses instead of the socket: whole text frames are taken out before it reads."""

    def __init__(self, stream: trio.abc.Stream, longest: int) -> None:
        self.stream = stream
        self.splitter = FrameSplitter(longest)
        self.take_in: Callable[[list[bytes]], Awaitable[None]] | None = None
        """Where messages go; None until the handshake is over."""
        self.refused: TooLongError | None = None
        """The error that ended it here, if any."""

    async def send_all(self, data: bytes | bytearray | memoryview) -> None:
        await self.stream.send_all(data)

    async def wait_send_all_might_not_block(self) -> None:
        await self.stream.wait_send_all_might_not_block()

    async def receive_some(self, max_bytes: int | None = None) -> bytes:
        while True:
            data = await self.stream.receive_some(CHUNK)
            if not data or self.take_in is None:
                return bytes(data)
            try:
                messages, passed = self.splitter.split(data)
            except TooLongError as error:
                self.refused = error
                raise trio.BrokenResourceError(str(error)) from error
            if messages:
                await self.take_in(messages)
            if passed:
                return passed

    async def aclose(self) -> None:
        await self.stream.aclose()


class WebSocketTransport:
    """A DevTools websocket, by trio-websocket. Its :meth:`read` is to run in the background."""

    def __init__(self, websocket: trio_websocket.WebSocketConnection, tap: TappedStream) -> None:
        self.websocket = websocket
        self.messages: list[bytes] = []
        self.size = 0
        self.changed = trio.Event()
        self.lost: BrowserLostError | None = None
        self.closing = False
        self.tap = tap
        tap.take_in = self.take_in

    async def read(self) -> None:
        """Take in what the tap passes on to trio-websocket, until the connection ends. It never raises."""
        try:
            while True:
                message = await self.websocket.get_message()
                await self.take_in([message.encode("utf-8", "replace") if isinstance(message, str) else message])
        except trio_websocket.ConnectionClosed as error:
            self.lost = too_long() if self.tap.refused else BrowserLostError(closed_by_browser(error))
            self.lost.__cause__ = error
            self.wake()

    async def take_in(self, messages: list[bytes]) -> None:
        while self.size > READ_AHEAD and not self.closing:
            await self.changed.wait()
        if self.closing:
            return  # The browser's part of the closing handshake comes after it.
        self.messages += messages
        self.size += sum(map(len, messages))
        self.wake()

    def wake(self) -> None:
        self.changed.set()
        self.changed = trio.Event()

    async def send(self, message: bytes) -> None:
        try:
            await self.websocket.send_message(message.decode())
        except trio_websocket.ConnectionClosed as error:
            raise BrowserLostError(closed_by_browser(error)) from error

    async def receive(self) -> list[bytes]:
        while not self.messages:
            if self.lost is not None:
                raise self.lost
            await self.changed.wait()
        taken, self.messages, self.size = self.messages, [], 0
        self.wake()
        return taken

    async def aclose(self) -> None:
        self.closing = True
        self.wake()
        await self.websocket.aclose()


def too_long() -> BrowserLostError:
    return BrowserLostError(
        f"the browser sent a message of more than {MAX_MESSAGE >> 20} MiB", "Clear its log: cdp-bgservices clear."
    )


def closed_by_browser(closed: trio_websocket.ConnectionClosed) -> str:
    """With the reason from the closing handshake, if that says more than 'going away'."""
    reason = closed.reason
    if reason is None or reason.code in (1000, 1001, 1005, 1006):
        return "the browser closed the connection"
    return f"the browser closed the connection ({reason.code} {reason.reason or reason.name})"
