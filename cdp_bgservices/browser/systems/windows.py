"""What is Windows' own: how a browser is started, jobs instead of process groups, and files that a process has open.

Written by Windows' documentation. No test has run it there yet: docs/platforms.md.
"""

import ctypes
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import trio

from cdp_bgservices.errors import BrowserError

Call = Callable[..., int]
"""Call one of Windows' functions by its name. Raises OSError where it fails."""

CREATE_SUSPENDED = 0x4
CREATE_NEW_PROCESS_GROUP = 0x200
CTRL_BREAK_EVENT = 1
TERMINATE, SET_QUOTA, SUSPEND_RESUME = 0x1, 0x100, 0x800
"""Rights on a process, which its job and its start need."""
BASIC_ACCOUNTING, EXTENDED_LIMITS = 1, 9
"""Of a job (``JOBOBJECTINFOCLASS``)."""
KILL_ON_JOB_CLOSE = 0x2000
KILL_DEADLINE = 5.0
"""Seconds for killed processes to end."""
BATCH = (".bat", ".cmd")
"""How the names of files end that Windows starts with a shell, which takes ``&`` and ``%`` for its own."""
HANDLES = ("CreateJobObjectW", "OpenProcess")
"""The functions that return a handle."""


def is_root() -> bool:
    """Whether Chromium refuses to start with its sandbox: not on Windows."""
    return False


class Accounting(ctypes.Structure):
    """``JOBOBJECT_BASIC_ACCOUNTING_INFORMATION``."""

    _fields_ = (
        ("times", ctypes.c_int64 * 4),
        ("page_faults", ctypes.c_uint32),
        ("total_processes", ctypes.c_uint32),
        ("active_processes", ctypes.c_uint32),
        ("terminated_processes", ctypes.c_uint32),
    )


class Limits(ctypes.Structure):
    """``JOBOBJECT_EXTENDED_LIMIT_INFORMATION``."""

    _fields_ = (
        ("times", ctypes.c_int64 * 2),
        ("flags", ctypes.c_uint32),
        ("working_sets", ctypes.c_size_t * 2),
        ("active_processes", ctypes.c_uint32),
        ("affinity", ctypes.c_size_t),
        ("classes", ctypes.c_uint32 * 2),
        ("counters", ctypes.c_uint64 * 6),
        ("memory", ctypes.c_size_t * 4),
    )


def call_windows(name: str, *arguments: Any) -> int:
    """What a function of kernel32 or ntdll returns. Raises OSError where it fails."""
    if sys.platform != "win32":
        raise OSError(f"{name} is a function of Windows")
    if name.startswith("Nt"):
        if status := ctypes.WinDLL("ntdll")[name](*arguments):
            raise ctypes.WinError(ctypes.WinDLL("ntdll").RtlNtStatusToDosError(status))
        return 0
    function = ctypes.WinDLL("kernel32", use_last_error=True)[name]
    function.restype = ctypes.c_void_p if name in HANDLES else ctypes.c_int
    if not (result := function(*arguments)):
        raise ctypes.WinError(ctypes.get_last_error())
    return int(result)


class Job:
    """Its processes, and those that they start, end when it is closed, which the system does if we are killed."""

    def __init__(self, call: Call = call_windows) -> None:
        self.call = call
        self.handle = ctypes.c_void_p(call("CreateJobObjectW", None, None))
        limits = Limits(flags=KILL_ON_JOB_CLOSE)
        call("SetInformationJobObject", self.handle, EXTENDED_LIMITS, ctypes.byref(limits), ctypes.sizeof(limits))

    def start(self, pid: int) -> None:
        """Take in a process that was made suspended, before it has started another one; and let it run."""
        process = ctypes.c_void_p(self.call("OpenProcess", TERMINATE | SET_QUOTA | SUSPEND_RESUME, 0, pid))
        try:
            self.call("AssignProcessToJobObject", self.handle, process)
            self.call("NtResumeProcess", process)
        finally:
            self.call("CloseHandle", process)

    @property
    def count(self) -> int:
        """How many processes are in it."""
        found = Accounting()
        size = ctypes.sizeof(found)
        self.call("QueryInformationJobObject", self.handle, BASIC_ACCOUNTING, ctypes.byref(found), size, None)
        return int(found.active_processes)

    def terminate(self) -> None:
        self.call("TerminateJobObject", self.handle, 1)

    def close(self) -> None:
        self.call("CloseHandle", self.handle)


class Group:
    """A process, and those that it starts."""

    def __init__(self, process: trio.Process, job: Job) -> None:
        self.process = process
        self.job = job

    def send(self, number: int) -> None:
        """Ctrl-Break, in place of any signal: a process group of its own gets no other one."""
        with suppress(OSError):  # It has ended.
            os.kill(self.process.pid, CTRL_BREAK_EVENT)

    @property
    def is_there(self) -> bool:
        """Whether anything of it is."""
        return self.job.count > 0

    async def kill(self) -> None:
        """All of it, and wait until it has ended: files that it has open could not be deleted."""
        self.job.terminate()
        await self.process.wait()
        with trio.move_on_after(KILL_DEADLINE):
            while self.is_there:  # noqa: ASYNC110 a job has no event that can be waited for here
                await trio.sleep(0.01)


async def start_group(command: str | Sequence[str], **options: Any) -> Group:
    """``options`` are those of ``trio.lowlevel.open_process``. It does not get our Ctrl-C. Raises OSError."""
    job = Job()
    options["creationflags"] = CREATE_SUSPENDED | CREATE_NEW_PROCESS_GROUP
    process = await trio.lowlevel.open_process(command, **options)
    try:
        job.start(process.pid)
    except OSError:
        process.kill()
        raise
    return Group(process, job)


async def start_browser(command: Sequence[str], environment: Mapping[str, str], *, over_port: bool) -> Group:
    """Raises BrowserError."""
    assert over_port, "docs/platforms.md"
    if command[0].lower().endswith(BATCH):
        raise BrowserError(
            f"{command[0]} is a batch file, whose arguments a shell would read", "Give the program that it starts."
        )
    try:
        return await start_group(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=environment
        )
    except OSError as error:
        raise BrowserError(
            f"{command[0]} cannot be started: {error.strerror or error}", "Give another --chromium."
        ) from error


@contextmanager
def holding(path: Path) -> Iterator[None]:
    """Make a file that is this process's; the system lets go of it, however the process ends."""
    with open(path, "wb"):
        yield


def is_left(path: Path) -> bool:
    """Whether the process that held it has ended, and with it, by its job, its browser: an open file is not deleted."""
    try:
        path.unlink()
    except OSError:
        return False
    return True
