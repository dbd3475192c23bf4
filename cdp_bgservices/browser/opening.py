"""One browser, launched or attached to: its connection, what it is, and which profile it runs on."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from logging import getLogger
from pathlib import Path
from urllib.parse import urlsplit

import trio
from cdp import browser as browser_domain

from cdp_bgservices.browser.connection import Connection, Session, open_connection
from cdp_bgservices.browser.endpoint import Endpoint, find_endpoint
from cdp_bgservices.browser.launch import Launch, open_process
from cdp_bgservices.browser.limits import FULL_CHROMIUM, limit_of
from cdp_bgservices.browser.ports import ADDRESSES, check_free
from cdp_bgservices.browser.process import Process
from cdp_bgservices.browser.profile import profile_of
from cdp_bgservices.browser.reaching import open_attached, silent
from cdp_bgservices.errors import BrowserError, BrowserLostError, CommandError
from cdp_bgservices.protocol import commands
from cdp_bgservices.tasks import open_tasks

log = getLogger(__name__)

START_DEADLINE = 30.0
"""Seconds for a browser to start, or to let us in, and to say what it is."""


class Browser:
    """Made by :func:`open_browser`."""

    def __init__(
        self, connection: Connection, product: str, profile: Path | None, source: str, process: Process | None
    ) -> None:
        self.connection = connection
        self.product = product
        """Such as ``Chrome/156.0.8078.79``."""
        self.profile = profile
        """The profile folder (``--user-data-dir``), where the browser says which it is."""
        self.source = source
        """The name of its profile in the store, unless the recorder is given another."""
        self.process = process
        """None where it was attached to."""
        self.endpoint: str | None = None
        """The websocket URL at which it can be attached to; None where only its pipe leads to it."""
        self.is_temporary = False
        """Whether its profile is gone for good when it ends."""
        self.hidden_targets: bool | None = None
        """Whether it has them; None until somebody asked."""
        self.own_contexts: set[str] = set()
        """Contexts of ours, which are nothing to record."""
        self.own_targets: set[str] = set()
        """Targets that we have made or attached to: they do not show that others use the browser."""
        self.made_contexts: set[str] = set()
        """Contexts that are known to have been made over the protocol."""
        self.has_windows = False
        """Whether its profiles have windows, which a user opens and closes: it is not headless."""
        self.windowed_contexts: set[str] = set()
        """Contexts that were seen to have a window or a page; without one they are about to go."""
        self.crashed_targets: set[str] = set()
        """From which nothing can be observed until they are loaded again."""

    @property
    def root(self) -> Session:
        """The session of the browser itself."""
        return self.connection.root

    async def wait_lost(self) -> None:
        """Until the connection ends."""
        await self.connection.lost.wait()


@asynccontextmanager
async def open_browser(
    attach: str | None = None,
    *,
    launch: Launch | None = None,
    allow_remote: bool = False,
    deadline: float = START_DEADLINE,
) -> AsyncIterator[Browser]:
    """A Chromium: the running one at ``attach`` (a port, host:port, http://, ws:// or a profile folder), or a new one.

    One on another machine is refused without ``allow_remote``: who reads along there sees all, and can drive it.
    ``deadline`` is the seconds that it has to say what it is, once it was started or has let us in.

    Resource handling: one that was launched is gone, with its children and its temporary profile, when the
    body has ended; one that was attached to goes on.

    A profile folder leads to the browser that has it open, and to no other. A port is looked for at both addresses of
    loopback; where two browsers have it, none is taken.

    What it is known not to be able to do is a warning of the logger ``cdp_bgservices``.

    Raises InvalidInputError for an ``attach`` that is not an endpoint and for a port of ``launch`` that is taken,
    BrowserError where no browser is found, it is not certain which is meant, or it refuses.
    """
    if attach is None:
        async with open_launched(launch or Launch(), deadline) as browser:
            yield browser
        return
    found = await find_endpoint(attach, allow_remote=allow_remote)
    async with open_attached(found, deadline) as (connection, endpoint):
        try:
            with trio.fail_after(deadline):
                browser = await introduce(connection, endpoint=endpoint, profile=endpoint.profile)
                browser.endpoint = endpoint.url
                if not endpoint.is_loopback and endpoint.url.startswith("ws:"):
                    log.warning(
                        "%s is another machine: whoever is on the way can read all, and drive it", endpoint.host
                    )
        except trio.TooSlowError as error:
            raise silent(endpoint, deadline) from error
        yield browser


@asynccontextmanager
async def open_launched(launch: Launch, deadline: float) -> AsyncIterator[Browser]:
    if launch.port and not launch.prefix:  # With one it may be in a network of its own.
        check_free(launch.port)
    async with open_process(launch) as (process, transport), open_connection(transport) as connection:
        try:
            with trio.fail_after(deadline):
                async with open_tasks() as tasks:
                    tasks.start_soon(process.watch_lock)
                    browser = await introduce(connection, process=process, profile=process.profile)
                browser.is_temporary = launch.profile is None
                if launch.port is not None:
                    browser.endpoint = await process.wait_listening()
                    if launch.port and urlsplit(browser.endpoint).hostname != ADDRESSES[0][1]:
                        check_free(launch.port, ADDRESSES[:1])  # Another process took it first.
                    await wait_noted(process.profile, launch.port)
        except BrowserLostError as error:
            raise await process.death() from error
        except trio.TooSlowError as error:
            raise BrowserError(
                f"the browser did not answer on its pipe within {deadline:g} s",
                "Chrome 136 and later ignore it on the default profile: give a --profile of its own.",
            ) from error
        yield browser


async def wait_noted(profile: Path, port: int) -> None:
    """Until a port that the browser chose stands in its profile, a little after it listens: others look there."""
    note = trio.Path(profile / "DevToolsActivePort")
    while port == 0 and not (await note.exists() and "/devtools/browser/" in await note.read_text()):  # noqa: ASYNC110 files tell nobody
        await trio.sleep(0.01)


async def introduce(
    connection: Connection,
    *,
    process: Process | None = None,
    endpoint: Endpoint | None = None,
    profile: Path | None = None,
) -> Browser:
    """Ask a browser what it is, and which profile it runs on."""
    _, product, *_ = await connection.root.call(browser_domain.get_version())
    if limit := limit_of(product):
        log.warning("%s. %s", limit, FULL_CHROMIUM)
    try:
        line = str((await connection.root.call(commands.get_system_info())).get("commandLine", ""))
    except CommandError:
        line = ""
    profile = profile or profile_in(line)
    if profile is None and endpoint is not None and endpoint.is_loopback:
        with suppress(CommandError):  # Then it is called by its place.
            pids = await connection.root.call(commands.get_browser_processes())
            profile = next((folder for pid in pids if (folder := profile_of(pid))), None)
    browser = Browser(connection, product, profile, source_name(profile, endpoint), process)
    browser.has_windows = "--headless" not in line and not product.startswith("HeadlessChrome/")
    return browser


def source_name(profile: Path | None, endpoint: Endpoint | None) -> str:
    """The same for one profile, whichever way its browser was reached."""
    if profile is None:
        return endpoint.given if endpoint else ""
    # A folder's name may be no Unicode, which an event's source is.
    folder = os.path.realpath(profile).encode(errors="backslashreplace").decode()
    if endpoint is None or endpoint.is_loopback:
        return folder
    return f"{endpoint.host}:{profile}"


def profile_in(command_line: str) -> Path | None:
    """``--user-data-dir`` of a command line as Chromium prints it: unquoted, arguments beginning with ``--``."""
    _, found, rest = command_line.partition("--user-data-dir=")
    if not found:
        return None
    folder = Path(rest.split(" --")[0].strip().strip('"'))
    return Path(*folder.parts) if folder.is_absolute() else None
