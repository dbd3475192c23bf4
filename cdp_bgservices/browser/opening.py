"""One browser, launched or attached to: its connection, its product and its profile."""

import os
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from logging import getLogger
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import trio
from cdp import browser as browser_domain
from cdp import target as target_domain

from cdp_bgservices.browser import https
from cdp_bgservices.browser.connection import Connection, Session
from cdp_bgservices.browser.driving import find_urls, open_driven, unless_refused
from cdp_bgservices.browser.endpoint import Device, Endpoint
from cdp_bgservices.browser.launch import Launch, check_free, open_process
from cdp_bgservices.browser.process import Process
from cdp_bgservices.browser.profile import profile_of
from cdp_bgservices.browser.reaching import open_attached, open_endpoint, silent
from cdp_bgservices.errors import BrowserError, BrowserLostError, CommandError, InvalidInputError
from cdp_bgservices.protocol import commands
from cdp_bgservices.protocol.messages import Message, ProtocolError

log = getLogger(__name__)

START_DEADLINE = 30.0
"""Seconds for a browser to start, or to accept the connection, and to say what it is."""
DETACH_DEADLINE = 1.0

HEADLESS_SHELL = "HeadlessChrome/"
"""How the headless shell's product begins; a full Chromium's is ``Chrome/``, headless too."""

FULL_CHROMIUM = "Use a full Chromium, Chrome or Edge: new headless (--headless=new) has both."


class Browser:
    """Made by :func:`open_browser`."""

    def __init__(
        self,
        connection: Connection,
        product: str,
        profile: Path | None,
        source: str,
        process: Process | None,
        device: Device | None = None,
    ) -> None:
        self.connection = connection
        self.product = product
        """Such as ``Chrome/156.0.8078.79``."""
        self.profile = profile
        """The profile folder (``--user-data-dir``), if the browser reports it."""
        self.source = source
        """The name of its profile in the store, unless the recorder is given another."""
        self.process = process
        """None if it was attached to."""
        self.device = device
        """What it runs on, if that is reached over adb."""
        self.own_identity = uuid4().hex if process else device.source if device else ""
        """No other client reaches a browser that has its pipe only. One on Android has no id in its URL
        (chrome/browser/android/devtools_manager_delegate_android.cc: IsBrowserTargetDiscoverable)."""
        self.endpoint: str | None = None
        """The websocket URL at which others can attach to it; None if it has its pipe only."""
        self.is_here = True
        """Whether it runs on this machine, as far as its address shows that."""
        self.in_lab = False
        """Whether it was started in the lab: then the settings of its profile may be changed."""
        self.changed_settings: set[tuple[str, str]] = set()
        """Origins, and names of permissions: the settings of its profile that we have changed."""
        self.is_temporary = False
        """Whether its profile is deleted when it ends."""
        self.hidden_targets: bool | None = None
        """Whether it has them; None before it was asked."""
        self.own_contexts: set[str] = set()
        """Contexts that we have made, which are not recorded."""
        self.own_targets: set[str] = set()
        """Targets that we have made or attached to. They do not count as use by others."""
        self.made_contexts: set[str] = set()
        """Contexts that are known to have been made over the protocol."""
        self.has_windows = False
        """Whether its profiles have windows, which a user opens and closes: it is not headless."""
        self.shows_late = False
        """Whether its notifications come to the screen, by way of the system, after it has logged that it displayed
        them."""
        self.windowed_contexts: set[str] = set()
        """Contexts that have had a window or a page. Without one they are about to end."""
        self.allows_downloads = False
        """Whether each page may start several downloads by itself."""
        self.crashed_targets: set[str] = set()
        """Targets that cannot be observed from until they are loaded again."""

    @property
    def identity(self) -> str:
        """The same for each of its clients, and another one for each other browser; empty if that is unknown."""
        # Without the query, in which a token may be: this is stored.
        _, found, id_ = urlsplit(self.endpoint or "").path.partition("/devtools/browser/")
        return id_ if found else self.own_identity

    @property
    def root(self) -> Session:
        return self.connection.root

    async def attach(self, target_id: str) -> Session:
        """A session on a target. Raises CommandError, BrowserLostError."""
        target = target_domain.TargetID(target_id)
        return self.connection.attached(str(await self.root.call(target_domain.attach_to_target(target, flatten=True))))

    async def detach(self, session: Session) -> None:
        """End a session, within a second. The browser may have ended it."""
        session.stop_listening()
        with trio.move_on_after(DETACH_DEADLINE, shield=True), suppress(CommandError, BrowserLostError):
            await self.root.call(target_domain.detach_from_target(target_domain.SessionID(session.session_id)))

    @property
    def is_lost(self) -> bool:
        return self.connection.lost.is_set()

    async def wait_lost(self) -> None:
        await self.connection.lost.wait()


@asynccontextmanager
async def open_session(browser: Browser, target_id: str) -> AsyncIterator[Session]:
    """A session on a target until the body ends. Raises CommandError, BrowserLostError."""
    session = await browser.attach(target_id)
    try:
        yield session
    finally:
        await browser.detach(session)


@asynccontextmanager
async def open_browser(
    attach: str | None = None,
    *,
    launch: Launch | None = None,
    allow_remote: bool = False,
    ignore_https_errors: bool = False,
    deadline: float = START_DEADLINE,
) -> AsyncIterator[Browser]:
    """A Chromium: the running one at ``attach`` (a port, host:port, http://, ws://, a profile folder, or
    ``android[:SERIAL[/SOCKET]]``, a device over adb), or a new one.

    One on another machine is refused without ``allow_remote``: others on the network could read everything, and control
    it. ``ignore_https_errors`` accepts every certificate, in the whole browser, until the body ends. ``deadline``:
    seconds for it to say what it is, after it was started or has accepted the connection.

    Resource handling: a browser that was launched ends with the body, with its child processes and its temporary
    profile. One that was attached to keeps running. The port that is forwarded to a device is removed with the body.

    A profile folder leads only to the browser that has it open. A port is tried at both addresses of loopback; if two
    browsers use it, neither is taken.

    Known limits of the browser are logged as a warning of the logger ``cdp_bgservices``.

    Raises InvalidInputError for an ``attach`` that is not an endpoint and for a port of ``launch`` that is in use,
    BrowserError where no browser is found, the endpoint is ambiguous, or the browser refuses.
    """
    if attach is not None and not isinstance(attach, str):
        message = f"open_browser takes an address as text, such as '9222', and not {attach!r}"
        raise InvalidInputError(message, "To start a browser: open_browser(launch=Launch(...)).")
    if attach is None:
        async with open_launched(launch or Launch(), deadline) as browser:
            if ignore_https_errors:
                await https.ignore_https_errors(browser.root)
            yield browser
        return
    async with (
        open_endpoint(attach, allow_remote=allow_remote) as found,
        open_attached(found, deadline) as (connection, endpoint),
    ):
        try:
            with trio.fail_after(deadline):
                browser = await introduce(connection, endpoint=endpoint, profile=endpoint.profile)
                browser.endpoint = endpoint.url
                if not endpoint.is_loopback and endpoint.url.startswith("ws:"):
                    log.warning(
                        "%s is another machine: others on the network can read everything, and control the browser",
                        endpoint.host,
                    )
        except trio.TooSlowError as error:
            raise silent(endpoint, deadline) from error
        if ignore_https_errors:
            await https.ignore_https_errors(browser.root)
        yield browser


@asynccontextmanager
async def open_launched(launch: Launch, deadline: float) -> AsyncIterator[Browser]:
    if launch.port and not launch.prefix:  # With a prefix it may be in its own network.
        check_free(launch.port)
    async with open_process(launch) as process, open_driven(process, launch, deadline) as (connection, url):
        try:
            with trio.fail_after(deadline):
                browser = await unless_refused(
                    process, lambda: introduce(connection, process=process, profile=process.profile)
                )
                browser.is_temporary = launch.profile is None
                browser.endpoint = url
                if url is None and launch.debugging_port is not None:
                    browser.endpoint = (await unless_refused(process, lambda: find_urls(process, launch)))[0]
        except BrowserLostError as error:
            raise await process.death() from error
        except trio.TooSlowError as error:
            raise BrowserError(
                f"the browser did not answer on its {'port' if url else 'pipe'} within {deadline:g} s",
                "See whether it is a Chromium that starts here: cdp-bgservices doctor."
                if launch.profile is None
                else "Chrome 136 and later ignore the pipe on the default profile: give another --profile.",
            ) from error
        yield browser


async def introduce(
    connection: Connection,
    *,
    process: Process | None = None,
    endpoint: Endpoint | None = None,
    profile: Path | None = None,
) -> Browser:
    """Ask a browser what it is, and which profile it runs on."""
    _, product, _, user_agent, *_ = await connection.root.call(browser_domain.get_version())
    if limit := limit_of(product):
        log.warning("%s. %s", limit, FULL_CHROMIUM)
    try:
        line = str((await connection.root.call(commands.get_system_info())).get("commandLine", ""))
    except CommandError:
        line = ""
    device = endpoint.device if endpoint else None
    profile = profile or (profile_in(line) if device is None else None)
    if profile is None and endpoint is not None and endpoint.shares_files:
        with suppress(CommandError):  # Then its name is its endpoint.
            pids = await connection.root.call(commands.get_browser_processes())
            profile = next((folder for pid in pids if (folder := profile_of(pid))), None)
    browser = Browser(connection, product, profile, source_name(profile, endpoint), process, device)
    browser.is_here = endpoint is None or endpoint.is_here
    browser.has_windows = "--headless" not in line and not product.startswith(HEADLESS_SHELL)
    browser.shows_late = browser.has_windows and any(system in user_agent for system in ("Macintosh", "Windows NT"))
    return browser


def source_name(profile: Path | None, endpoint: Endpoint | None) -> str:
    """The same for one profile, however its browser was reached."""
    if endpoint is not None and endpoint.device is not None:
        return endpoint.device.source
    if profile is None:
        return endpoint.given if endpoint else ""
    # A folder's name may not be valid Unicode, but an event's source is.
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


def limit_of(product: str) -> str:
    """What a browser of this product (``Browser.getVersion``) lacks; ``""`` if nothing is known to be missing."""
    if product.startswith(HEADLESS_SHELL):
        return f"{product} is the headless shell, which has no background sync and no notifications"
    return ""


async def note_each(session: Session, note: Callable[[Message], object]) -> None:
    """Note each notification until the session ends, so that the connection's reader need not wait."""
    with suppress(BrowserLostError):
        while True:
            note_all(session, await session.notifications(), note)


def note_all(session: Session, messages: Iterable[Message], note: Callable[[Message], object]) -> None:
    """Call ``note`` with each message. Those that it does not understand are counted, with a warning."""
    for message in messages:
        try:
            note(message)
        except ProtocolError as error:
            session.connection.not_understood += 1
            log.warning("a message from the browser was not understood: %s", error)
