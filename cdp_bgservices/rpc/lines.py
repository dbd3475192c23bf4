"""Lines out of a byte stream."""

from collections.abc import AsyncIterator

import trio

from cdp_bgservices.rpc.messages import LARGEST


class Lines(AsyncIterator[bytearray | None]):
    """None for a line that is longer than ``LARGEST``, of which nothing is kept. What has no end is not a line."""

    def __init__(self, stream: trio.abc.ReceiveStream) -> None:
        self.stream = stream
        self.waiting = bytearray()
        self.searched = 0
        """Bytes of it in which there is no end of a line."""
        self.is_skipping = False

    async def __anext__(self) -> bytearray | None:
        while True:
            end = self.waiting.find(b"\n", self.searched)
            if end >= 0:
                line = self.waiting[:end]
                del self.waiting[: end + 1]
                self.searched = 0
                was_skipping, self.is_skipping = self.is_skipping, False
                return None if was_skipping or len(line) > LARGEST else line
            self.searched = len(self.waiting)
            if self.searched > LARGEST:
                self.is_skipping = True
                self.waiting.clear()
                self.searched = 0
            part = await self.stream.receive_some()
            if not part:
                raise StopAsyncIteration
            self.waiting += part
