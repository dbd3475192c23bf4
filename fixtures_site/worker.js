// The service worker: answers every background service, and tells the pages what came.

const tell = async message => {
  for (const client of await clients.matchAll({ includeUncontrolled: true })) client.postMessage(message);
};

self.addEventListener('install', () => self.skipWaiting());
self.addEventListener('activate', event => event.waitUntil(clients.claim()));

self.addEventListener('sync', event => {
  const { tag, lastChance } = event;
  const rejected = tag.includes('reject');
  event.waitUntil(tell({ type: 'sync', tag, lastChance, rejected }).then(() => {
    if (rejected) throw new Error(`${tag} is rejected on purpose`);
  }));
});

self.addEventListener('periodicsync', event => {
  event.waitUntil(tell({ type: 'periodicsync', tag: event.tag }));
});

self.addEventListener('push', event => {
  const text = event.data && event.data.text();
  event.waitUntil(tell({ type: 'push', text }).then(() => {
    if (text === 'throw') throw new Error('the push handler throws on purpose');
    // Without the permission there is nothing to show; the push is taken all the same.
    return Notification.permission === 'granted' ? registration.showNotification('Push', { body: text ?? '', tag: 'push' }) : null;
  }));
});

for (const type of ['backgroundfetchsuccess', 'backgroundfetchfail', 'backgroundfetchabort']) {
  self.addEventListener(type, event => {
    const { id, result, failureReason } = event.registration;
    event.waitUntil(tell({ type, id, result, failureReason }));
  });
}

for (const type of ['notificationclick', 'notificationclose']) {
  self.addEventListener(type, event => {
    event.waitUntil(tell({ type, tag: event.notification.tag, action: event.action }));
  });
}
