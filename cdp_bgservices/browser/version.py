"""The answer of ``/json/version``, at each address where a browser may listen."""

from http import HTTPStatus
from logging import getLogger
from pathlib import Path
from socket import SOCK_STREAM, gaierror
from urllib.parse import SplitResult, urlsplit

import msgspec
import trio

from cdp_bgservices.browser.address import addresses, at_host, host_of, is_name, version_url, websocket_url
from cdp_bgservices.browser.http import Answer, NoHttpError, get
from cdp_bgservices.browser.refusals import (
    HOW_TO_START,
    TO_QUESTION,
    UnreachableError,
    clearest,
    refused,
    unreachable,
)
from cdp_bgservices.errors import BrowserError, InvalidInputError

log = getLogger(__name__)

HTTP_DEADLINE = 10.0
"""Seconds for the whole answer of ``/json/version``."""


class VersionAnswer(msgspec.Struct, rename="camel", frozen=True):
    """``/json/version``, what is used of it."""

    web_socket_debugger_url: str
    android_package: str = msgspec.field(name="Android-Package", default="")
    """The app that it is part of; empty where it runs on another system."""


async def ask(parts: SplitResult, name: str, deadline: float, profile: Path | None = None) -> list[str]:
    """The websocket URL of the browser at this place, or of each browser there if the ``profile`` decides later.

    Raises BrowserError where no browser answers, and where two answer, at the two addresses of loopback, without a
    profile. ``name`` is the endpoint without secrets.
    """
    found: dict[str, str] = {}
    """By path, which contains the browser's own id (devtools_http_handler.cc)."""
    refusals = []
    places = addresses(parts)
    for place in places:
        try:
            url = (await ask_at(place, name, deadline)).web_socket_debugger_url
            found.setdefault(urlsplit(url).path, url)
        except BrowserError as error:
            refusals.append(error)
    if not found:
        refusal = clearest(refusals)
        if profile is None or not isinstance(refusal, UnreachableError):
            raise refusal
        raise BrowserError(
            f"the browser on the profile {name} does not listen at its port {parts.port}",
            "The port may have been in use when it started: start it again with another --remote-debugging-port.",
        )
    if profile is None:
        at = [host_of(urlsplit(url)) for url in found.values()]
        if len(at) > 1:
            raise BrowserError(
                f"two browsers are at {name}: one at {at[0]}, another at {at[1]}",
                "Attach to one of them by its address, or by its profile folder.",
            )
        if len(places) > 1 and at[0] == host_of(places[1]):
            log.warning("no browser answers at %s: attaching to the one at %s", host_of(places[0]), at[0])
    return list(found.values())


async def ask_at(parts: SplitResult, name: str, deadline: float) -> VersionAnswer:
    """The answer of the browser at one address, with the websocket URL at that address. Raises BrowserError."""
    asked = parts
    answer = await fetch(asked, name, deadline)
    if answer.status == HTTPStatus.INTERNAL_SERVER_ERROR and is_name(parts.hostname or ""):
        # Chromium refuses a Host that is neither localhost nor an address, against DNS rebinding.
        for asked in await resolved(parts):
            answer = await fetch(asked, name, deadline)
            if answer.status == HTTPStatus.OK:
                break
    if answer.status != HTTPStatus.OK:
        raise refused(TO_QUESTION, name, parts, answer.status, answer.location)
    try:
        version = msgspec.json.decode(answer.body, type=VersionAnswer)
        url = websocket_url(asked, urlsplit(version.web_socket_debugger_url))
    except ValueError as error:
        raise BrowserError(f"what listens at {name} is not a Chromium with DevTools", HOW_TO_START) from error
    return msgspec.structs.replace(version, web_socket_debugger_url=url)


async def resolved(parts: SplitResult) -> list[SplitResult]:
    """The same URL at each address of its host."""
    try:
        found = await trio.socket.getaddrinfo(parts.hostname, parts.port or 80, type=SOCK_STREAM)
    except gaierror:
        return []
    hosts = dict.fromkeys(str(address[0]) for *_, address in found)
    return [at_host(parts, f"[{host}]" if ":" in host else host) for host in hosts]


async def fetch(parts: SplitResult, name: str, deadline: float) -> Answer:
    """The answer to a GET. Raises BrowserError where no HTTP server answers."""
    try:
        return await get(version_url(parts), deadline=deadline)
    except trio.TooSlowError as error:
        raise BrowserError(f"{name} did not answer within {deadline:g} s", "Is it the browser's port?") from error
    except NoHttpError as error:
        raise BrowserError(f"what listens at {name} does not speak HTTP", HOW_TO_START) from error
    except ValueError as error:
        raise InvalidInputError(
            f"{name!r} is not a valid endpoint ({error})", "Write blanks, and characters that are not ASCII, as %XX."
        ) from error
    except OSError as error:
        raise unreachable(name, error) from error
