"""The bundled site on loopback: the pages of ``fixtures_site``, and the server's answers that they need."""

import errno
import socket
import sys
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socketserver import TCPServer
from threading import Event, Thread
from typing import Any
from urllib.parse import urlsplit

HELD_AT_MOST = 60.0
"""Seconds until ``/hold/NAME`` answers anyway, and ``/arrived/NAME`` gives up."""

LARGEST_DOWNLOAD = 100_000_000
"""Bytes."""

PAYMENT_METHOD = "/pay/"
PAGES = ("/", "/second/")
"""The page's paths: each is a separate scope."""


def site_folder() -> Path:
    """The pages: inside the installed package, or beside it in a source checkout."""
    package = Path(__file__).parent
    installed = package / "fixtures_site"
    return installed if installed.is_dir() else package.parent / "fixtures_site"


@contextmanager
def serve_site(port: int = 0) -> Iterator[str]:
    """Serve on both addresses of localhost, from threads; yields the URL. Raises OSError if the port is in use."""
    holds: defaultdict[str, Hold] = defaultdict(Hold)
    with ExitStack() as stack:
        servers = [stack.enter_context(server) for server in open_servers(port, holds)]
        port = servers[0].server_port
        for server in servers:
            thread = Thread(target=server.serve_forever, args=(0.05,), name="site", daemon=True)
            thread.start()
            stack.callback(thread.join)
            stack.callback(server.shutdown)
        try:
            yield f"http://localhost:{port}/"
        finally:
            for hold in list(holds.values()):
                hold.arrived.set()
                hold.released.set()


def open_servers(port: int, holds: "defaultdict[str, Hold]") -> "list[SiteServer]":
    """One for each address of localhost that this machine has, all at the same port. Raises OSError if it is in use."""
    while True:
        first = SiteServer("127.0.0.1", port, holds)
        try:
            return [first, SiteServer("::1", first.server_port, holds)]
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                return [first]  # It has no ::1.
            first.server_close()
            if port:
                raise  # Browsers try ::1 first: they would get another server's pages.
            # The port that the system chose is free at the first address, and not at the other: it chooses another.


class Hold:
    """An answer that is held back until it is released."""

    def __init__(self) -> None:
        self.arrived = Event()
        self.released = Event()


class SiteServer(ThreadingHTTPServer):
    request_queue_size = 128

    def __init__(self, host: str, port: int, holds: defaultdict[str, Hold]) -> None:
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.holds = holds
        super().__init__((host, port), SiteHandler)

    def server_bind(self) -> None:
        TCPServer.server_bind(self)  # HTTPServer's asks the name service, which can take seconds.
        self.server_name, self.server_port = self.socket.getsockname()[:2]

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exception(), ConnectionError | TimeoutError):  # The browser went away.
            super().handle_error(request, client_address)


class SiteHandler(SimpleHTTPRequestHandler):
    server: SiteServer
    timeout = 10.0  # Seconds for a browser's connection that never asks for anything.
    extensions_map = {  # noqa: RUF012 - the same on every system, whatever its registry says
        ".css": "text/css; charset=utf-8",
        ".html": "text/html; charset=utf-8",
        ".js": "text/javascript; charset=utf-8",
        ".json": "application/json",
        ".png": "image/png",
        ".webmanifest": "application/manifest+json",
        "": "application/octet-stream",
    }

    def __init__(self, *args: Any) -> None:
        super().__init__(*args, directory=str(site_folder()))

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        path = urlsplit(self.path).path
        match path.split("/"):
            case ["", "download", size] if size.isdecimal() and int(size) <= LARGEST_DOWNLOAD:
                self.answer(b"\0" * int(size))
            case ["", "hold", name]:
                self.hold(name).arrived.set()
                self.hold(name).released.wait(HELD_AT_MOST)
                self.answer(b"held")
            case ["", "arrived", name]:
                came = self.hold(name).arrived.wait(HELD_AT_MOST)
                self.answer(b"", status=HTTPStatus.OK if came else HTTPStatus.GATEWAY_TIMEOUT)
            case _ if path == PAYMENT_METHOD:
                self.answer(b"", link='</pay/method.json>; rel="payment-method-manifest"')
            case _ if path in PAGES:
                self.path = "/index.html"
                self.send_file()
            case _:
                self.send_file()

    def do_POST(self) -> None:
        match urlsplit(self.path).path.split("/"):
            case ["", "release", name]:
                self.hold(name).released.set()
                self.answer(b"")
            case _:
                self.send_error(HTTPStatus.NOT_FOUND)

    def hold(self, name: str) -> Hold:
        return self.server.holds[name]

    def send_file(self) -> None:
        """A file of the folder, as the standard library does it."""
        if self.command == "HEAD":
            super().do_HEAD()
        else:
            super().do_GET()

    def list_directory(self, path: Any) -> None:
        self.send_error(HTTPStatus.NOT_FOUND)

    def answer(self, body: bytes, status: HTTPStatus = HTTPStatus.OK, link: str | None = None) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/octet-stream")
        self.send_header("Content-Length", str(len(body)))
        if link:
            self.send_header("Link", link)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def end_headers(self) -> None:
        self.send_header("Cache-Control", "no-store")
        super().end_headers()

    def log_message(self, *args: Any) -> None:
        """Standard error belongs to the command that serves the site."""
