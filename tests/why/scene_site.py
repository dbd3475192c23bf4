"""A site whose pages and workers a test writes in the address; each name below ``localhost`` is a site of its own."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from json import dumps
from pathlib import Path
from threading import Event, Thread
from urllib.parse import unquote, urlsplit

PAGE = "<!doctype html><title>scene</title><button>click</button>"


ICON = Path(__file__).parents[2] / "fixtures_site" / "icon.png"


class Handler(BaseHTTPRequestHandler):
    over: Event

    def do_HEAD(self) -> None:
        """The payment method ``/pay?WORKER``, whose handler is the worker that is written there."""
        query = urlsplit(self.path).query
        self.answer(b"", "text/html", link=f'</pay.json?{query}>; rel="payment-method-manifest"')

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        match parts.path:
            case "/worker.js":
                self.answer(unquote(parts.query).encode(), "text/javascript")
            case "/pay.json":
                self.answer(dumps({"default_applications": [f"/pay.webmanifest?{parts.query}"]}).encode())
            case "/pay.webmanifest":
                worker = {"src": f"/worker.js?{parts.query}", "scope": "/"}
                icon = {"src": "/icon.png", "sizes": "48x48", "type": "image/png"}
                self.answer(dumps({"name": "Pay", "icons": [icon], "serviceworker": worker}).encode())
            case "/icon.png":
                self.answer(ICON.read_bytes(), "image/png")
            case "/held":  # A download that does not end.
                self.answer(b"")
                self.over.wait()
            case path:
                self.answer(PAGE.encode(), "text/html", 404 if path == "/missing" else 200)

    def answer(self, body: bytes, kind: str = "application/json", status: int = 200, link: str = "") -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        if link:
            self.send_header("Link", link)
        self.end_headers()
        self.wfile.write(body)

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
