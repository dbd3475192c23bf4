"""Who reaches whom: connections from inside a network, and servers outside of it."""

import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from socket import AF_INET, AF_INET6
from urllib.parse import urlsplit

import trio

from cdp_bgservices.lab.network import Network
from cdp_bgservices.tasks import open_tasks


def port_of(url: str) -> int:
    port = urlsplit(url).port
    assert port is not None
    return port


async def connect(network: Network, port: int, host: str = "127.0.0.1") -> trio.SocketStream:
    """From inside."""
    made = trio.socket.from_stdlib_socket(await network.namespace.make_socket(AF_INET6 if ":" in host else AF_INET))
    try:
        await made.connect((host, port))
    except BaseException:
        made.close()
        raise
    return trio.SocketStream(made)


@asynccontextmanager
async def open_server(
    serve: Callable[[trio.SocketStream], Awaitable[None]], host: str = "127.0.0.1", port: int = 0
) -> AsyncIterator[int]:
    """Outside; yields its port."""
    [listener] = await trio.open_tcp_listeners(port, host=host)
    async with open_tasks() as tasks:
        tasks.start_soon(trio.serve_listeners, serve, [listener])
        yield int(listener.socket.getsockname()[1])


async def echo(stream: trio.SocketStream) -> None:
    """Everything, and then that it is over."""
    async with stream:
        async for data in stream:
            await stream.send_all(data)


async def read_all(stream: trio.SocketStream) -> bytes:
    return b"".join([bytes(part) async for part in stream])


def network_of(pid: int | str) -> str:
    """The name of a process's network namespace; empty where it is gone."""
    try:
        return os.readlink(f"/proc/{pid}/ns/net")
    except OSError:
        return ""


def processes_in(namespace: str) -> list[int]:
    folders = Path("/proc").glob("[0-9]*")
    return [int(folder.name) for folder in folders if network_of(folder.name) == namespace]
