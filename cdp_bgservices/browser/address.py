"""The URL of an endpoint: read, put together, and shown without secrets."""

import base64
from ipaddress import ip_address
from urllib.parse import SplitResult, unquote, urlsplit, urlunsplit

LOOPBACK = ("127.0.0.1", "[::1]")
"""The addresses of ``localhost``. Chromium takes the second one if the port is in use at the first, and logs that
(chrome/browser/devtools/remote_debugging_server.cc).
"""
VERSION = "/json/version"
"""The path at which a browser gives the URL of its websocket (content/browser/devtools/devtools_http_handler.cc)."""


def shown(text: str) -> str:
    """An endpoint without its secrets: user, password, query and fragment, where hosted browsers have theirs, are left
    out. Any other text is returned unchanged.
    """
    scheme, found, _ = text.partition("://")
    if not set(text) & set("@?#") or not (found or is_place(text)):
        return text
    try:
        parts = urlsplit(text if found else f"//{text}")
        _ = parts.port  # It is not a number if a slash in the password was taken for the end of the host.
        path = "" if "@" in parts.path else parts.path
        return urlunsplit((parts.scheme, host_of(parts), path, "", "")).removeprefix("" if found else "//")
    except ValueError:
        return f"{scheme}://…" if found else "…"


def is_place(text: str) -> bool:
    """Whether it begins with a host and a port, as a URL without its scheme does."""
    begin = text.partition("/")[0].partition("?")[0].partition("#")[0]
    host, colon, port = begin.rpartition(":")
    return bool(colon and host and port.isascii() and port.isdigit() and not set(host) & set("\\ "))


def is_loopback(host: str) -> bool:
    """By the text alone: what another name resolves to may change."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def is_name(host: str) -> bool:
    """Whether Chromium refuses it as a ``Host``, against DNS rebinding: it is neither an address nor localhost."""
    try:
        ip_address(host)
    except ValueError:
        return host != "localhost"
    return False


def host_of(parts: SplitResult) -> str:
    """Host and port, without user and password."""
    return parts.netloc.rpartition("@")[2]


def at_host(parts: SplitResult, host: str) -> SplitResult:
    """The same URL at another host, which is given as in a URL: ``[::1]``."""
    user, at, _ = parts.netloc.rpartition("@")
    port = "" if parts.port is None else f":{parts.port}"
    return parts._replace(netloc=f"{user}{at}{host}{port}")


def addresses(parts: SplitResult) -> list[SplitResult]:
    """The URL at each address of ``localhost``; any other URL unchanged. With TLS the certificate is for the name."""
    if parts.hostname != "localhost" or parts.scheme in ("https", "wss"):
        return [parts]
    return [at_host(parts, address) for address in LOOPBACK]


def version_url(parts: SplitResult) -> SplitResult:
    """The URL of ``/json/version`` at an ``http://`` endpoint, with the endpoint's own query."""
    path = parts.path.rstrip("/")
    return parts._replace(path=path if path.endswith(VERSION) else path + VERSION, fragment="")


def websocket_url(asked: SplitResult, answered: SplitResult) -> str:
    """The browser's websocket at the host that was asked: the host in its answer may be valid inside a container only.

    The endpoint's query is kept: a gateway before the browser checks it again.
    """
    pairs = answered.query.split("&") if answered.query else []
    names = {pair.partition("=")[0] for pair in pairs}
    pairs += [pair for pair in asked.query.split("&") if pair and pair.partition("=")[0] not in names]
    scheme = "wss" if asked.scheme == "https" else "ws"
    return urlunsplit((scheme, asked.netloc, answered.path, "&".join(pairs), ""))


def lasting(endpoint: str) -> str:
    """An endpoint that stays valid when the browser restarts, which changes the path of the websocket. A URL without
    such a path belongs to a hosting service, and is returned unchanged.
    """
    parts = urlsplit(endpoint.strip())
    before, found, _ = parts.path.partition("/devtools/")
    if parts.scheme not in ("ws", "wss") or not found:
        return endpoint
    return parts._replace(scheme="https" if parts.scheme == "wss" else "http", path=before).geturl()


def target_of(parts: SplitResult) -> str:
    """The path and the query, as a request has them."""
    return urlunsplit(("", "", parts.path or "/", parts.query, ""))


def authorization(parts: SplitResult) -> list[tuple[bytes, bytes]]:
    """The header for a URL's user and password (RFC 7617), if it has them."""
    if parts.username is None and parts.password is None:
        return []
    pair = f"{unquote(parts.username or '')}:{unquote(parts.password or '')}"
    return [(b"Authorization", b"Basic " + base64.b64encode(pair.encode()))]
