"""A site with one worker, and a page that registers it."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

PAGE = "<!doctype html><title>worker</title><script>navigator.serviceWorker.register('/sw.js')</script>"


class Handler(BaseHTTPRequestHandler):
    worker = ""

    def do_GET(self) -> None:
        is_worker = self.path == "/sw.js"
        self.send_response(200)
        self.send_header("Content-Type", "text/javascript" if is_worker else "text/html")
        self.end_headers()
        self.wfile.write((self.worker if is_worker else PAGE).encode())

    def log_message(self, *arguments: object) -> None:
        """Nothing."""


@contextmanager
def serve_worker(worker: str) -> Iterator[str]:
    """Its address."""
    handler = type("WorkerHandler", (Handler,), {"worker": worker})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://localhost:{server.server_address[1]}/"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
