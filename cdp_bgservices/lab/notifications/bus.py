"""A separate D-Bus session bus: it has no desktop, and starts no service."""

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import trio

from cdp_bgservices.errors import BrowserError
from cdp_bgservices.platforms import Ability, require

START_DEADLINE = 10.0
"""Seconds for the daemon to listen."""

GRACE = 5
"""Seconds that the bus stays if this process is killed: Chromium ends then, too, and aborts without a bus."""

SOCKET = re.compile(rb"[-_/.0-9A-Za-z]{1,99}")
"""A socket's path that an address of D-Bus has as it is. Clients differ in how they read others, and D-Bus's limit of
its length is a little less than the system's."""

# In a user namespace a browser has another user id, so EXTERNAL fails. The folder's permissions let only the owner in.
CONFIGURATION = """<busconfig>
  <type>session</type>
  <listen>unix:path={socket}</listen>
  <auth>EXTERNAL</auth>
  <auth>ANONYMOUS</auth>
  <allow_anonymous/>
  <policy context="default">
    <allow send_destination="*"/>
    <allow receive_sender="*"/>
    <allow own="*"/>
  </policy>
</busconfig>
"""

# The shell outlives this process. When its input ends, for whatever reason, it removes the bus and its folder.
KEEPER = """
dbus-daemon --config-file="$1/bus.conf" --nofork --nopidfile --print-address=1 </dev/null 2>"$1/log" &
exec >&-
trap '' HUP INT TERM
read -r _ || sleep "$2"
kill "$!"
wait "$!"
rm -rf "$1"
"""


@asynccontextmanager
async def open_bus() -> AsyncIterator[str]:
    """Yields its address for ``DBUS_SESSION_BUS_ADDRESS``. Only this user can connect.

    Resource handling: the bus and its folder are gone with the body, or a few seconds after this process is killed.
    Raises BrowserError if ``dbus-daemon`` is missing or does not start.
    """
    require(Ability.LAB_NOTIFICATIONS)
    folder = private_folder()
    try:
        (folder / "bus.conf").write_text(CONFIGURATION.format(socket=folder / "bus"))
        keeper = await trio.lowlevel.open_process(
            ["/bin/sh", "-c", KEEPER, "sh", str(folder), str(GRACE)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C is for this process only.
        )
        try:
            yield await listening(keeper, folder)
        finally:
            with trio.CancelScope(shield=True):
                await end(keeper)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def private_folder() -> Path:
    """For its owner only (0700), and with a path that a socket may have."""
    folder = tempfile.mkdtemp(prefix="cdp-bgservices-bus-")
    if SOCKET.fullmatch(os.fsencode(folder) + b"/bus"):
        return Path(folder)
    os.rmdir(folder)
    return Path(tempfile.mkdtemp(prefix="cdp-bgservices-bus-", dir="/tmp"))


async def listening(keeper: trio.Process, folder: Path) -> str:
    """The address, when connecting is possible. Raises BrowserError."""
    assert keeper.stdout is not None
    printed = b""
    with trio.move_on_after(START_DEADLINE):
        while not printed.endswith(b"\n") and (part := await keeper.stdout.receive_some()):
            printed += part
    if not printed.endswith(b"\n"):
        lines = (folder / "log").read_text(errors="replace").split("\n")
        said = [line for line in lines if line.strip()] or ["it said nothing"]
        raise BrowserError(f"dbus-daemon did not start: {said[-1]}", "Check whether `dbus-daemon --session` starts.")
    return printed.decode().strip()


async def end(keeper: trio.Process) -> None:
    assert keeper.stdin is not None
    assert keeper.stdout is not None
    with suppress(trio.BrokenResourceError, trio.ClosedResourceError):
        await keeper.stdin.send_all(b"now\n")
    await keeper.stdin.aclose()
    await keeper.wait()
    await keeper.stdout.aclose()
