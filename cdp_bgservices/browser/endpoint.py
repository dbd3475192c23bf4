"""From what a user has (a port, a URL, a websocket URL, a profile folder) to a websocket URL."""

import os
from http import HTTPStatus
from ipaddress import ip_address
from pathlib import Path
from socket import SOCK_STREAM, gaierror, getaddrinfo
from urllib.parse import SplitResult, urlsplit, urlunsplit

import msgspec
import trio

from cdp_bgservices.browser.http import NoHttpError, get
from cdp_bgservices.browser.profile import browser_pid, debugging_port
from cdp_bgservices.errors import BrowserError, InvalidInputError

HTTP_DEADLINE = 10.0
"""Seconds for the whole answer of ``/json/version``."""

ENDPOINT_FORMS = "Give a port, host:port, http://…, ws://…, or the folder of a running browser's profile."
FORWARD = (
    "Forward the port with ssh -L 9222:localhost:9222 HOST, and attach to 9222; or allow it with --allow-remote "
    "(allow_remote=True)."
)
HOW_TO_START = (
    "Start the browser with --remote-debugging-port=9222 and --user-data-dir=FOLDER: a folder of its own, "
    "since Chrome 136 and later ignore the port, in silence, on the default profile."
)


class VersionTold(msgspec.Struct, rename="camel"):
    """``/json/version``, what is used of it."""

    web_socket_debugger_url: str


class Endpoint(msgspec.Struct, frozen=True):
    """Where a browser can be attached to."""

    url: str
    """``ws://`` or ``wss://``, with the path of the browser's own endpoint."""
    given: str
    """What the user wrote."""
    profile: Path | None = None
    """The profile folder, where that is what the user wrote."""

    @property
    def host(self) -> str:
        return urlsplit(self.url).hostname or ""

    @property
    def is_loopback(self) -> bool:
        """Whether the browser is on this machine."""
        return is_loopback(self.host)


def is_loopback(host: str) -> bool:
    """By what is written alone: whatever another name stands for may change."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


async def find_endpoint(text: str, *, allow_remote: bool = False, deadline: float = HTTP_DEADLINE) -> Endpoint:
    """Raises InvalidInputError for what is no endpoint, or one of another machine that is not allowed;
    BrowserError for one where no browser answers.
    """
    given = text.strip()
    if given.isascii() and given.isdigit():
        if not 0 < int(given) < 65536:
            raise InvalidInputError(f"{given} is no port", "Ports go from 1 to 65535.")
        return await ask(f"http://127.0.0.1:{given}", given, deadline)
    scheme = given.partition("://")[0].lower() if "://" in given else ""
    if scheme in ("ws", "wss"):
        return Endpoint(checked(given, allow_remote).geturl(), given)
    if scheme in ("http", "https"):
        return await ask(checked(given, allow_remote).geturl().rstrip("/"), given, deadline)
    if scheme:
        raise InvalidInputError(f"{given!r} is no endpoint", ENDPOINT_FORMS)
    if (folder := folder_of(given)) is not None:
        found = announced(folder, given)
        if isinstance(found, Endpoint):
            return found
        return await ask(f"http://127.0.0.1:{found}", given, deadline, folder)
    host, colon, port = given.rpartition(":")
    if colon and port.isascii() and port.isdigit() and host and not set(host) & set("/\\ "):
        return await ask(checked(f"http://{given}", allow_remote).geturl(), given, deadline)
    raise InvalidInputError(f"{given!r} is neither an endpoint nor a folder that is there", ENDPOINT_FORMS)


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
        raise InvalidInputError(f"{url!r} is no endpoint", ENDPOINT_FORMS)
    if not allow_remote and not is_loopback(host):
        raise InvalidInputError(
            f"{host} is not this machine's loopback: whoever is on the way could drive the browser", FORWARD
        )
    return parts


def folder_of(text: str) -> Path | None:
    """The folder, if that is what the text names."""
    folder = os.path.expanduser(text)
    return Path(folder).resolve() if os.path.isdir(folder) else None


def announced(folder: Path, given: str) -> Endpoint | int:
    """The endpoint, or else the port, of the browser that runs on a profile. Raises BrowserError.

    ``DevToolsActivePort`` has a line with the port and one with the path, where the browser chose the port. It
    stays when the browser goes, so a port that a later browser was given counts for more.
    """
    pid = browser_pid(folder)
    if pid is not None and (given_port := debugging_port(pid)):
        return given_port
    try:
        port, path = (folder / "DevToolsActivePort").read_text().split()[:2]
        if not path.startswith("/"):
            raise ValueError(f"{path!r} is no path")  # As @elsewhere it would be the host's end.
        return Endpoint(f"ws://127.0.0.1:{int(port)}{path}", given, folder)
    except FileNotFoundError as error:
        if pid is None and not (folder / "Local State").exists():
            raise BrowserError(
                f"{given} is no browser's profile folder: it has no 'Local State'",
                "Give the folder that chrome://version shows as 'Profile Path', without its last part.",
            ) from error
        raise BrowserError(
            f"no browser with a debugging port is running on the profile {given}", HOW_TO_START
        ) from error
    except (OSError, ValueError) as error:
        raise BrowserError(
            f"{given}/DevToolsActivePort cannot be read: {error}", "Restart the browser, or attach to its port."
        ) from error


async def ask(base: str, given: str, deadline: float, profile: Path | None = None) -> Endpoint:
    """The endpoint that ``/json/version`` names."""
    status, body = await fetch(f"{base}/json/version", given, deadline)
    if status == HTTPStatus.INTERNAL_SERVER_ERROR and (numeric := by_address(base)):
        # Chromium refuses a Host that is neither localhost nor an address, against DNS rebinding.
        base = numeric
        status, body = await fetch(f"{base}/json/version", given, deadline)
    if status == HTTPStatus.NOT_FOUND:
        raise BrowserError(
            f"{given} answers, but has no /json/version",
            "A Chrome that was switched on at chrome://inspect/#remote-debugging has none: attach to its "
            "profile folder instead. Otherwise it is no browser.",
        )
    if status != HTTPStatus.OK:
        raise BrowserError(
            f"{given} refused: HTTP status {status}",
            "Attach by an address or by localhost: Chromium refuses other host names, and proxies may too.",
        )
    try:
        url = urlsplit(msgspec.json.decode(body, type=VersionTold).web_socket_debugger_url)
    except ValueError as error:
        raise BrowserError(f"what listens at {given} is no Chromium with DevTools", HOW_TO_START) from error
    asked = urlsplit(base)
    scheme = "wss" if asked.scheme == "https" else "ws"
    return Endpoint(urlunsplit((scheme, asked.netloc, url.path, url.query, "")), given, profile)


async def fetch(url: str, given: str, deadline: float) -> tuple[int, bytes]:
    """Status and body of a GET. Raises BrowserError where nothing answers in HTTP."""
    try:
        return await get(url, deadline=deadline)
    except trio.TooSlowError as error:
        raise BrowserError(f"{given} did not answer within {deadline:g} s", "Is that the browser's port?") from error
    except NoHttpError as error:
        raise BrowserError(f"what listens at {given} does not speak HTTP", HOW_TO_START) from error
    except ValueError as error:
        raise InvalidInputError(f"{given!r} is no endpoint ({error})", ENDPOINT_FORMS) from error
    except OSError as error:
        if is_refusal(error):
            raise BrowserError(f"nothing listens at {given}", HOW_TO_START) from error
        raise BrowserError(f"{given} cannot be reached: {error}", HOW_TO_START) from error


def is_refusal(error: OSError) -> bool:
    """trio tries each address of a name, and raises one OSError for all of them."""
    causes = error.__cause__.exceptions if isinstance(error.__cause__, BaseExceptionGroup) else (error.__cause__,)
    return any(isinstance(each, ConnectionRefusedError) for each in (error, *causes))


def by_address(base: str) -> str | None:
    """The same URL with the host's address in place of its name; None where it has an address already."""
    parts = urlsplit(base)
    try:
        ip_address(parts.hostname or "")
        return None
    except ValueError:
        pass
    try:
        family_and_address = getaddrinfo(parts.hostname, parts.port or 80, type=SOCK_STREAM)
    except gaierror:
        return None
    address = str(family_and_address[0][4][0])
    host = f"[{address}]" if ":" in address else address
    return f"{parts.scheme}://{host}:{parts.port or 80}"
