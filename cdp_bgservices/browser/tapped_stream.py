"""A websocket's byte stream, from which whole text frames are taken before trio-websocket reads it."""

from collections.abc import Awaitable, Callable

import trio

from cdp_bgservices.protocol.frames import FrameSplitter, TooLongError

CHUNK = 1 << 18
"""Bytes read from the socket at a time."""


class TappedStream(trio.abc.Stream):
    """The stream that trio-websocket uses instead of the socket."""

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
