"""What is Linux's and macOS' own: how a browser is started, process groups, and files that a process has locked."""

import fcntl
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import trio

from cdp_bgservices.browser.profile import processes_of

assert sys.platform != "win32"  # windows.py has the same functions.

OVER_PIPE = 'exec "$@" 3<&0 4>&1 0</dev/null 1>&2'
"""Chromium reads commands from descriptor 3 and writes to 4; it is given ours through the standard two."""
OVER_PORT = 'exec 3<&0; (read -r _; kill $$) <&3 >/dev/null 2>&1 & exec "$@" 3<&- 0</dev/null 1>&2'
"""Our end of its standard input closes if we are killed: then it is asked to exit, as a closed pipe asks it. The number
cannot be another process's by then: it is that of the process group, in which the subshell is.
"""
PIPE_SIZE = 1 << 20
"""Bytes that Linux should buffer in the pipe, so that reader and browser do not wait for each other."""


def is_root() -> bool:
    """Whether Chromium refuses to start with its sandbox, since this process is root's."""
    return sys.platform == "linux" and os.geteuid() == 0


class Group:
    """A process, and those that it starts."""

    def __init__(self, process: trio.Process) -> None:
        self.process = process

    def send(self, number: int) -> None:
        """A signal, to all of it."""
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, number)

    @property
    def is_there(self) -> bool:
        """Whether anything of it is."""
        if self.process.poll() is None:
            return True
        try:
            os.killpg(self.process.pid, 0)
        except (ProcessLookupError, PermissionError):
            return False
        return True

    async def kill(self) -> None:
        """All of it, and wait for the process itself."""
        self.send(signal.SIGKILL)
        await self.process.wait()


async def start_group(command: str | Sequence[str], **options: Any) -> Group:
    """``options`` are those of ``trio.lowlevel.open_process``. It does not get our Ctrl-C. Raises OSError."""
    return Group(await trio.lowlevel.open_process(command, start_new_session=True, **options))


async def start_browser(command: Sequence[str], environment: Mapping[str, str], *, over_port: bool) -> Group:
    """It is asked to exit when its standard input is closed, which the system does if we are killed."""
    group = await start_group(
        ["/bin/sh", "-c", OVER_PORT if over_port else OVER_PIPE, "sh", *command],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL if over_port else subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment,
    )
    if sys.platform == "linux" and group.process.stdout is not None:
        assert isinstance(group.process.stdout, trio.lowlevel.FdStream)
        # An unprivileged user may have reached the limit of all pipes; the pipe then stays as it is.
        with suppress(PermissionError):
            fcntl.fcntl(group.process.stdout.fileno(), fcntl.F_SETPIPE_SZ, PIPE_SIZE)
    return group


@contextmanager
def holding(path: Path) -> Iterator[None]:
    """Make a file that is this process's; the system lets go of it, however the process ends."""
    # The name appears with the lock on it: a file that another process can lock is one that was left.
    new = path.with_name(f"{path.name}.new")
    with open(new, "wb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        new.rename(path)
        yield


def is_left(path: Path) -> bool:
    """Whether a process of this user that held it has ended, with its browser. It may be gone by now."""
    try:
        with open(os.open(path, os.O_RDWR | os.O_NOFOLLOW), "wb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return path.parent.lstat().st_uid == os.getuid() and not processes_of(path.parent)
    except OSError:
        return False
