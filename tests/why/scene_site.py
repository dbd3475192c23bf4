"""A site whose pages and workers a test writes in the address; each name below ``localhost`` is a site of its own."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from urllib.parse import unquote, urlsplit

PAGE = "<!doctype html><title>scene</title><button>click</button>"


class Handler(BaseHTTPRequestHandler):
    over: Event

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        is_worker = parts.path == "/worker.js"
        self.send_response(404 if parts.path == "/missing" else 200)
        self.send_header("Content-Type", "text/javascript" if is_worker else "text/html")
        self.end_headers()
        if parts.path == "/held":  # A download that does not end.
            self.over.wait()
            return
        self.wfile.write((unquote(parts.query) if is_worker else PAGE).encode())

    def log_message(self, *arguments: object) -> None:
        """Nothing."""


@contextmanager
def serve_scenes() -> Iterator[int]:
    """Its port."""
    over = Event()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("SceneHandler", (Handler,), {"over": over}))
    thread = Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        over.set()
        server.shutdown()
        server.server_close()
        thread.join()
