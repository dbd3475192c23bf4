"""Standard input and output as one byte stream, for nothing but a protocol."""

import os
import sys

import trio

PART = 1 << 16
"""Bytes that are read at a time."""


class StandardStream(trio.abc.Stream):
    """Read and written in threads, on any system: a file, a pipe or a terminal. Make one before anything is started:
    what others in this process print, or a program that it starts, goes to standard error instead, and the program's
    standard input is empty.
    """

    def __init__(self) -> None:
        self.input, self.output = os.dup(0), os.dup(1)
        nowhere = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nowhere, 0)
        os.close(nowhere)
        sys.stdout.flush()
        os.dup2(2, 1)

    async def receive_some(self, max_bytes: int | None = None) -> bytes:
        try:
            return await trio.to_thread.run_sync(os.read, self.input, max_bytes or PART, abandon_on_cancel=True)
        except OSError as error:
            raise trio.BrokenResourceError from error

    async def send_all(self, data: bytes | bytearray | memoryview) -> None:
        """A reader that does not read is waited for, but holds up nothing else: not the end of the process either."""
        left = memoryview(data)
        try:
            while left:
                written = await trio.to_thread.run_sync(os.write, self.output, left, abandon_on_cancel=True)
                left = left[written:]
        except OSError as error:
            raise trio.BrokenResourceError from error

    async def wait_send_all_might_not_block(self) -> None:
        await trio.lowlevel.checkpoint()

    async def aclose(self) -> None:
        """Nothing is closed: a thread may still be reading. The end of the process does it."""
        await trio.lowlevel.checkpoint()
