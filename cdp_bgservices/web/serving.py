"""hypercorn on trio, one connection after the other; not its own ``serve``, which cannot end while a client
does not read its answer.
"""

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from errno import EADDRINUSE
from functools import partial

import trio
from hypercorn.config import Config
from hypercorn.trio.tcp_server import TCPServer
from hypercorn.trio.worker_context import WorkerContext
from hypercorn.typing import ConnectionState
from hypercorn.utils import wrap_app
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cdp_bgservices.errors import InvalidInputError
from cdp_bgservices.tasks import open_tasks

LOOPBACK = "127.0.0.1"
LARGEST_PORT = 65_535
KEPT_ALIVE = 75
"""Seconds: clients keep a connection for less, and so do not ask just as it is closed. httpx has 5, as hypercorn."""


def listen(port: int) -> socket.socket:
    """On this machine only; 0 is any port that is free. Raises InvalidInputError where it is taken."""
    if not 0 <= port <= LARGEST_PORT:
        raise InvalidInputError(f"{port} is not a port", f"Use one up to {LARGEST_PORT}, or 0 for any free port.")
    listener = socket.socket()
    try:
        if socket.SO_REUSEADDR and not hasattr(socket, "SO_EXCLUSIVEADDRUSE"):  # On Windows it would share the port.
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((LOOPBACK, port))
        listener.listen()
    except OSError as error:
        listener.close()
        why = "is already in use" if error.errno == EADDRINUSE else f"cannot be used: {error.strerror or error}"
        raise InvalidInputError(
            f"port {port} {why}", "Use another --port, or leave it out for any free port."
        ) from error
    return listener


LARGEST = 1_000_000
"""Bytes of a request that are waited for. The page asks for less."""


def read_first(app: ASGIApp) -> ASGIApp:
    """Whatever an application answers without reading the request, hypercorn closes the connection if that is still
    coming in. The client, which has sent its head alone until then, loses the answer, or that to its next request.
    """

    async def called(scope: Scope, receive: Receive, send: Send) -> None:
        parts: list[Message] = []
        size, is_more = 0, scope["type"] == "http"
        while is_more and size <= LARGEST:
            parts.append(part := await receive())
            size += len(part.get("body", b""))
            is_more = part.get("more_body", False)

        async def receive_again() -> Message:
            return parts.pop(0) if parts else await receive()

        await app(scope, receive_again, send)

    return called


def shield_sending(app: ASGIApp) -> ASGIApp:
    """After an answer hypercorn tells the application that the client has gone, and then closes the
    connection, or waits for the next request. An application that ends at once would cut the answer short.
    """

    async def shielded(scope: Scope, receive: Receive, send: Send) -> None:
        async def send_all(message: Message) -> None:
            with trio.CancelScope(shield=True):
                await send(message)

        await app(scope, receive, send_all)

    return shielded


@asynccontextmanager
async def open_serving(app: ASGIApp, listener: socket.socket) -> AsyncIterator[None]:
    """Serve until the body ends. Every connection is closed then, whatever it is doing."""
    config = Config()
    config.accesslog = None
    config.keep_alive_timeout = KEPT_ALIVE
    config.include_server_header = False
    context = WorkerContext(None)
    wrapped = wrap_app(shield_sending(read_first(app)), config.wsgi_max_body_size, "asgi")  # type: ignore[arg-type]
    streams: set[trio.SocketStream] = set()

    async def serve(stream: trio.SocketStream) -> None:
        streams.add(stream)
        try:
            await TCPServer(wrapped, config, context, ConnectionState({}), stream)  # type: ignore[arg-type]
        finally:
            streams.discard(stream)

    async with open_tasks() as tasks:
        ours = [trio.SocketListener(trio.socket.from_stdlib_socket(listener))]
        await tasks.start(partial(trio.serve_listeners, serve, ours))
        try:
            yield
        finally:
            tasks.cancel_scope.cancel()
            with trio.CancelScope(shield=True):
                # hypercorn shields what it sends from cancellation; a closed socket it takes for a client that left.
                for stream in list(streams):
                    await trio.aclose_forcefully(stream)
