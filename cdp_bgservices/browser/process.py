"""A Chromium process that was started here: its output, and how it ends."""

import re
from contextlib import suppress
from pathlib import Path

import trio

from cdp_bgservices.browser.profile import locked_elsewhere
from cdp_bgservices.browser.transport import PipeTransport
from cdp_bgservices.errors import BrowserError

EXIT_DEADLINE = 5.0
"""Seconds for a browser to exit after its pipe is closed."""

LAST_WORDS = 8 << 10
"""Bytes of the browser's standard error that are kept for an error message."""

LISTENING = re.compile(rb"DevTools listening on (ws://\S+)")
NOT_LISTENING = b"Cannot start http server for devtools"
"""content/browser/devtools/devtools_http_handler.cc."""
REFUSED = re.compile(rb"DevTools remote debugging (?:requires a non-default|is (disallowed))[^\r\n]*")
"""chrome/browser/devtools/remote_debugging_server.cc, chrome/browser/browser_process_impl.cc: it goes on without."""
ACTIVE_PORT = "DevToolsActivePort"
"""The file in a profile with the port that the browser chose, and its path."""
NO_SCREEN = ("Missing X server", "Failed to connect to Wayland display", "Unable to open X display")
"""ui/ozone/platform/x11/ozone_platform_x11.cc and its neighbours."""
LOCKED = b"profile appears to be in use"
"""chrome/browser/process_singleton_posix.cc."""
NO_SOCKETS = "Failed to create socket directory"
"""The same file. It is made in $TMPDIR, and nowhere else if that is not there."""


class Process:
    def __init__(self, process: trio.Process, profile: Path, pipe: PipeTransport | None = None) -> None:
        self.process = process
        self.profile = profile
        self.pipe = pipe
        """None if it is driven over its port."""
        self.last_words = b""
        self.heard = trio.Event()
        """Set when it writes more, and then replaced."""
        self.silent = trio.Event()

    async def listen(self) -> None:
        """Keep the end of its standard error."""
        assert self.process.stderr is not None
        with suppress(trio.BrokenResourceError, trio.ClosedResourceError):
            async for data in self.process.stderr:
                self.last_words = (self.last_words + bytes(data))[-LAST_WORDS:]
                self.wake()
        self.silent.set()
        self.wake()

    def wake(self) -> None:
        self.heard.set()
        self.heard = trio.Event()

    async def wait_listening(self) -> str:
        """Wait until its debugging port is open, and return the websocket URL. Raises BrowserError if it cannot be."""
        while (said := LISTENING.search(self.last_words)) is None:
            if self.silent.is_set():
                raise await self.death()
            await self.heard.wait()
        return said[1].decode()

    async def wait_noted(self) -> tuple[int, str]:
        """Wait until the port that it chose is written to its profile, where others read it, shortly after it listens.

        Returns the port, and the path of its endpoint. Raises BrowserError if it ends before.
        """
        while True:
            with suppress(FileNotFoundError, ValueError):  # It does not exist yet, or is not complete yet.
                port, path = (self.profile / ACTIVE_PORT).read_text().split()
                return int(port), path
            if self.silent.is_set() or self.process.poll() is not None:
                raise await self.death()
            await trio.sleep(0.01)

    async def note(self, port: int) -> None:
        """Write to its profile that its port is this one, for those who attach by the profile. Raises BrowserError."""
        _, path = await self.wait_noted()
        written = self.profile / f"{ACTIVE_PORT}.new"
        written.write_text(f"{port}\n{path}")
        written.replace(self.profile / ACTIVE_PORT)

    async def watch_refusal(self) -> None:
        """Raises BrowserError once it reports why it cannot be driven, and goes on, or asks the user, and waits."""
        while True:
            if LOCKED in self.last_words:
                raise in_use(self.profile)
            if NOT_LISTENING in self.last_words:
                raise BrowserError("the browser could not open its debugging port", "Give another --port.")
            if refused := REFUSED.search(self.last_words):
                raise BrowserError(
                    f"the browser ignores what it is to be driven by: {refused[0].decode('utf-8', 'replace')}",
                    "This machine's policy RemoteDebuggingAllowed forbids it: take another Chromium, with --chromium."
                    if refused[1]
                    else "Chrome 136 and later do so on the default profile: give another --profile.",
                )
            await self.heard.wait()

    async def death(self) -> BrowserError:
        """Why it has ended, with its last output. Call it when its pipe has closed."""
        with trio.move_on_after(EXIT_DEADLINE):
            await self.process.wait()
            # Its children may hold its standard error open a little longer.
            with trio.move_on_after(0.5):
                await self.silent.wait()
        status = self.process.returncode
        words = self.last_words.decode("utf-8", "replace").strip()
        if NO_SOCKETS in words:
            return BrowserError(
                "the browser cannot make a folder for its sockets", "Set TMPDIR to a folder that is there and writable."
            )
        if "ProcessSingleton" in words or LOCKED.decode() in words or status == 21:
            return in_use(self.profile)
        how = f"was killed by signal {-status}" if status and status < 0 else f"ended with status {status}"
        lines = [line for line in words.splitlines() if "dbus" not in line and "DBus" not in line][-6:]
        return BrowserError(
            f"the browser {how}" + (". Its last output:\n" + "\n".join(f"  {line}" for line in lines) if lines else ""),
            remedy_of(words),
        )


def remedy_of(words: str) -> str:
    """What to do about a browser that ended by itself, by its last output."""
    if any(said in words for said in NO_SCREEN):
        return "There is no screen for --headed: leave it out, set DISPLAY, or run it under xvfb-run."
    return (
        "See what it needs, and this machine lacks: cdp-bgservices doctor. In a container it may need "
        "--chromium-arg=--no-sandbox."
    )


def in_use(profile: Path) -> BrowserError:
    if (lock := locked_elsewhere(profile)) is not None:
        host, pid = lock
        return BrowserError(
            f"the profile {profile} is locked by a browser on another machine ({host}, process {pid})",
            "Close that browser. If the machine no longer exists, like a container after its run, delete the lock: "
            f"the links SingletonLock, SingletonCookie and SingletonSocket in {profile}",
        )
    return BrowserError(
        f"another browser has the profile {profile} open",
        "Close it, attach to it (--attach, if it was started with a debugging port), or use another folder.",
    )
