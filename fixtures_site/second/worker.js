// A second service worker, so that there can be several. It takes what comes.
self.addEventListener('install', () => self.skipWaiting());
self.addEventListener('sync', () => {});
self.addEventListener('periodicsync', () => {});
self.addEventListener('push', () => {});
