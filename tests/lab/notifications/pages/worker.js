const channel = new BroadcastChannel("reports");

async function open_window() {
  try {
    return (await clients.openWindow("/?opened")).url;
  } catch (error) {
    return error.name;
  }
}

self.addEventListener("install", () => self.skipWaiting());

self.addEventListener("message", ({ data }) => {
  if (data === "open") open_window().then((opened) => channel.postMessage({ type: "message", opened }));
});

self.addEventListener("notificationclick", (event) => {
  const { notification, action, reply } = event;
  const answer = async () => {
    const opened = notification.data === "open" ? await open_window() : null;
    if (notification.data === "close") notification.close();
    channel.postMessage({ type: "click", title: notification.title, action, reply, opened });
  };
  event.waitUntil(answer());
});

self.addEventListener("notificationclose", ({ notification }) => {
  channel.postMessage({ type: "close", title: notification.title });
});

self.addEventListener("sync", (event) => {
  if (event.tag === "hang") event.waitUntil(new Promise(() => {}));
});
