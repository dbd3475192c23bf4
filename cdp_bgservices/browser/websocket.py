"""Open the websocket of a running browser, and say what each of its refusals means."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import cast
from urllib.parse import urlsplit, urlunsplit

import trio
import trio_websocket

from cdp_bgservices.browser.endpoint import HOW_TO_START, Endpoint
from cdp_bgservices.browser.frames import TappedStream
from cdp_bgservices.browser.transport import MAX_MESSAGE, WebSocketTransport
from cdp_bgservices.errors import BrowserError
from cdp_bgservices.tasks import open_tasks

HANDSHAKE_DEADLINE = 30.0
"""Seconds; a Chrome that was switched on at chrome://inspect asks its user for consent first."""

CONSENT = "look at the browser's window: it may ask for consent to be debugged"


@asynccontextmanager
async def open_websocket(endpoint: Endpoint) -> AsyncIterator[WebSocketTransport]:
    """Raises BrowserError, with the remedy, when the browser is not there or refuses."""
    async with open_tasks() as tasks:
        try:
            with trio.fail_after(HANDSHAKE_DEADLINE):
                tap = TappedStream(await connect(endpoint), MAX_MESSAGE)
                parts = urlsplit(endpoint.url)
                # No Origin is sent: Chromium refuses all but its own.
                websocket = await trio_websocket.wrap_client_stream(
                    tasks,
                    cast("trio.SocketStream", tap),  # any stream will do
                    parts.netloc.rpartition("@")[2],
                    urlunsplit(("", "", parts.path or "/", parts.query, "")),
                    max_message_size=MAX_MESSAGE,
                )
        except trio_websocket.ConnectionRejected as error:
            raise refusal(endpoint, error.status_code) from error
        except (trio_websocket.HandshakeError, trio_websocket.ConnectionClosed, ValueError) as error:
            raise BrowserError(
                f"what listens at {endpoint.given} does not speak DevTools' websocket", HOW_TO_START
            ) from error
        except trio.TooSlowError as error:
            raise BrowserError(
                f"{endpoint.given} did not finish the handshake within {HANDSHAKE_DEADLINE:.0f} s",
                f"Try again, and {CONSENT}.",
            ) from error
        except OSError as error:
            raise unreachable(endpoint, error) from error
        transport = WebSocketTransport(websocket, tap)
        tasks.start_soon(transport.read)
        yield transport


async def connect(endpoint: Endpoint) -> trio.abc.Stream:
    parts = urlsplit(endpoint.url)
    if parts.scheme == "wss":
        return await trio.open_ssl_over_tcp_stream(endpoint.host, parts.port or 443)
    return await trio.open_tcp_stream(endpoint.host, parts.port or 80)


def refusal(endpoint: Endpoint, status: int) -> BrowserError:
    """What the HTTP status of a refused handshake means."""
    if status == 403:
        return BrowserError(
            f"{endpoint.given} refused to be debugged (403)",
            "Start the browser with --remote-allow-origins=*, if something between here and there adds an "
            f"Origin; or {CONSENT}.",
        )
    if status == 404:
        return BrowserError(
            f"{endpoint.given} has no such DevTools endpoint (404)",
            "The path changes at every start of the browser: attach by its port or its profile folder.",
        )
    if status == 500:
        return BrowserError(
            f"{endpoint.given} refused the host name {endpoint.host} (500)",
            "Attach by its address or by localhost: Chromium refuses other names.",
        )
    return BrowserError(f"{endpoint.given} refused the websocket: HTTP status {status}", HOW_TO_START)


def unreachable(endpoint: Endpoint, error: OSError) -> BrowserError:
    """Nobody at the other end."""
    # trio tries each address of a name, and raises one OSError for all of them.
    refused = isinstance(error, ConnectionRefusedError) or isinstance(error.__cause__, ConnectionRefusedError)
    if endpoint.profile is not None:
        return BrowserError(
            f"no browser is running on the profile {endpoint.given}: its DevToolsActivePort is of a run that is over",
            HOW_TO_START,
        )
    if refused or "all attempts to connect" in str(error):
        return BrowserError(
            f"nothing listens at {endpoint.given}",
            "A browser's websocket URL changes at every start: attach by its port or its profile folder.",
        )
    return BrowserError(f"{endpoint.given} cannot be reached: {error}", HOW_TO_START)
