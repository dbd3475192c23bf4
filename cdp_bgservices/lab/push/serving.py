"""The push service's ports: one for HTTP, one for TLS with MCS or HTTP in it."""

import errno
import sqlite3
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import ExitStack, asynccontextmanager
from functools import partial
from http import HTTPStatus
from logging import getLogger
from pathlib import Path

import trio

from cdp_bgservices.errors import StoreError
from cdp_bgservices.lab.push import cors, devices
from cdp_bgservices.lab.push.certificate import make_certificate
from cdp_bgservices.lab.push.database import open_database
from cdp_bgservices.lab.push.delivery import Delivery
from cdp_bgservices.lab.push.http import RefusedError, Request, Response, Tunnel, serve_http
from cdp_bgservices.lab.push.mcs import VERSION
from cdp_bgservices.lab.push.posts import read_post, read_ttl
from cdp_bgservices.lab.push.queue import Queue
from cdp_bgservices.lab.push.service import HOSTS, LOOPBACK, PushService
from cdp_bgservices.protobuf import MalformedError
from cdp_bgservices.tasks import open_tasks, wait_any

log = getLogger(__name__)

HANDSHAKE = 30.0
"""Seconds for a client to begin after connecting."""
CHUNK = 1 << 16
BACKLOG = 1024
"""Connections that wait to be accepted."""
GONE = (trio.BrokenResourceError, MalformedError, OSError)
"""The errors by which a connection may end at any time."""


@asynccontextmanager
async def open_push_service(folder: Path | None = None, *, from_pages: bool = False) -> AsyncIterator[PushService]:
    """Serve on loopback until the body ends; ``push.start`` is how to start Chromium.

    ``from_pages``: in that Chromium a page can post to a subscription's endpoint, as nowhere at Google's service.
    ``folder`` keeps subscriptions, messages, the key and, if they are free, the ports. Without it, the pages of a kept
    profile have to subscribe again. Raises InvalidInputError if it cannot be used, or another push service uses it.
    """
    with open_database(folder) as database, ExitStack() as opened:
        queue = Queue(database)
        certificate, *ports = queue.identity() or (make_certificate(HOSTS), 0, 0)
        context = certificate.server_context()
        plain, secure = [await listen(port, opened) for port in ports]
        queue.keep_identity(certificate, port_of(plain), port_of(secure))
        service = PushService(queue, certificate, port_of(plain), port_of(secure), from_pages=from_pages)
        async with open_tasks() as tasks:
            for listener in (plain, secure):
                handler = partial(serve, service, context, is_secure=listener is secure)
                await tasks.start(trio.serve_listeners, handler, [listener])
            yield service


async def listen(port: int, opened: ExitStack) -> trio.SocketListener:
    """Listen on this port of loopback, or on another one if it is in use. ``opened`` closes it."""
    try:
        listeners = await trio.open_tcp_listeners(port, host=LOOPBACK, backlog=BACKLOG)
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        listeners = await trio.open_tcp_listeners(0, host=LOOPBACK, backlog=BACKLOG)
    opened.callback(listeners[0].socket.close)
    return listeners[0]


def port_of(listener: trio.SocketListener) -> int:
    return int(listener.socket.getsockname()[1])


async def serve(service: PushService, context: ssl.SSLContext, stream: trio.SocketStream, *, is_secure: bool) -> None:
    """One connection. It raises nothing: a client that sends nonsense is disconnected."""
    try:
        async with stream:
            if is_secure or await serve_http(stream, b"", partial(answer, service)):
                await serve_secure(service, trio.SSLStream(stream, context, server_side=True, https_compatible=True))
    except GONE as error:
        log.debug("a connection to the push service is over: %r", error)
    except Exception:
        log.exception("a connection to the push service has failed; the service goes on")


async def serve_secure(service: PushService, stream: trio.abc.Stream) -> None:
    """The protocol inside TLS: MCS, which begins with its version, or HTTP."""
    delivery = Delivery(stream, service.queue, service.tell)
    first, is_browser = b"", False
    with trio.move_on_after(HANDSHAKE):
        first = bytes(await stream.receive_some(CHUNK))
        is_browser = first.startswith(bytes([VERSION])) and await delivery.log_in(first)
    if is_browser:
        await serve_browser(service, delivery)
    elif first and not first.startswith(bytes([VERSION])):
        await serve_http(stream, first, partial(answer, service))


async def serve_browser(service: PushService, delivery: Delivery) -> None:
    """Serve a browser until it disconnects, or opens another connection."""
    if before := service.deliveries.get(delivery.browser):
        if before.began > delivery.began:
            return  # Its login is late: the browser has left it for the other one.
        before.replaced.set()
    service.deliveries[delivery.browser] = delivery
    service.tell()
    try:
        await wait_any(
            partial(until_gone, delivery.receive), partial(until_gone, delivery.send), delivery.replaced.wait
        )
    finally:
        if service.deliveries.get(delivery.browser) is delivery:
            del service.deliveries[delivery.browser]
        service.tell()


async def until_gone(converse: Callable[[], Awaitable[None]]) -> None:
    """Both directions of a connection may break at once; both end quietly."""
    try:
        await converse()
    except GONE as error:
        log.debug("a browser has gone away: %r", error)


def answer(service: PushService, request: Request) -> Response:
    """Raises RefusedError, and Tunnel for a CONNECT to a built-in host."""
    if not service.from_pages:
        return answer_server(service, request)
    if cors.is_preflight(request):
        return cors.PREFLIGHT
    try:
        return cors.readable(answer_server(service, request))
    except RefusedError as error:
        return cors.readable(error.response)


def answer_server(service: PushService, request: Request) -> Response:
    """The same for whatever is not a page."""
    if request.method == "CONNECT":
        if request.target.rpartition(":")[0] in HOSTS:
            raise Tunnel
        raise RefusedError(HTTPStatus.FORBIDDEN, f"This proxy answers for {' and '.join(HOSTS)} only.")
    try:
        match request.target:
            case "/checkin" | "/register" if request.method != "POST":
                raise RefusedError(HTTPStatus.METHOD_NOT_ALLOWED, "Browsers use POST here.", Allow="POST")
            case "/checkin":
                return devices.check_in(service.queue, request)
            case "/register":
                response = devices.register(service.queue, request)
                service.tell()
                return response
        message = read_post(service.queue, request, service.audiences)
        service.accept(message)
    except (sqlite3.Error, StoreError) as error:
        raise RefusedError(HTTPStatus.SERVICE_UNAVAILABLE, f"Nothing can be stored: {error}.") from error
    ttl = str(read_ttl(request.headers.get("ttl")))
    return Response(HTTPStatus.CREATED, headers={"Location": f"/message/{message.id}", "TTL": ttl})
