"""The application's server: its files, and an interface that takes messages.

python server.py [PORT]
"""

import json
import sys
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

APP = Path(__file__).parent / "app"


class MessageServer(ThreadingHTTPServer):
    """On loopback; port 0 is any free one."""

    def __init__(self, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), partial(Handler, directory=str(APP)))
        self.messages: list[str] = []
        self.broken = False
        """Answers 503 while it is set."""

    @property
    def url(self) -> str:
        return f"http://localhost:{self.server_port}/"


class Handler(SimpleHTTPRequestHandler):
    server: MessageServer

    def do_POST(self) -> None:
        message = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if not self.server.broken:
            self.server.messages.append(message["text"])
        self.send_response(503 if self.server.broken else 204)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Nothing."""


if __name__ == "__main__":
    with MessageServer(int(sys.argv[1]) if len(sys.argv) > 1 else 8000) as server:
        print(server.url)
        server.serve_forever()
