"""A site whose worker does what a push, a sync or a tag of a notification asks for: throws, or nothing."""

from contextlib import AbstractContextManager

from tests.browser.worker_site import serve_worker

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


def serve_throwing() -> AbstractContextManager[str]:
    """Its address."""
    return serve_worker(WORKER)
