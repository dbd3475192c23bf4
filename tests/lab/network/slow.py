"""A tiny site whose download stops half-way until it is released, and that can be asked for the rest of it."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any

SIZE = 3_000_000
FIRST_PART = 1_000_000
WORKER = b"addEventListener('backgroundfetchsuccess', event => event.waitUntil(Promise.resolve()))"


class SlowSite(ThreadingHTTPServer):
    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.ranges: list[str | None] = []
        """What was asked for of the download, one after the other; None is all of it."""
        self.may_end = Event()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Browsers go away, that is what these tests are about."""


class Handler(BaseHTTPRequestHandler):
    server: SlowSite
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        if self.path == "/film":
            self.send_film()
        elif self.path == "/worker.js":
            self.answer(WORKER, "text/javascript")
        else:
            self.answer(b"<!doctype html><title>Slow</title>", "text/html")

    def answer(self, body: bytes, kind: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def send_film(self) -> None:
        wanted = self.headers.get("Range")
        self.server.ranges.append(wanted)
        start = int(wanted.removeprefix("bytes=").removesuffix("-")) if wanted else 0
        self.send_response(206 if wanted else 200)
        self.send_header("ETag", '"one"')
        self.send_header("Accept-Ranges", "bytes")
        self.send_header("Content-Length", str(SIZE - start))
        if wanted:
            self.send_header("Content-Range", f"bytes {start}-{SIZE - 1}/{SIZE}")
        self.end_headers()
        self.wfile.write(b"f" * max(0, FIRST_PART - start))
        self.server.may_end.wait()
        self.wfile.write(b"f" * (SIZE - max(FIRST_PART, start)))

    def log_message(self, *_: object) -> None: ...


@contextmanager
def serve_slowly() -> Iterator[SlowSite]:
    with SlowSite() as site:
        site.daemon_threads = True
        thread = Thread(target=site.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield site
        finally:
            site.may_end.set()
            site.shutdown()
            thread.join()
