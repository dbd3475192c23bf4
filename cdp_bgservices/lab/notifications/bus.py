"""A D-Bus session bus of our own: no desktop is on it, and it starts no service."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from xml.sax.saxutils import escape

import trio

from cdp_bgservices.errors import BrowserError

START_DEADLINE = 10.0
"""Seconds for the daemon to listen."""

GRACE = 5
"""Seconds that the bus outlives us when we are killed: Chromium is about to go then, too, and aborts without it."""

LONGEST_SOCKET = 99
"""Bytes that a socket's path can have: D-Bus's own limit, a little less than the system's."""

# Where a browser is in a user namespace it has another user id there, so that EXTERNAL fails; who gets through the
# folder's permissions is the owner in any case.
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

# The shell outlives us: what it reads from ends with us, however that comes, and the bus and its folder then go too.
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
    """Yields its address, as ``DBUS_SESSION_BUS_ADDRESS`` takes it; only this user can connect.

    Resource handling: the bus, its socket and its folder are gone when the body has ended, or a few seconds after
    we were killed.

    Raises BrowserError where there is no ``dbus-daemon``, or it does not start.
    """
    if sys.platform != "linux":
        raise BrowserError("notifications can be clicked on Linux only", "Leave them out of the lab here.")
    if shutil.which("dbus-daemon") is None:
        raise BrowserError("there is no dbus-daemon for the notification center", "Install the package dbus.")
    folder = private_folder()
    try:
        (folder / "bus.conf").write_text(CONFIGURATION.format(socket=escape(str(folder / "bus"))))
        keeper = await trio.lowlevel.open_process(
            ["/bin/sh", "-c", KEEPER, "sh", str(folder), str(GRACE)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C is for us.
        )
        try:
            yield await listening(keeper, folder)
        finally:
            with trio.CancelScope(shield=True):
                await end(keeper)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def private_folder() -> Path:
    """For its owner only (0700), and with a path that leaves room for a socket's name."""
    folder = tempfile.mkdtemp(prefix="cdp-bgservices-bus-")
    if len(os.fsencode(folder) + b"/bus") <= LONGEST_SOCKET:
        return Path(folder)
    os.rmdir(folder)
    return Path(tempfile.mkdtemp(prefix="cdp-bgservices-bus-", dir="/tmp"))


async def listening(keeper: trio.Process, folder: Path) -> str:
    """The address, once somebody can connect to it. Raises BrowserError."""
    assert keeper.stdout is not None
    printed = b""
    with trio.move_on_after(START_DEADLINE):
        while not printed.endswith(b"\n"):
            part = await keeper.stdout.receive_some()
            if not part:
                break
            printed += part
    if not printed.endswith(b"\n"):
        lines = (folder / "log").read_text(errors="replace").split("\n")
        said = [line for line in lines if line.strip()] or ["it said nothing"]
        raise BrowserError(
            f"dbus-daemon did not start: {said[-1]}", "Look whether `dbus-daemon --session` does by itself."
        )
    return printed.decode().strip()


async def end(keeper: trio.Process) -> None:
    assert keeper.stdin is not None
    assert keeper.stdout is not None
    with suppress(trio.BrokenResourceError, trio.ClosedResourceError):
        await keeper.stdin.send_all(b"now\n")
    await keeper.stdin.aclose()
    await keeper.wait()
    await keeper.stdout.aclose()
