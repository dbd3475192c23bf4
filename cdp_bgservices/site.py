"""Serve the bundled site on loopback: one small PWA that makes all six background services act."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

PAYMENT_METHOD = "/pay"
PAYMENT_MANIFEST = '</payment/method.json>; rel="payment-method-manifest"'
LONGEST_DOWNLOAD = 64 << 20
CHUNK = 64 << 10


def site_folder() -> Path:
    """In the installed package, or beside it in a checkout."""
    package = Path(__file__).parent
    installed = package / "fixtures_site"
    return installed if installed.is_dir() else package.parent / "fixtures_site"


class Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.closing = threading.Event()


class Handler(SimpleHTTPRequestHandler):
    """Files, and what files cannot do: a payment method, downloads of any size, one that does not end."""

    server: Server
    protocol_version = "HTTP/1.1"
    extensions_map = SimpleHTTPRequestHandler.extensions_map | {
        ".js": "text/javascript",
        ".webmanifest": "application/manifest+json",
    }

    def do_HEAD(self) -> None:
        if self.path == PAYMENT_METHOD:
            self.answer(0)
        else:
            super().do_HEAD()

    def do_GET(self) -> None:
        kind, _, size = self.path[1:].partition("/")
        if self.path == PAYMENT_METHOD:
            self.answer(0)
        elif kind == "download" and size.isdecimal() and int(size) <= LONGEST_DOWNLOAD:
            self.answer(int(size))
            self.send(int(size))
        elif self.path == "/slow":
            # A fetch that can only be aborted: half of it comes, the rest when the server closes.
            self.answer(2 * CHUNK)
            self.send(CHUNK)
            self.server.closing.wait()
        else:
            super().do_GET()

    def answer(self, size: int) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(size))
        self.send_header("Content-Type", "application/octet-stream")
        if self.path == PAYMENT_METHOD:
            self.send_header("Link", PAYMENT_MANIFEST)
        self.end_headers()

    def send(self, size: int) -> None:
        # A browser that aborts a fetch closes the connection.
        with suppress(ConnectionError):
            for start in range(0, size, CHUNK):
                self.wfile.write(b"." * min(CHUNK, size - start))

    def end_headers(self) -> None:
        self.send_header("Cache-Control", "no-store")
        super().end_headers()

    def log_message(self, *_: Any) -> None:
        """Quiet."""


@contextmanager
def serve_site(port: int = 0) -> Iterator[str]:
    """Its address, ``http://localhost:PORT/``, for as long as the body runs; port 0 takes a free one."""
    with Server(("127.0.0.1", port), partial(Handler, directory=str(site_folder()))) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield f"http://localhost:{server.server_port}/"
        finally:
            server.closing.set()
            server.shutdown()
            thread.join()
