"""Connect to a running browser, and check that it is the one that is meant, and not a single page of it."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from urllib.parse import urlsplit

import trio

from cdp_bgservices.browser.address import host_of
from cdp_bgservices.browser.android.device import is_on_device, open_place
from cdp_bgservices.browser.connection import Connection, open_connection
from cdp_bgservices.browser.endpoint import Endpoint, find_endpoint
from cdp_bgservices.browser.refusals import clearest
from cdp_bgservices.browser.websocket import open_websocket
from cdp_bgservices.errors import BrowserError, CommandError
from cdp_bgservices.protocol import commands
from cdp_bgservices.protocol.messages import Json


@asynccontextmanager
async def open_endpoint(text: str, *, allow_remote: bool) -> AsyncIterator[Endpoint]:
    """What a text means; if that is a browser on a device, it is reached until the body ends.

    Raises InvalidInputError, BrowserError.
    """
    if is_on_device(text):
        async with open_place(text) as endpoint:
            yield endpoint
    else:
        yield await find_endpoint(text, allow_remote=allow_remote)


@asynccontextmanager
async def open_attached(endpoint: Endpoint, deadline: float) -> AsyncIterator[tuple[Connection, Endpoint]]:
    """A connection, and the endpoint that it leads to: that of the first URL at which the browser answers.

    Raises BrowserError where it answers at none of them. ``deadline``: seconds for an answer on an open connection.
    """
    async with AsyncExitStack() as stack:
        refusals: list[BrowserError] = []
        for each in endpoint.each():
            async with AsyncExitStack() as attempt:
                try:
                    websocket = await attempt.enter_async_context(open_websocket(each))
                    connection = await attempt.enter_async_context(open_connection(websocket))
                    await check(connection, each, deadline)
                except BrowserError as error:
                    refusals.append(error)
                    continue
                await stack.enter_async_context(attempt.pop_all())
                break
        else:
            raise clearest(refusals)
        yield connection, each


async def check(connection: Connection, endpoint: Endpoint, deadline: float) -> None:
    """Raises BrowserError where it is not the browser that the endpoint means, or only a page of it."""
    try:
        with trio.fail_after(deadline):
            await check_process(connection, endpoint)
            await ask_contexts(connection)
    except trio.TooSlowError as error:
        raise silent(endpoint, deadline) from error


async def ask_contexts(connection: Connection) -> Json:
    """The answer of ``Target.getBrowserContexts``. Raises BrowserError where the endpoint is a page's."""
    try:
        return await connection.root.call(commands.get_browser_contexts())
    except CommandError as error:
        raise BrowserError(
            f"this endpoint does not reach the whole browser ({error})",
            "Attach by its port or profile folder: /devtools/page/… is a single page of it.",
        ) from error


async def check_process(connection: Connection, endpoint: Endpoint) -> None:
    """Another browser may have the port by now: the profile's lock says which process is meant."""
    if endpoint.pid is None:
        return
    where = host_of(urlsplit(endpoint.url))
    try:
        pids = await connection.root.call(commands.get_browser_processes())
    except CommandError as error:
        raise BrowserError(
            f"it is unknown whether the browser at {where} has the profile {endpoint.given} open ({error})",
            f"If you are sure, attach to {where}.",
        ) from error
    if endpoint.pid not in pids:
        raise BrowserError(
            f"another browser is at {where}, where the one on the profile {endpoint.given} should be",
            f"Its port was in use when it started: start it again with another --remote-debugging-port, or attach to "
            f"{where} for the other browser.",
        )


def silent(endpoint: Endpoint, deadline: float) -> BrowserError:
    return BrowserError(
        f"{endpoint.given} accepted the connection, but did not answer within {deadline:g} s",
        "Check whether the browser asks for consent to debug, or hangs.",
    )
