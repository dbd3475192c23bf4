"""The connection by which a browser is driven that was started here: its pipe, or its debugging port."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import TypeVar
from urllib.parse import urlsplit

import trio
from cdp import browser as browser_domain

from cdp_bgservices.browser.address import LOOPBACK
from cdp_bgservices.browser.connection import Connection, open_connection
from cdp_bgservices.browser.endpoint import Endpoint
from cdp_bgservices.browser.launch import ADDRESSES, Launch, check_free
from cdp_bgservices.browser.process import Process
from cdp_bgservices.browser.reaching import open_attached
from cdp_bgservices.errors import BrowserError, BrowserLostError
from cdp_bgservices.protocol.messages import encode_command
from cdp_bgservices.tasks import open_tasks

CLOSE_DEADLINE = 1.0
"""Seconds for a browser to take the command that ends it."""

GIVEN = "the browser that was started"

Found = TypeVar("Found")


@asynccontextmanager
async def open_driven(
    process: Process, launch: Launch, deadline: float
) -> AsyncIterator[tuple[Connection, str | None]]:
    """The connection, and over a port the URL to which it leads.

    Raises BrowserError where the browser opens no port within ``deadline`` seconds, or ends before.
    """
    if process.pipe is not None:
        async with open_connection(process.pipe) as connection:
            yield connection, None
        return
    try:
        with trio.fail_after(deadline):
            urls = await unless_refused(process, lambda: find_urls(process, launch))
    except trio.TooSlowError as error:
        raise BrowserError(
            f"the browser did not open a debugging port within {deadline:g} s",
            "It has to be a Chromium that obeys --remote-debugging-port: Chrome 136 and later do not on the default "
            "profile. Give another --profile, or another --chromium.",
        ) from error
    async with open_attached(Endpoint(urls[0], GIVEN, others=urls[1:]), deadline) as (connection, endpoint):
        try:
            yield connection, endpoint.url
        finally:
            # The end of a pipe ends it; the end of a websocket does not. Once we are cancelled, no reply is read.
            with trio.move_on_after(CLOSE_DEADLINE, shield=True), suppress(BrowserLostError):
                close = next(browser_domain.close())
                await connection.transport.send(encode_command(connection.last_number + 1, close, ""))


async def unless_refused(process: Process, ask: Callable[[], Awaitable[Found]]) -> Found:
    """What is asked for. Raises BrowserError as soon as the browser reports why it cannot be driven."""
    async with open_tasks() as tasks:
        tasks.start_soon(process.watch_refusal)
        return await ask()


async def find_urls(process: Process, launch: Launch) -> tuple[str, ...]:
    """At one of them others can attach, as soon as they can.

    It writes down only a port that it chose; it says at which address its port is, if its output is seen.

    Raises BrowserError, and InvalidInputError where another process has the port that was given.
    """
    if launch.port:
        url = await process.wait_listening()
        if urlsplit(url).hostname != ADDRESSES[0][1]:
            check_free(launch.port, ADDRESSES[:1])  # It took the port first.
        return (url,)
    port, path = await process.wait_noted()
    return tuple(f"ws://{address}:{port}{path}" for address in LOOPBACK)
