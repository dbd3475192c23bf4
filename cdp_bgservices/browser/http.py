"""One GET. Its deadline covers name lookup, handshakes, and a server that answers one byte at a time."""

from urllib.parse import SplitResult

import h11
import msgspec
import trio

from cdp_bgservices.browser.address import authorization, host_of, target_of

LONGEST = 1 << 20
"""Bytes of the longest answer that is accepted, unless more is expected."""
CHUNK = 1 << 14


class NoHttpError(Exception):
    """The server does not speak HTTP, or its answer does not end."""


class Answer(msgspec.Struct, frozen=True):
    status: int
    body: bytes
    location: str
    """The target of a redirect, else ``""``."""


async def get(parts: SplitResult, *, deadline: float, longest: int = LONGEST) -> Answer:
    """The answer of a URL, requested with its user and password. It uses no proxy, and follows no redirect.

    Raises trio.TooSlowError after ``deadline`` seconds, NoHttpError, OSError where nothing listens, ValueError for a
    URL that cannot be requested.
    """
    with trio.fail_after(deadline):
        async with await connect(parts) as stream:
            try:
                return await exchange(stream, parts, longest)
            except h11.RemoteProtocolError as error:
                raise NoHttpError(str(error)) from error
            except h11.LocalProtocolError as error:
                raise ValueError(str(error)) from error
            except trio.BrokenResourceError as error:
                raise OSError(str(error.__cause__ or error)) from error


async def connect(parts: SplitResult) -> trio.abc.Stream:
    if parts.scheme in ("https", "wss"):
        return await trio.open_ssl_over_tcp_stream(parts.hostname or "", parts.port or 443, https_compatible=True)
    return await trio.open_tcp_stream(parts.hostname or "", parts.port or 80)


async def exchange(stream: trio.abc.Stream, parts: SplitResult, longest: int) -> Answer:
    connection = h11.Connection(h11.CLIENT)
    headers = [(b"Host", host_of(parts).encode("ascii")), (b"Accept", b"application/json"), (b"Connection", b"close")]
    request = h11.Request(method="GET", target=target_of(parts), headers=headers + authorization(parts))
    await stream.send_all((connection.send(request) or b"") + (connection.send(h11.EndOfMessage()) or b""))
    status, body, location = 0, b"", ""
    while True:
        event = connection.next_event()
        if event is h11.NEED_DATA:
            connection.receive_data(bytes(await stream.receive_some(CHUNK)))
        elif isinstance(event, h11.Response):
            status = event.status_code
            location = dict(event.headers).get(b"location", b"").decode("latin-1")
        elif isinstance(event, h11.Data):
            body += event.data
            if len(body) > longest:
                raise NoHttpError(f"more than {longest} bytes")
        elif isinstance(event, h11.EndOfMessage):
            return Answer(status, body, location)
        elif isinstance(event, h11.ConnectionClosed):
            raise NoHttpError("the connection was closed")
