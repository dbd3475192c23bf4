"""HTTP/1.1 of a server, over an open stream: whole requests in, whole answers out."""

from collections.abc import Callable, Mapping
from http import HTTPStatus

import h11
import msgspec
import trio

LONGEST_BODY = 1 << 16
"""Limit of a request's body, in bytes: a check-in has about 100, a push at most 4096."""
IDLE = 60.0
"""Seconds for a client to send a request, or to begin the next one."""
LINGER = 1.0
"""Seconds"""
LONGEST_LINGER = 1 << 24
"""and bytes of unwanted data to read, so that the client gets the answer."""
CHUNK = 1 << 14


class Request(msgspec.Struct, frozen=True):
    method: str
    target: str
    headers: Mapping[str, str]
    """By lower-case name; of several, the last one."""
    body: bytes


class Response(msgspec.Struct, frozen=True):
    status: HTTPStatus
    body: bytes = b""
    headers: Mapping[str, str] = {}


class RefusedError(Exception):
    """A request is answered with this status, and a line that says why."""

    def __init__(self, status: HTTPStatus, reason: str, **headers: str) -> None:
        super().__init__(reason)
        text = {"Content-Type": "text/plain; charset=utf-8"}
        self.response = Response(status, f"{reason}\n".encode(errors="replace"), text | headers)


class Tunnel(Exception):  # noqa: N818 - not an error: the way out of HTTP
    """Raised to accept a CONNECT."""


async def serve_http(stream: trio.abc.Stream, first: bytes, answer: Callable[[Request], Response]) -> bool:
    """Answer requests until the client has no more; whether the last one was an accepted CONNECT, and made a tunnel.

    ``first`` are bytes already read. Raises trio.BrokenResourceError if the client disconnects.
    """
    connection = h11.Connection(h11.SERVER)
    if first:
        connection.receive_data(first)
    while True:
        request: Request | None = None
        try:
            with trio.move_on_after(IDLE) as waiting:
                request = await receive(stream, connection)
            if waiting.cancelled_caught or request is None:
                return False
            response = answer(request)
        except RefusedError as error:
            response = error.response
        except h11.RemoteProtocolError as error:
            response = RefusedError(HTTPStatus(error.error_status_hint), str(error)).response
        except Tunnel:
            await stream.send_all(b"HTTP/1.1 200 Connection established\r\n\r\n")
            return True
        await stream.send_all(encode(connection, response, request))
        if connection.our_state is not h11.DONE or connection.their_state is not h11.DONE:
            await linger(stream)
            return False
        connection.start_next_cycle()


async def receive(stream: trio.abc.Stream, connection: h11.Connection) -> Request | None:
    """The next request; None at the end. Raises RefusedError for a body that is too long, h11.RemoteProtocolError."""
    head: h11.Request | None = None
    body = bytearray()
    while True:
        event = connection.next_event()
        if event is h11.NEED_DATA:
            if connection.they_are_waiting_for_100_continue:
                await stream.send_all(connection.send(h11.InformationalResponse(status_code=100, headers=[])) or b"")
            connection.receive_data(bytes(await stream.receive_some(CHUNK)))
        elif isinstance(event, h11.Request):
            head = event
        elif isinstance(event, h11.Data):
            body += event.data
            if len(body) > LONGEST_BODY:
                raise RefusedError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"The body has more than {LONGEST_BODY} bytes.")
        elif isinstance(event, h11.EndOfMessage) and head is not None:
            headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in head.headers}
            return Request(head.method.decode(), head.target.decode("latin-1"), headers, bytes(body))
        else:
            return None


def encode(connection: h11.Connection, response: Response, request: Request | None) -> bytes:
    """The bytes of an answer. An answer without a request ends the connection."""
    headers = [*response.headers.items(), ("Content-Length", str(len(response.body)))]
    if request is None:
        headers.append(("Connection", "close"))
    parts: list[h11.Event] = [
        h11.Response(status_code=response.status, headers=headers, reason=response.status.phrase),
        h11.EndOfMessage(),
    ]
    if request is None or request.method != "HEAD":
        parts.insert(1, h11.Data(data=response.body))
    return b"".join(connection.send(part) or b"" for part in parts)


async def linger(stream: trio.abc.Stream) -> None:
    """Read on for a while: if a connection is closed with unread bytes, the answer is lost."""
    read = 0
    with trio.move_on_after(LINGER):
        while read < LONGEST_LINGER and (data := await stream.receive_some(CHUNK)):
            read += len(data)
