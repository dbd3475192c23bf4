"""Requests are cancelled when their page goes away."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import trio
from starlette.types import Receive

from cdp_bgservices.tasks import open_tasks


@asynccontextmanager
async def while_connected(receive: Receive) -> AsyncIterator[None]:
    """Cancel the body when the client goes away. Its own errors come out bare."""
    with trio.CancelScope() as scope:
        async with open_tasks() as tasks:
            tasks.start_soon(cancel_at_disconnect, receive, scope)
            yield


async def cancel_at_disconnect(receive: Receive, scope: trio.CancelScope) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    scope.cancel()
