"""A Chromium with windows, on a virtual screen: several profiles of one user data folder, open at once."""

import os
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import trio
from cdp import target as target_domain

from cdp_bgservices.browser.connection import Session
from cdp_bgservices.browser.opening import Browser
from cdp_bgservices.browser.pages import Page
from cdp_bgservices.events import Event, Service
from cdp_bgservices.protocol import commands
from cdp_bgservices.protocol.registrations import Registrations
from cdp_bgservices.protocol.wire_events import parse_event
from tests.browser.processes import noted_port
from tests.debian import ensure_program
from tests.waiting import look_again

ARGUMENTS = ("--no-first-run", "--no-default-browser-check", "--disable-gpu", "--remote-debugging-port=0")


@contextmanager
def open_screen() -> Iterator[str]:
    """The name of a display of an X server of its own."""
    reading, writing = os.pipe()
    command = [str(ensure_program("Xvfb", "xvfb")), "-displayfd", str(writing), "-screen", "0", "1024x768x24"]
    server = subprocess.Popen(command, pass_fds=(writing,), stderr=subprocess.DEVNULL)
    os.close(writing)
    try:
        with os.fdopen(reading) as reported:
            yield f":{reported.readline().strip()}"
    finally:
        server.kill()
        server.wait()


def window(profile: str, url: str) -> tuple[str, str]:
    """The arguments for a window of a profile."""
    return f"--profile-directory={profile}", url


class Windows:
    """One browser after the other on a user data folder."""

    def __init__(self, chromium: Path, folder: Path, display: str) -> None:
        self.chromium = chromium
        self.folder = folder
        self.display = display
        self.process: trio.Process | None = None

    def command(self, *arguments: str) -> list[str]:
        root = ["--no-sandbox"] if os.geteuid() == 0 else []
        return [str(self.chromium), *ARGUMENTS, *root, f"--user-data-dir={self.folder}", *arguments]

    async def start(self, *arguments: str) -> None:
        """Start the browser; it can be attached to by its folder when this returns."""
        (self.folder / "DevToolsActivePort").unlink(missing_ok=True)
        environment = {**os.environ, "DISPLAY": self.display}
        quiet = subprocess.DEVNULL
        self.process = await trio.lowlevel.open_process(
            self.command(*arguments), env=environment, stdout=quiet, stderr=quiet
        )
        while not noted_port(self.folder):
            assert self.process.poll() is None, "it did not start"
            await trio.sleep(0.05)

    async def open_window(self, profile: str, url: str) -> None:
        """A second start of the same folder: the browser that is there opens the window."""
        environment = {**os.environ, "DISPLAY": self.display}
        await trio.run_process(
            self.command(*window(profile, url)), env=environment, capture_stdout=True, capture_stderr=True
        )

    async def kill(self) -> None:
        """As a crash, or the power, does."""
        if self.process is not None:
            self.process.kill()
            await self.process.wait()

    @property
    def is_alive(self) -> bool:
        return self.process is not None and self.process.poll() is None


@asynccontextmanager
async def open_windows(chromium: Path, folder: Path, display: str) -> AsyncIterator[Windows]:
    windows = Windows(chromium, folder, display)
    try:
        yield windows
    finally:
        with trio.CancelScope(shield=True):
            await windows.kill()


async def find_page(browser: Browser, url: str) -> Page:
    """The page at that address, its worker ready, once it is there."""
    while True:
        for info in await browser.root.call(target_domain.get_targets()):
            if info.type_ == "page" and info.url == url:
                session_id = await browser.root.call(target_domain.attach_to_target(info.target_id, flatten=True))
                session = browser.connection.attached(str(session_id))
                session.target_id = str(info.target_id)
                page = Page(session)
                while not await page.evaluate("typeof site === 'object'"):
                    await look_again()
                await page.evaluate("site.ready()")
                return page
        await trio.sleep(0.05)


async def close_page(browser: Browser, page: Page) -> None:
    """And its window with it, where it is the only one there."""
    await browser.root.call(target_domain.close_target(target_domain.TargetID(page.session.target_id)))


async def own_log(session: Session, source: str) -> dict[str, Event]:
    """What the browser itself has kept of that page's profile, by id, as it is replayed to an observer."""
    session.listen()
    for service in Service:
        await session.call(commands.start_observing(service))
    kept = [
        parse_event(message.params, source, "", Registrations().scopes)
        for message in await session.notifications()
        if message.method == "BackgroundService.backgroundServiceEventReceived"
    ]
    for service in Service:
        await session.call(commands.stop_observing(service))
    session.stop_listening()
    return {event.id: event for event in kept}
