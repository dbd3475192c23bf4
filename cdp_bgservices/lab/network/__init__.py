"""The network switch: a Chromium that is really offline, and really back."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

from cdp_bgservices.lab.network.switch import Network, open_switch

__all__ = ["Network", "open_network"]


@asynccontextmanager
async def open_network(forward: Iterable[int] = ()) -> AsyncIterator[Network]:
    """A network that contains only the forwarded ports of the host's loopback.

    Start Chromium with the ``start`` of what it yields, which is online, and stop Chromium before the body ends.

    Resource handling: nothing of it is to be seen on the host, and it is gone with the last process that is in it,
    however this one ends.

    Raises BrowserError where the system has no network namespaces, forbids them, or lacks a program that makes them;
    InvalidInputError for an invalid port.
    """
    async with open_switch(forward) as network:
        yield network
