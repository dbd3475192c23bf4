"""From what a user has (a port, a URL, a websocket URL, a profile folder) to a websocket URL."""

import os
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

import msgspec

from cdp_bgservices.browser.address import LOOPBACK, addresses, is_loopback, is_place, shown
from cdp_bgservices.browser.profile import browser_pid, debugging_port
from cdp_bgservices.browser.refusals import HOW_TO_START
from cdp_bgservices.browser.version import HTTP_DEADLINE, ask
from cdp_bgservices.errors import BrowserError, InvalidInputError

ENDPOINT_FORMS = (
    "Give a port, host:port, http://…, ws://…, the folder of a running browser's profile, or android[:SERIAL]."
)
FORWARD = (
    "Forward the port with ssh -L 9222:localhost:9222 HOST, and attach to 9222; or allow it with --allow-remote "
    "(allow_remote=True)."
)


class Device(msgspec.Struct, frozen=True):
    """The Android device that a browser runs on, which a forwarded port leads to."""

    place: str
    """Where the same browser is found again: ``android:SERIAL/SOCKET``, without what changes when it is restarted."""
    source: str
    """The browser's name in the store."""
    is_emulator: bool
    """Whether it is a program on this machine."""


class Endpoint(msgspec.Struct, frozen=True):
    """Where a browser can be attached to."""

    url: str
    """``ws://`` or ``wss://``, with the path of the browser's own endpoint, and the query that a gateway checks."""
    given: str
    """What the user wrote, without secrets."""
    profile: Path | None = None
    """The profile folder, where that is what the user wrote."""
    pid: int | None = None
    """The process that has the profile open; None where the URL's own path says which browser it is."""
    others: tuple[str, ...] = ()
    """Further URLs at which the browser may be instead: its port, at loopback's other address."""
    device: Device | None = None

    @property
    def host(self) -> str:
        return urlsplit(self.url).hostname or ""

    @property
    def is_loopback(self) -> bool:
        """Whether its address is of this machine, so that no one on the network can read along."""
        return is_loopback(self.host)

    @property
    def is_here(self) -> bool:
        """Whether the browser is on this machine, as far as that shows."""
        return self.is_loopback and (self.device is None or self.device.is_emulator)

    @property
    def shares_files(self) -> bool:
        """Whether its processes and its profile may be those that we see."""
        return self.is_loopback and self.device is None

    def each(self) -> Iterator["Endpoint"]:
        """One endpoint for each URL, the likeliest first."""
        for url in (self.url, *self.others):
            yield msgspec.structs.replace(self, url=url, others=())


async def find_endpoint(text: str, *, allow_remote: bool = False, deadline: float = HTTP_DEADLINE) -> Endpoint:
    """Raises InvalidInputError for what is not an endpoint, or one of another machine that is not allowed;
    BrowserError where no browser answers, or two do and either may be meant.
    """
    given = text.strip()
    name = shown(given)
    scheme = given.partition("://")[0].lower() if "://" in given else ""
    if given.isascii() and given.isdigit():
        if not 0 < int(given) < 65536:
            raise InvalidInputError(f"{given} is not a valid port", "Ports go from 1 to 65535.")
        return of_urls(await ask(urlsplit(f"http://localhost:{given}"), name, deadline), name)
    if scheme in ("ws", "wss"):
        return of_urls([each.geturl() for each in addresses(checked(given, allow_remote))], name)
    if scheme in ("http", "https"):
        return of_urls(await ask(checked(given, allow_remote), name, deadline), name)
    if not scheme and (folder := folder_of(given)) is not None:
        return await find_by_profile(folder, name, deadline)
    if not scheme and is_place(given):
        return of_urls(await ask(checked(f"http://{given}", allow_remote), name, deadline), name)
    what = "is not a valid endpoint" if scheme else "is neither an endpoint nor a folder that exists"
    raise InvalidInputError(f"{name!r} {what}", ENDPOINT_FORMS)


def of_urls(urls: list[str], name: str, profile: Path | None = None, pid: int | None = None) -> Endpoint:
    return Endpoint(urls[0], name, profile, pid, tuple(urls[1:]))


def checked(url: str, allow_remote: bool) -> SplitResult:
    """The URL's parts. Raises InvalidInputError for a URL without a host or with an impossible port, and for
    another machine's that is not allowed.
    """
    try:
        parts = urlsplit(url)
        host = parts.hostname if parts.port != 0 else None
    except ValueError:
        host = None
    if not host:
        raise InvalidInputError(f"{shown(url)!r} is not a valid endpoint", ENDPOINT_FORMS)
    if not allow_remote and not is_loopback(host):
        raise InvalidInputError(
            f"{host} is not this machine's loopback: others on the network could control the browser", FORWARD
        )
    return parts


def folder_of(text: str) -> Path | None:
    try:
        folder = os.path.expanduser(text)
    except ValueError:
        return None  # No user's name has a NUL in it.
    return Path(folder).resolve() if os.path.isdir(folder) else None


async def find_by_profile(folder: Path, name: str, deadline: float) -> Endpoint:
    """That of the browser that has the profile open. Raises BrowserError.

    ``DevToolsActivePort`` has a line with the port and one with the path, where the browser chose the port. It
    stays when the browser goes, so a port that a later browser was given counts for more.
    """
    pid = browser_pid(folder)
    if pid is not None and (port := debugging_port(pid)):
        return of_urls(await ask(urlsplit(f"http://localhost:{port}"), name, deadline, folder), name, folder, pid)
    try:
        noted, path = (folder / "DevToolsActivePort").read_text().split()[:2]
        if not path.startswith("/"):
            raise ValueError(f"{path!r} is not a path")  # Appended to the URL, "@elsewhere" would change the host.
        return of_urls([f"ws://{address}:{int(noted)}{path}" for address in LOOPBACK], name, folder)
    except FileNotFoundError as error:
        if pid is None and not (folder / "Local State").exists():
            raise BrowserError(
                f"{name} is not a browser's profile folder: it has no 'Local State'",
                "Give the folder that chrome://version shows as 'Profile Path', without its last part.",
            ) from error
        raise BrowserError(
            f"no browser with a debugging port is running on the profile {name}", HOW_TO_START
        ) from error
    except (OSError, ValueError) as error:
        raise BrowserError(
            f"{name}/DevToolsActivePort cannot be read: {error}", "Restart the browser, or attach to its port."
        ) from error
