"""Forward connections between the host's loopback and that of a namespace."""

import socket
import struct
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from logging import getLogger
from pathlib import Path

import trio

from cdp_bgservices.errors import BrowserError, InvalidInputError
from cdp_bgservices.lab.network.namespace import Namespace

log = getLogger(__name__)

LOOPBACK = {socket.AF_INET: "127.0.0.1", socket.AF_INET6: "::1"}
HAS_IPV6 = Path("/proc/net/if_inet6").exists()
"""Whether the system has IPv6."""

BACKLOG = 128
RESET = struct.pack("ii", 1, 0)
"""SO_LINGER: to Chromium, a cut connection must not look complete."""

Connect = Callable[[int], Awaitable[trio.SocketStream]]
"""To the other side, for a connection of this address family. Raises OSError, or BrowserError if that has ended."""


class Forwarding:
    """Accepts connections and forwards bytes in both directions, until it is cut."""

    def __init__(self, listeners: list[trio.SocketListener], connect: Connect) -> None:
        self.listeners = listeners
        self.connect = connect
        self.scope = trio.CancelScope()
        self.ended = trio.Event()

    async def run(self) -> None:
        """Serve until it is cut."""
        try:
            with self.scope:
                await trio.serve_listeners(self.pass_on, self.listeners)
        finally:
            self.ended.set()

    async def cut(self) -> None:
        """Refuse new connections, and reset open ones."""
        self.scope.cancel()
        await self.ended.wait()

    async def pass_on(self, stream: trio.SocketStream) -> None:
        """One connection. If nothing listens on the other side, it is reset, as it can no longer be refused."""
        streams = [stream]
        whole = False
        try:
            streams.append(await self.connect(stream.socket.family))
            whole = await join(*streams)
        except (OSError, BrowserError) as error:
            log.debug("nothing accepts a forwarded connection: %s", error)
        finally:
            for each in streams:
                if not whole:
                    each.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
                each.socket.close()


async def join(one: trio.SocketStream, other: trio.SocketStream) -> bool:
    """Forward until both sides have ended, or one breaks; whether both have ended."""
    whole = True

    async def pump(source: trio.SocketStream, target: trio.SocketStream) -> None:
        nonlocal whole
        try:
            async for data in source:
                await target.send_all(data)
            await target.send_eof()
        except trio.BrokenResourceError:
            whole = False
            nursery.cancel_scope.cancel()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(pump, one, other)
        nursery.start_soon(pump, other, one)
    return whole


def listening(made: socket.socket, address: str, port: int) -> trio.SocketListener:
    """Listen with the socket. Raises OSError, and then closes it."""
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind((address, port))
        made.listen(BACKLOG)
        return trio.SocketListener(trio.socket.from_stdlib_socket(made))
    except BaseException:
        made.close()
        raise


async def forward_inwards(namespace: Namespace, port: int) -> Forwarding:
    """Forward the port inside, on either address, to the host's loopback. Raises InvalidInputError if it is in use."""
    listeners = []
    with ExitStack() as opened:
        try:
            for family, address in LOOPBACK.items():
                if family == socket.AF_INET or HAS_IPV6:
                    listeners.append(listening(await namespace.make_socket(family), address, port))
                    opened.callback(listeners[-1].socket.close)
        except OSError as error:
            raise InvalidInputError(
                f"port {port} cannot be forwarded into the lab's network: {error.strerror}",
                "Give the browser's debugging port another number.",
            ) from error
        opened.pop_all()

    async def connect(family: int) -> trio.SocketStream:
        """A server may listen on only one of the two addresses, and another server on the other."""
        same, other = ("::1", "127.0.0.1") if family == socket.AF_INET6 else ("127.0.0.1", "::1")
        try:
            return await trio.open_tcp_stream(same, port)
        except OSError:
            return await trio.open_tcp_stream(other, port)

    return Forwarding(listeners, connect)


def forward_outwards(namespace: Namespace, port: int, host_port: int) -> tuple[Forwarding, int]:
    """Forward a port of the host's loopback, also returned, to 127.0.0.1 inside. Raises InvalidInputError if in use."""
    try:
        listener = listening(socket.socket(), "127.0.0.1", host_port)
    except OSError as error:
        raise InvalidInputError(f"port {host_port} is not free: {error.strerror}", "Give another port.") from error

    async def connect(_: int) -> trio.SocketStream:
        made = trio.socket.from_stdlib_socket(await namespace.make_socket(socket.AF_INET))
        try:
            await made.connect(("127.0.0.1", port))
        except BaseException:
            made.close()
            raise
        return trio.SocketStream(made)

    return Forwarding([listener], connect), listener.socket.getsockname()[1]
