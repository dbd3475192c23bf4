"""A site whose worker does what a push, a sync or a tag of a notification asks for: throws, or nothing."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

WORKER = """
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
self.addEventListener('install', () => self.skipWaiting());
self.addEventListener('activate', (event) => event.waitUntil(clients.claim()));
async function act(text) { // 'ID:throws:after:then:lasts'
  const [id, how, after, lasts] = text.split(':');
  if (Number(after)) await sleep(Number(after));
  if (how === 'rejects') throw new Error(id);
  if (how === 'leaves') Promise.reject(new Error(id));
  if (how === 'timer') setTimeout(() => { throw new Error(id); }, 0);
  if (how === 'logs') console.error(id);
  if (how === 'opens') await clients.openWindow('/opened');
  if (Number(lasts)) await sleep(Number(lasts));
}
function handle(event, text) {
  if (text.split(':')[1] === 'throws') throw new Error(text.split(':')[0]);
  event.waitUntil(act(text));
}
self.addEventListener('push', (event) => handle(event, event.data.text()));
self.addEventListener('sync', (event) => handle(event, event.tag));
self.addEventListener('notificationclick', (event) => {
  event.notification.close();
  handle(event, event.action || event.notification.tag);
});
self.addEventListener('fetch', (event) => {
  if (event.request.url.includes('boom')) event.respondWith(Promise.reject(new Error('fetch')));
});
"""
BARE, BARE_WORKER = "/bare/sw.js", "self.addEventListener('install', () => self.skipWaiting());"
"""A worker without handlers."""
PAGE = "<!doctype html><title>throwing</title><script>navigator.serviceWorker.register('/sw.js')</script>"


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        is_worker = self.path in ("/sw.js", BARE)
        self.send_response(200)
        self.send_header("Content-Type", "text/javascript" if is_worker else "text/html")
        self.end_headers()
        self.wfile.write((BARE_WORKER if self.path == BARE else WORKER if is_worker else PAGE).encode())

    def log_message(self, *arguments: object) -> None:
        """Nothing."""


@contextmanager
def serve_throwing() -> Iterator[str]:
    """Its address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://localhost:{server.server_address[1]}/"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
