"""Whole text frames, taken out of a websocket's bytes before trio-websocket sees them.

trio-websocket and wsproto spend ten times as long on a message as decoding it takes, and hand over one each time
around trio's loop. Chromium sends every message as one unmasked, uncompressed text frame (RFC 6455, section 5.2),
and these are cut out here, a batch at a time. The handshake, pings and closing stay trio-websocket's; and so does
all the rest of a connection from the first frame on that is anything else.
"""

from collections.abc import Awaitable, Callable

import trio

TEXT, CLOSE, PING, PONG = 0x81, 0x88, 0x89, 0x8A
"""First bytes of final frames without extensions."""
LONGEST_CONTROL = 125
"""Bytes of a frame that is no data (RFC 6455, section 5.5)."""
CHUNK = 1 << 18
"""Bytes asked of the socket at a time."""


class TooLongError(ValueError):
    """A frame is longer than is taken."""


class FrameSplitter:
    """Bytes in, messages and what is left for trio-websocket out. No I/O."""

    def __init__(self, longest: int) -> None:
        self.longest = longest
        self.buffer = bytearray()
        self.given_up = False
        """Set at the first frame that is not for us."""

    def split(self, data: bytes | bytearray) -> tuple[list[bytes], bytes]:
        """The messages that are whole with this, and the bytes to pass on. Raises TooLongError."""
        if self.given_up:
            return [], bytes(data)
        self.buffer += data
        messages: list[bytes] = []
        passed = b""
        size, at = len(self.buffer), 0
        with memoryview(self.buffer) as view:
            while size - at >= 2:
                first, length, start = view[at], view[at + 1], at + 2
                if length == 126:
                    start += 2
                    length = int.from_bytes(view[at + 2 : start])
                elif length == 127:
                    start += 8
                    length = int.from_bytes(view[at + 2 : start])
                elif length > 127:
                    first = 0  # Masked, which no server may do.
                if first == TEXT and length > self.longest:
                    raise TooLongError(f"a message of {length} bytes")
                if first not in (TEXT, CLOSE, PING, PONG) or (first != TEXT and length > LONGEST_CONTROL):
                    self.given_up = True
                    passed += view[at:]
                    at = size
                    break
                end = start + length
                if start > size or end > size:
                    break
                if first == TEXT:
                    messages.append(bytes(view[start:end]))
                else:
                    passed += view[at:end]
                at = end
        del self.buffer[:at]
        return messages, passed


class TappedStream(trio.abc.Stream):
    """What trio-websocket reads and writes instead of the socket."""

    def __init__(self, stream: trio.abc.Stream, longest: int) -> None:
        self.stream = stream
        self.splitter = FrameSplitter(longest)
        self.take_in: Callable[[list[bytes]], Awaitable[None]] | None = None
        """Where messages go; None until the handshake is over."""
        self.refused: TooLongError | None = None
        """What ended it, if that was us."""

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
