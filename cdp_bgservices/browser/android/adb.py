"""Android's debug bridge, as a program: its devices, their sockets, and a port that is forwarded to one of them."""

import os
import re
import shutil
import subprocess
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from logging import getLogger
from pathlib import Path

import trio

from cdp_bgservices.errors import BrowserError

log = getLogger(__name__)

DEADLINE = 10.0
"""Seconds for one command. The first one also starts adb's server."""
SOCKET = re.compile(r" 00010000 0001 01 +\d+ @(\S*_devtools_remote(?:_(\d+))?)\s", re.ASCII)
"""An abstract socket that listens and is named like Chromium's, in a line of ``/proc/net/unix``, and the process that
may be part of its name (chrome/browser/devtools/device/android_device_info_query.cc)."""
INSTALL = (
    "Install Android's platform tools (Debian: the package adb), or name the program in $ADB; "
    "$ANDROID_HOME/platform-tools is searched, too."
)


def find_adb(environ: Mapping[str, str] = os.environ) -> Path:
    """``$ADB``, or the first one in the folders of the SDK and on the path. Raises BrowserError if there is none."""
    if asked := environ.get("ADB"):
        if found := shutil.which(os.path.expanduser(asked), path=environ.get("PATH")):
            return Path(found)
        raise BrowserError(f"{asked} (ADB) is not a program that can be run", INSTALL)
    sdks = [environ[name] for name in ("ANDROID_HOME", "ANDROID_SDK_ROOT") if environ.get(name)]
    folders = [*(str(Path(sdk, "platform-tools")) for sdk in sdks), environ.get("PATH", os.defpath)]
    if found := shutil.which("adb", path=os.pathsep.join(folders)):
        return Path(found)
    raise BrowserError("adb was not found, which reaches a browser on a device", INSTALL)


class Adb:
    """The program, and for what concerns one device its serial."""

    def __init__(self, program: Path) -> None:
        self.program = program

    async def run(self, *arguments: str) -> str:
        """What it prints. Raises BrowserError if it fails or does not end."""
        try:
            with trio.fail_after(DEADLINE):
                done = await trio.run_process(
                    [self.program, *arguments],
                    stdin=subprocess.DEVNULL,
                    capture_stdout=True,
                    capture_stderr=True,
                    check=False,
                    start_new_session=True,  # Ctrl-C is for this process only: what was forwarded is removed by us.
                )
        except trio.TooSlowError as error:
            raise BrowserError(
                f"adb {' '.join(arguments)} did not end within {DEADLINE:g} s", "Restart its server: adb kill-server."
            ) from error
        except OSError as error:
            raise BrowserError(f"{self.program} cannot be run: {error.strerror or error}", INSTALL) from error
        if done.returncode:
            lines = [line.strip() for line in (done.stderr + done.stdout).decode(errors="replace").splitlines()]
            # Before it: "* daemon not running; starting now at tcp:5037".
            said = next((line for line in lines if line and not line.startswith("*")), f"status {done.returncode}")
            raise BrowserError(f"adb failed: {said.removeprefix('adb: ').removeprefix('error: ')}", "Try: adb devices")
        return done.stdout.decode(errors="replace")

    async def devices(self) -> dict[str, str]:
        """The state of each device, by serial. Raises BrowserError."""
        lines = (await self.run("devices")).splitlines()
        pairs = [line.split("\t", 1) for line in lines if "\t" in line]
        return {serial.strip(): state.strip() for serial, state in pairs}

    async def sockets(self, serial: str) -> dict[str, str]:
        """The process of each socket of a debugger on the device, by the socket's name; empty if it is unknown.

        Raises BrowserError.
        """
        found = SOCKET.findall(await self.run("-s", serial, "shell", "cat", "/proc/net/unix"))
        return {name: await self.process_name(serial, pid) if pid else "" for name, pid in dict(found).items()}

    async def process_name(self, serial: str, pid: str) -> str:
        """An app's processes are named like its package; empty if it has ended."""
        try:
            line = await self.run("-s", serial, "shell", "cat", f"/proc/{pid}/cmdline")
        except BrowserError as error:
            log.debug("the process %s of %s has no name: %s", pid, serial, error)
            return ""
        name, end, _ = line.partition("\0")
        return name if end else ""  # Before Android 7, what a failing command prints is the answer.

    @asynccontextmanager
    async def open_forward(self, serial: str, socket: str) -> AsyncIterator[int]:
        """A port of this machine's loopback that leads to a device's socket until the body ends. Raises BrowserError.

        It is removed even if the body is cancelled. A process that is killed leaves it until the device goes away.
        """
        with trio.CancelScope(shield=True):  # Else a port could be forwarded whose number is never read.
            printed = (await self.run("-s", serial, "forward", "tcp:0", f"localabstract:{socket}")).strip()
        if not printed.isdigit():
            raise BrowserError(f"adb forward printed no port, but {printed!r}", "Install newer platform tools.")
        try:
            yield int(printed)
        finally:
            with trio.CancelScope(shield=True):
                await self.remove_forward(serial, printed)

    async def remove_forward(self, serial: str, port: str) -> None:
        """Where the device has gone, adb has removed it."""
        try:
            await self.run("-s", serial, "forward", "--remove", f"tcp:{port}")
        except BrowserError as error:
            if f"tcp:{port}" in await self.run("forward", "--list"):
                log.warning("adb still forwards port %s to %s: %s", port, serial, error)
