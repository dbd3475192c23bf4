"""The ports of a capture, for metrics and health: a server for each, in threads."""

import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from logging import getLogger
from socketserver import TCPServer, ThreadingMixIn
from threading import Thread
from typing import TYPE_CHECKING, Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

import trio

from cdp_bgservices.capture.health import Listening
from cdp_bgservices.errors import InvalidInputError

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication

log = getLogger(__name__)


class Handler(WSGIRequestHandler):
    timeout = 10.0
    """Seconds for a client that says nothing."""

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - its name in the base class
        log.debug(format, *args)


class Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True

    def __init__(self, place: Listening) -> None:
        self.address_family = socket.AF_INET6 if ":" in place.host else socket.AF_INET
        super().__init__((place.host, place.port), Handler)

    def server_bind(self) -> None:
        TCPServer.server_bind(self)  # HTTPServer's asks the name service, which can take seconds.
        self.server_name, self.server_port = self.socket.getsockname()[:2]
        self.setup_environ()

    def handle_error(self, request: Any, client_address: Any) -> None:
        # Its own would print a traceback for a reader who goes away.
        log.debug("a reader of %s went away", self.server_port, exc_info=True)


@asynccontextmanager
async def open_server(place: Listening, apps: "Mapping[str, WSGIApplication]", option: str) -> AsyncIterator[str]:
    """Serve until the body ends; yields the URL of its root. ``apps`` by path; that of "" answers at all others.

    Raises InvalidInputError if the port is taken: the command line names one that cannot be used.
    """
    try:
        server = Server(place)
    except OSError as error:
        host = f"[{place.host}]" if ":" in place.host else place.host
        raise InvalidInputError(
            f"{option}: nothing can listen at {host}:{place.port} ({error.strerror or error})",
            "Give another port, or 0 for any that is free.",
        ) from error
    server.set_app(route(apps))
    thread = Thread(target=server.serve_forever, args=(0.1,), name="metrics and health", daemon=True)
    thread.start()

    def close() -> None:
        server.shutdown()
        server.server_close()
        thread.join()

    try:
        host = f"[{place.host}]" if ":" in place.host else place.host
        yield f"http://{host}:{server.server_port}"
    finally:
        with trio.CancelScope(shield=True):
            await trio.to_thread.run_sync(close)


def route(apps: "Mapping[str, WSGIApplication]") -> "WSGIApplication":
    def answer(environ: Any, start_response: Any) -> Any:
        app = apps.get(environ["PATH_INFO"], apps.get(""))
        if app is None:
            start_response("404 Not Found", [("Content-Type", "text/plain")])
            return [b"see /health\n"]
        return app(environ, start_response)

    return answer
