"""A site with one worker, and a page that registers it."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

PAGE = "<!doctype html><title>worker</title><script>navigator.serviceWorker.register('/sw.js')</script>"


class WorkerSite:
    def __init__(self, worker: str) -> None:
        self.url = ""
        self.worker = worker
        """The script as it is now."""


class Handler(BaseHTTPRequestHandler):
    site: WorkerSite

    def do_GET(self) -> None:
        is_worker = self.path == "/sw.js"
        self.send_response(200)
        self.send_header("Content-Type", "text/javascript" if is_worker else "text/html")
        self.end_headers()
        self.wfile.write((self.site.worker if is_worker else PAGE).encode())

    def log_message(self, *arguments: object) -> None:
        """Nothing."""


@contextmanager
def open_worker_site(worker: str) -> Iterator[WorkerSite]:
    site = WorkerSite(worker)
    handler = type("WorkerHandler", (Handler,), {"site": site})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        site.url = f"http://localhost:{server.server_address[1]}/"
        yield site
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def serve_worker(worker: str) -> Iterator[str]:
    """Its address."""
    with open_worker_site(worker) as site:
        yield site.url
