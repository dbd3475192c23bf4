"""Start a Chromium of our own, on a pipe or a port, with a profile; and be sure that it is gone afterwards."""

import errno
import os
import socket
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress
from logging import getLogger
from pathlib import Path
from typing import Literal

import msgspec
import trio

from cdp_bgservices.browser.arguments import joined
from cdp_bgservices.browser.find import find_chromium
from cdp_bgservices.browser.process import ACTIVE_PORT, EXIT_DEADLINE, Process, in_use
from cdp_bgservices.browser.profile import is_open, processes_of
from cdp_bgservices.browser.systems import Group, is_root, start_browser
from cdp_bgservices.browser.temporary import temporary_folder
from cdp_bgservices.browser.transport import PipeTransport
from cdp_bgservices.errors import BrowserError, InvalidInputError
from cdp_bgservices.platforms import Ability, Platform, available, here, require
from cdp_bgservices.tasks import open_tasks

log = getLogger(__name__)

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
    transport: Literal["pipe", "port"] | None = None
    """How it is driven: over a pipe, which no other process reaches, or over a debugging port on loopback. None is the
    pipe, and on Windows, which has no such pipe, the port.
    """
    port: int | None = None
    """Also open a debugging port on loopback for other clients; 0 lets the browser choose."""
    arguments: tuple[str, ...] = ()
    """Further command-line arguments. Those that are lists are joined, such as ``--enable-features``."""
    environment: Mapping[str, str] = {}
    """Variables in addition to ours."""
    prefix: tuple[str, ...] = ()
    """A command that runs the command line appended to it, and keeps descriptors 3 and 4 open."""

    @property
    def is_over_port(self) -> bool:
        return not available(Ability.LAUNCH_PIPE) if self.transport is None else self.transport == "port"

    @property
    def debugging_port(self) -> int | None:
        """The one that it is to open; 0 lets the browser choose, None opens none."""
        return 0 if self.port is None and self.is_over_port else self.port


@asynccontextmanager
async def open_process(launch: Launch) -> AsyncIterator[Process]:
    """Start it. When the body ends, it is asked to exit, and then killed, with its child processes.

    Raises BrowserError where no Chromium is found, or its profile is in use or cannot be made; InvalidInputError for a
    transport that does not exist.
    """
    if launch.transport not in (None, "pipe", "port"):
        raise InvalidInputError(f"{launch.transport!r} is not a transport", "Give 'pipe' or 'port', or leave it out.")
    require(Ability.LAUNCH_PORT if launch.is_over_port else Ability.LAUNCH_PIPE)
    program = find_chromium(launch.chromium)
    with profile_folder(launch.profile) as profile:
        with suppress(OSError):
            (profile / ACTIVE_PORT).unlink()  # An earlier browser's: it would lead to another one, or to none.
        arguments = command_line(program, launch, profile)
        group = await start_browser(
            [*launch.prefix, *arguments], {**os.environ, **launch.environment}, over_port=launch.is_over_port
        )
        pipe = None
        if not launch.is_over_port:
            assert group.process.stdin is not None
            assert group.process.stdout is not None
            pipe = PipeTransport(group.process.stdin, group.process.stdout)
        started = Process(group.process, profile, pipe)
        try:
            async with open_tasks() as tasks:
                tasks.start_soon(started.listen)
                yield started
        finally:
            with trio.CancelScope(shield=True):
                await end(group, profile)


@contextmanager
def profile_folder(kept: Path | None) -> Iterator[Path]:
    """The folder to use: one that the user keeps, or one that is deleted afterwards."""
    if kept is None:
        with temporary_folder("profile") as folder:
            yield folder
        return
    try:
        folder = kept.expanduser().absolute()
    except RuntimeError as error:
        raise BrowserError(f"the profile folder {kept} is not known: {error}", "Give another folder.") from error
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BrowserError(
            f"the profile folder {folder} cannot be made: {error.strerror}", "Give another folder."
        ) from error
    if not os.access(folder, os.W_OK | os.X_OK):
        raise BrowserError(f"the profile folder {folder} is not writable", "Give another folder.")
    # Checked before the start: a second Chromium would open a window in the first one, and exit.
    if is_open(folder):
        raise in_use(folder)
    yield folder


def for_root(launch: Launch) -> Launch:
    """The same, without a sandbox where Chromium would not start with it; that is said."""
    if not is_root() or "--no-sandbox" in launch.arguments:
        return launch
    log.warning("running as root: starting the browser with --no-sandbox")
    return msgspec.structs.replace(launch, arguments=("--no-sandbox", *launch.arguments))


def command_line(program: Path, launch: Launch, profile: Path) -> list[str]:
    launch = for_root(launch)
    arguments = [str(program), f"--user-data-dir={profile}", *QUIET]
    if not launch.is_over_port:
        arguments.append("--remote-debugging-pipe")
    if launch.debugging_port is not None:
        arguments.append(f"--remote-debugging-port={launch.debugging_port}")
    if launch.profile is None:
        arguments += TEMPORARY
    if not launch.headed:
        arguments.append("--headless=new")
    return [*joined([*arguments, *launch.arguments]), "about:blank"]


async def end(group: Group, profile: Path) -> None:
    """Close its streams, which asks it to exit; kill what has not exited in time, child processes too."""
    process = group.process
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            await stream.aclose()
    with trio.move_on_after(EXIT_DEADLINE):
        await process.wait()
    await group.kill()
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
                if here() is not Platform.WINDOWS:  # There it would share a port that is in use.
                    probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # As Chromium does.
                probe.bind((address, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                host = f"[{address}]" if family == socket.AF_INET6 else address
                raise InvalidInputError(
                    f"port {port} is already in use at {host}:{port}",
                    "Give another port, or 0 for any that is free.",
                ) from error
