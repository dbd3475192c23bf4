"""Servers that listen on a port, and are not browsers."""

import os
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from functools import partial

import trio

from cdp_bgservices.browser.launch import check_free
from cdp_bgservices.errors import InvalidInputError
from cdp_bgservices.tasks import open_tasks

Reply = Callable[[bytes], bytes | None]
"""From a request's head to what is sent back; None keeps silent."""

PORTS = random.SystemRandom()
FIRST, LAST, WORKERS = 10_000, 32_000, 20
WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % WORKERS
"""The number of this test process: each has ports of its own."""


def free_port() -> int:
    """One where nothing listens, at either address of loopback; none of those that systems give to connections, and to
    servers that take any, and none that the test processes beside this one take: it stays free for as long as a test
    wants that, whatever runs beside it.
    """
    while True:
        port = PORTS.randrange(FIRST + WORKER, LAST, WORKERS)
        with suppress(InvalidInputError):
            check_free(port)
            return port


def http(status: str, body: str = "") -> bytes:
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n{body}".encode()


@asynccontextmanager
async def open_peer(reply: bytes | Reply | None, *, host: str = "127.0.0.1", port: int = 0) -> AsyncIterator[int]:
    """The port of a server that reads a request's head, sends its reply, and hangs up."""

    async def serve_one(stream: trio.SocketStream) -> None:
        async with stream:
            head = b""
            while b"\r\n\r\n" not in head and (data := await stream.receive_some()):
                head += data
            answer = reply(head) if callable(reply) else reply
            if answer is None:
                await trio.sleep_forever()
            else:
                await stream.send_all(answer)

    serve: Callable[..., Awaitable[object]] = partial(trio.serve_tcp, serve_one, port, host=host)
    async with open_tasks() as tasks:
        listeners = await tasks.start(serve)
        yield listeners[0].socket.getsockname()[1]


@asynccontextmanager
async def open_trickle() -> AsyncIterator[int]:
    """The port of a server that answers without end, a byte at a time: no read of it takes long."""

    async def serve_one(stream: trio.SocketStream) -> None:
        async with stream:
            await stream.receive_some()
            await stream.send_all(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
            while True:
                await stream.send_all(b" ")
                await trio.sleep(0.01)

    async def serve_one_quietly(stream: trio.SocketStream) -> None:
        with suppress(trio.BrokenResourceError):
            await serve_one(stream)

    serve: Callable[..., Awaitable[object]] = partial(trio.serve_tcp, serve_one_quietly, 0, host="127.0.0.1")
    async with open_tasks() as tasks:
        listeners = await tasks.start(serve)
        yield listeners[0].socket.getsockname()[1]
