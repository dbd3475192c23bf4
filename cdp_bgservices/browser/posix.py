"""Start a program on Linux and macOS, and end it with its child processes."""

import fcntl
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import trio

from cdp_bgservices.browser.process import EXIT_DEADLINE
from cdp_bgservices.browser.profile import processes_of

assert sys.platform != "win32"  # windows.py has the same functions.

HAS_PIPE = True
OVER_PIPE = 'exec "$@" 3<&0 4>&1 0</dev/null 1>&2'
"""Chromium reads commands from descriptor 3 and writes to 4; it is given ours through the standard two."""
OVER_PORT = 'exec 3<&0; (read -r _; kill $$) <&3 >/dev/null 2>&1 & exec "$@" 3<&- 0</dev/null 1>&2'
"""Our end of its standard input closes if we are killed: then it is asked to exit, as a closed pipe asks it. The number
cannot be another process's by then: it is that of the process group, in which the subshell is.
"""
PIPE_SIZE = 1 << 20
"""Bytes that Linux should buffer in the pipe, so that reader and browser do not wait for each other."""


@asynccontextmanager
async def open_program(
    command: Sequence[str], environment: Mapping[str, str], profile: Path, *, over_port: bool
) -> AsyncIterator[trio.Process]:
    """When the body ends, it is asked to exit, and then killed, with its child processes."""
    process = await trio.lowlevel.open_process(
        ["/bin/sh", "-c", OVER_PORT if over_port else OVER_PIPE, "sh", *command],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL if over_port else subprocess.PIPE,
        stderr=subprocess.PIPE,
        # A process group of its own: it must not get our Ctrl-C, and its children are found by it.
        start_new_session=True,
        env=environment,
    )
    try:
        if process.stdout is not None:
            widen(process.stdout)
        yield process
    finally:
        with trio.CancelScope(shield=True):
            await end(process, profile)


def widen(pipe: trio.abc.ReceiveStream) -> None:
    """Let the pipe buffer more, if the system supports it."""
    if sys.platform == "linux":
        assert isinstance(pipe, trio.lowlevel.FdStream)
        # An unprivileged user may have reached the limit of all pipes; the pipe then stays as it is.
        with suppress(PermissionError):
            fcntl.fcntl(pipe.fileno(), fcntl.F_SETPIPE_SZ, PIPE_SIZE)


async def end(process: trio.Process, profile: Path) -> None:
    """Close its streams, which asks it to exit; kill what has not exited in time, child processes too."""
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            await stream.aclose()
    with trio.move_on_after(EXIT_DEADLINE):
        await process.wait()
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    await process.wait()
    assert process.stderr is not None
    await process.stderr.aclose()
    # A killed process takes a moment to end. Crash handlers have sessions of their own, and end without a signal.
    with trio.move_on_after(EXIT_DEADLINE):
        while processes_of(profile):  # noqa: ASYNC110 only our own child processes can be waited for
            await trio.sleep(0.01)
