"""What the command of ``--run`` prints, if it goes through us: its reader may go away, which must not end it."""

import os
import select
import stat
import sys
from typing import TextIO

import trio


class Relay:
    """From a process to standard error, for as long as any process holds its pipe; nothing if it has none."""

    def __init__(self, process: trio.Process) -> None:
        self.process = process
        self.is_busy = False
        """Whether a slow reader is waited for."""
        self.done = trio.Event()

    async def run(self) -> None:
        if self.process.stdout is not None:
            async with self.process.stdout:
                async for data in self.process.stdout:
                    self.is_busy = True
                    await trio.to_thread.run_sync(pass_on, data, abandon_on_cancel=True)
                    self.is_busy = False
        self.done.set()

    async def drain(self, grace: float) -> None:
        """Until all of it is written. What has left the process's group may hold the pipe for longer than ``grace``
        seconds: that is not waited for.
        """
        while not self.done.is_set():
            with trio.move_on_after(grace):
                await self.done.wait()
            if not self.is_busy:
                break


def is_pipe(stream: TextIO) -> bool:
    """Whether it has a reader that may go away; a file or a terminal has none."""
    try:
        mode = os.fstat(stream.fileno()).st_mode
    except (OSError, ValueError):
        return False
    return stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)


def pass_on(data: bytes | bytearray) -> None:
    """To standard error, as it is; nothing if its reader has gone."""
    while data:
        try:
            data = data[os.write(sys.stderr.fileno(), data) :]
        except BlockingIOError:  # the other end has made the pipe so
            select.select([], [sys.stderr.fileno()], [])
        except OSError:
            return
