import { all, empty } from "/outbox.js";

addEventListener("install", () => skipWaiting());
addEventListener("activate", (event) => event.waitUntil(clients.claim()));

addEventListener("sync", (event) => {
  if (event.tag === "send-messages") event.waitUntil(sendMessages());
});

async function sendMessages() {
  for (const message of await all()) {
    const response = await fetch("/api/messages", { method: "POST", body: JSON.stringify(message) });
    if (!response.ok) throw new Error(`the server answered ${response.status}`);
  }
  await empty();
  for (const client of await clients.matchAll()) client.postMessage("sent");
}

addEventListener("push", (event) => {
  const { title, ...options } = event.data.json();
  event.waitUntil(registration.showNotification(title, { tag: "message", ...options }));
});

addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(clients.openWindow(event.notification.data?.url ?? "/"));
});
