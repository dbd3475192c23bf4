"""Start a Chromium of our own, on a pipe, with a profile; and be sure that it is gone afterwards."""

import errno
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress
from logging import getLogger
from pathlib import Path

import msgspec
import trio

from cdp_bgservices.browser.arguments import joined
from cdp_bgservices.browser.find import find_chromium
from cdp_bgservices.browser.process import EXIT_DEADLINE, Process, in_use
from cdp_bgservices.browser.profile import browser_pid, processes_of
from cdp_bgservices.browser.temporary import temporary_folder
from cdp_bgservices.browser.transport import PipeTransport
from cdp_bgservices.errors import BrowserError, InvalidInputError
from cdp_bgservices.platforms import Ability, require
from cdp_bgservices.tasks import open_tasks

log = getLogger(__name__)

# Chromium reads commands from descriptor 3 and writes to 4; it is given ours through the standard two.
DESCRIPTORS = 'exec "$@" 3<&0 4>&1 0</dev/null 1>&2'
PIPE_SIZE = 1 << 20
"""Bytes that Linux should buffer in the pipe, so that reader and browser do not wait for each other."""

QUIET = ("--no-first-run", "--no-default-browser-check", "--hide-crash-restore-bubble")
TEMPORARY = ("--password-store=basic", "--use-mock-keychain", "--disable-sync", "--disable-component-update")
"""For a temporary profile: do not use the system keyring, do not download anything."""

ADDRESSES = ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1"))
"""Of loopback. Clients treat them as one."""


class Launch(msgspec.Struct, frozen=True, kw_only=True):
    """What to start."""

    chromium: str | None = None
    """A program; None searches the usual places."""
    profile: Path | None = None
    """A folder that is kept; None makes a temporary one."""
    headed: bool = False
    port: int | None = None
    """Also open a debugging port on loopback for other clients; 0 lets the browser choose."""
    arguments: tuple[str, ...] = ()
    """Further command-line arguments. Those that are lists are joined, such as ``--enable-features``."""
    environment: Mapping[str, str] = {}
    """Variables in addition to ours."""
    prefix: tuple[str, ...] = ()
    """A command that runs the command line appended to it, and keeps descriptors 3 and 4 open."""


@asynccontextmanager
async def open_process(launch: Launch) -> AsyncIterator[tuple[Process, PipeTransport]]:
    """Start it. When the body ends, it is asked to exit, and then killed, with its child processes.

    Raises BrowserError where no Chromium is found, or its profile is in use or cannot be made.
    """
    require(Ability.LAUNCH_PIPE)
    program = find_chromium(launch.chromium)
    with profile_folder(launch.profile) as profile:
        arguments = command_line(program, launch, profile)
        process = await trio.lowlevel.open_process(
            ["/bin/sh", "-c", DESCRIPTORS, "sh", *launch.prefix, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            # A process group of its own: it must not get our Ctrl-C, and its children are found by it.
            start_new_session=True,
            env={**os.environ, **launch.environment},
        )
        assert process.stdin is not None
        assert process.stdout is not None
        started = Process(process, profile)
        try:
            widen(process.stdout)
            async with open_tasks() as tasks:
                tasks.start_soon(started.listen)
                yield started, PipeTransport(process.stdin, process.stdout)
        finally:
            with trio.CancelScope(shield=True):
                await end(process, profile)


@contextmanager
def profile_folder(kept: Path | None) -> Iterator[Path]:
    """The folder to use: one that the user keeps, or one that is deleted afterwards."""
    if kept is None:
        with temporary_folder("profile") as folder:
            yield folder
        return
    folder = kept.expanduser().absolute()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BrowserError(
            f"the profile folder {folder} cannot be made: {error.strerror}", "Give another folder."
        ) from error
    if not os.access(folder, os.W_OK | os.X_OK):
        raise BrowserError(f"the profile folder {folder} is not writable", "Give another folder.")
    # Checked before the start: a second Chromium would open a window in the first one, and exit.
    if browser_pid(folder) is not None:
        raise in_use(folder)
    yield folder


def command_line(program: Path, launch: Launch, profile: Path) -> list[str]:
    arguments = [str(program), f"--user-data-dir={profile}", "--remote-debugging-pipe", *QUIET]
    if launch.profile is None:
        arguments += TEMPORARY
    if not launch.headed:
        arguments.append("--headless=new")
    if launch.port is not None:
        arguments.append(f"--remote-debugging-port={launch.port}")
    if is_root() and "--no-sandbox" not in launch.arguments:
        log.warning("running as root: starting the browser with --no-sandbox")
        arguments.append("--no-sandbox")
    return [*joined([*arguments, *launch.arguments]), "about:blank"]


def is_root() -> bool:
    """Whether Chromium refuses to start with its sandbox, since this process is root's."""
    return sys.platform == "linux" and os.geteuid() == 0


def widen(pipe: trio.abc.ReceiveStream) -> None:
    """Let the pipe buffer more, if the system supports it."""
    if sys.platform == "linux":
        import fcntl  # It does not exist on Windows, from where one can attach.

        assert isinstance(pipe, trio.lowlevel.FdStream)
        # An unprivileged user may have reached the limit of all pipes; the pipe then stays as it is.
        with suppress(PermissionError):
            fcntl.fcntl(pipe.fileno(), fcntl.F_SETPIPE_SZ, PIPE_SIZE)


async def end(process: trio.Process, profile: Path) -> None:
    """Close the pipe, which asks Chromium to exit; kill what has not exited in time, child processes too."""
    for stream in (process.stdin, process.stdout):
        assert stream is not None
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


def check_free(port: int, addresses: Iterable[tuple[socket.AddressFamily, str]] = ADDRESSES) -> None:
    """Raises InvalidInputError where something listens there.

    Chromium takes ::1 if 127.0.0.1 is in use, and goes on without a port if both are. A client that has only the
    number, or ``localhost``, would reach another program.
    """
    for family, address in addresses:
        try:
            with socket.socket(family, socket.SOCK_STREAM) as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # As Chromium does.
                probe.bind((address, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                host = f"[{address}]" if family == socket.AF_INET6 else address
                raise InvalidInputError(
                    f"port {port} is already in use at {host}:{port}",
                    "Give another port, or 0 for any that is free.",
                ) from error
