"""A Chromium process that was started here: its output, and how it ends."""

import re
from contextlib import suppress
from pathlib import Path

import trio

from cdp_bgservices.browser.profile import locked_elsewhere
from cdp_bgservices.errors import BrowserError

EXIT_DEADLINE = 5.0
"""Seconds for a browser to exit after its pipe is closed."""

LAST_WORDS = 8 << 10
"""Bytes of the browser's standard error that are kept for an error message."""

LISTENING = re.compile(rb"DevTools listening on (ws://\S+)")
NOT_LISTENING = b"Cannot start http server for devtools"
"""content/browser/devtools/devtools_http_handler.cc."""
LOCKED = b"profile appears to be in use"
"""chrome/browser/process_singleton_posix.cc."""


class Process:
    def __init__(self, process: trio.Process, profile: Path) -> None:
        self.process = process
        self.profile = profile
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
            if NOT_LISTENING in self.last_words:
                raise BrowserError("the browser could not open its debugging port", "Give another --port.")
            if self.silent.is_set():
                raise await self.death()
            await self.heard.wait()
        return said[1].decode()

    async def watch_lock(self) -> None:
        """Raises BrowserError once it reports that its profile is locked: with a window it asks the user, and waits."""
        while LOCKED not in self.last_words:
            await self.heard.wait()
        raise in_use(self.profile)

    async def death(self) -> BrowserError:
        """Why it has ended, with its last output. Call it when its pipe has closed."""
        with trio.move_on_after(EXIT_DEADLINE):
            await self.process.wait()
            # Its children may hold its standard error open a little longer.
            with trio.move_on_after(0.5):
                await self.silent.wait()
        status = self.process.returncode
        words = self.last_words.decode("utf-8", "replace").strip()
        if "ProcessSingleton" in words or LOCKED.decode() in words or status == 21:
            return in_use(self.profile)
        how = f"was killed by signal {-status}" if status and status < 0 else f"ended with status {status}"
        lines = [line for line in words.splitlines() if "dbus" not in line and "DBus" not in line][-6:]
        return BrowserError(
            f"the browser {how}" + (". Its last output:\n" + "\n".join(f"  {line}" for line in lines) if lines else ""),
            "Start it by hand to see more. In a container it may need --chromium-arg=--no-sandbox.",
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
