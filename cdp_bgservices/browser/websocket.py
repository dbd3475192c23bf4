"""Open the websocket of a running browser, and explain why it refuses."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from logging import getLogger
from typing import cast
from urllib.parse import urlsplit

import trio
import trio_websocket

from cdp_bgservices.browser.address import authorization, host_of, target_of
from cdp_bgservices.browser.endpoint import Endpoint
from cdp_bgservices.browser.http import connect
from cdp_bgservices.browser.refusals import CONSENT, HOW_TO_START, TO_HANDSHAKE, refused, unreachable
from cdp_bgservices.browser.transport import MAX_MESSAGE, TappedStream, WebSocketTransport
from cdp_bgservices.errors import BrowserError
from cdp_bgservices.tasks import open_tasks

log = getLogger(__name__)

HANDSHAKE_DEADLINE = 30.0
"""Seconds. A Chrome that was enabled at chrome://inspect asks its user for consent first."""


@asynccontextmanager
async def open_websocket(
    endpoint: Endpoint, *, deadline: float = HANDSHAKE_DEADLINE
) -> AsyncIterator[WebSocketTransport]:
    """Raises BrowserError, with the remedy, when the browser does not answer or refuses."""
    async with open_tasks() as tasks, AsyncExitStack() as stack:
        try:
            with trio.fail_after(deadline):
                tap = TappedStream(await connect(urlsplit(endpoint.url)), MAX_MESSAGE)
                # trio-websocket leaves it open if the handshake fails, and if the browser closes first.
                stack.push_async_callback(trio.aclose_forcefully, tap)
                reading = trio.CancelScope()
                stack.callback(reading.cancel)
                transport: WebSocketTransport = await tasks.start(run, endpoint, tap, reading)
        except trio_websocket.ConnectionRejected as error:
            # Without its cause, which repeats the request: a traceback would show the endpoint's secrets.
            raise refusal(endpoint, error) from None
        except (NoHandshakeError, ValueError) as error:
            raise BrowserError(
                f"what listens at {endpoint.given} does not speak DevTools' websocket", HOW_TO_START
            ) from error
        except trio.TooSlowError as error:
            raise BrowserError(
                f"{endpoint.given} did not finish the handshake within {deadline:g} s",
                f"Try again, and {CONSENT}.",
            ) from error
        except OSError as error:
            raise not_there(endpoint, error) from error
        yield transport


async def run(
    endpoint: Endpoint,
    tap: TappedStream,
    reading: trio.CancelScope,
    *,
    task_status: trio.TaskStatus[WebSocketTransport],
) -> None:
    """Shake hands, then read until the connection ends, or ``reading`` is cancelled.

    Nothing else ends it: a task that closes the connection while it is cancelled waits for the browser's part of the
    closing handshake, which is read here.
    """
    with reading:
        async with open_tasks() as tasks:
            parts = urlsplit(endpoint.url)
            reader = Reader(tasks)
            # Without an Origin: Chromium refuses all but its own.
            websocket = await trio_websocket.wrap_client_stream(
                cast("trio.Nursery", reader),  # only start_soon is used
                cast("trio.SocketStream", tap),  # any stream will do
                host_of(parts),
                target_of(parts),
                extra_headers=authorization(parts),
                max_message_size=MAX_MESSAGE,
            )
            reader.opened = True
            reading.shield = True
            transport = WebSocketTransport(websocket, tap)
            task_status.started(transport)
            await transport.read()
            await reader.ended.wait()  # It still reads the closing handshake.


class NoHandshakeError(Exception):
    """The server does not speak the websocket protocol."""


class Reader:
    """The nursery in which trio-websocket starts its reader. It notices if that ends before the handshake."""

    def __init__(self, tasks: trio.Nursery) -> None:
        self.tasks = tasks
        self.opened = False
        self.ended = trio.Event()

    def start_soon(self, read: Callable[[], Awaitable[None]]) -> None:
        self.tasks.start_soon(self.run, read)

    async def run(self, read: Callable[[], Awaitable[None]]) -> None:
        try:
            await read()
        except trio_websocket.ConnectionRejected:
            raise
        except Exception as error:  # h11's and wsproto's own among them, for data that is neither HTTP nor a frame.
            if not self.opened:
                raise NoHandshakeError(str(error)) from error
            log.debug("trio-websocket's reader ended", exc_info=True)
        finally:
            self.ended.set()
        if not self.opened:
            raise NoHandshakeError("the connection was closed")


def refusal(endpoint: Endpoint, error: trio_websocket.ConnectionRejected) -> BrowserError:
    """What the HTTP status of a refused handshake means."""
    if error.status_code == 404 and endpoint.profile is not None:
        return over(endpoint)
    location = next((value.decode("latin-1") for name, value in error.headers or () if name.lower() == b"location"), "")
    return refused(TO_HANDSHAKE, endpoint.given, urlsplit(endpoint.url), error.status_code, location)


def not_there(endpoint: Endpoint, error: OSError) -> BrowserError:
    """The error for a server that does not answer."""
    if endpoint.profile is not None:
        return over(endpoint)
    remedy = "A browser's websocket URL changes at every start: attach by its port or its profile folder."
    return unreachable(endpoint.given, error, remedy)


def over(endpoint: Endpoint) -> BrowserError:
    """The error for a profile whose websocket path is not found: another browser may have its port by now."""
    return BrowserError(
        f"no browser is running on the profile {endpoint.given}: its DevToolsActivePort was left by an earlier run",
        HOW_TO_START,
    )
