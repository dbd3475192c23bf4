// The service worker of every scope of this site. What it is asked decides what it does, so that a test, a click
// and DevTools can all ask for a failure: a sync tag or a payment that begins with "reject", a push of "throw".

const channel = new BroadcastChannel("site");

/** Tell every page of this browser context what was handled, and how. */
function tell(message) {
  channel.postMessage({ scope: new URL(self.registration.scope).pathname, ...message });
}

function refuse(what) {
  return Promise.reject(new Error(`${what}, as it was asked to`));
}

self.addEventListener("install", () => self.skipWaiting());

for (const [type, service] of [["sync", "backgroundSync"], ["periodicsync", "periodicBackgroundSync"]]) {
  self.addEventListener(type, (event) => {
    const rejects = event.tag.startsWith("reject");
    tell({ service, id: event.tag, outcome: rejects ? "rejected" : "succeeded" });
    if (rejects) event.waitUntil(refuse(`${type} rejected`));
  });
}

for (const outcome of ["success", "fail", "abort"]) {
  self.addEventListener(`backgroundfetch${outcome}`, (event) => {
    const { id, failureReason, downloaded } = event.registration;
    tell({ service: "backgroundFetch", id, outcome, failureReason, downloaded });
  });
}

async function onPush(payload) {
  const message = { service: "pushMessaging", id: "", payload };
  if (payload === "throw") {
    tell({ ...message, outcome: "threw" });
    throw new Error("push threw, as it was asked to");
  }
  if (Notification.permission !== "granted") {
    tell({ ...message, outcome: "taken" }); // There is nothing to show; the push still counts as taken.
    return;
  }
  const options = { tag: "push", body: payload ?? "", icon: "/icon.png", data: { opens: "/#pushed" } };
  await self.registration.showNotification("Pushed", options);
  tell({ ...message, outcome: "shown" });
}

// Within waitUntil: a handler that throws before it is called counts as a success in Chromium.
self.addEventListener("push", (event) => event.waitUntil(onPush(event.data ? event.data.text() : null)));

for (const [type, outcome] of [["notificationclick", "clicked"], ["notificationclose", "closed"]]) {
  self.addEventListener(type, (event) => {
    const { notification, action } = event;
    tell({ service: "notifications", id: notification.tag, outcome, action });
    if (outcome === "clicked" && notification.data) event.waitUntil(openWindow(notification));
  });
}

/** Chromium lets a worker do this after a real click only. */
async function openWindow(notification) {
  notification.close();
  const { url } = await clients.openWindow(notification.data.opens);
  tell({ service: "notifications", id: notification.tag, outcome: "opened", url });
}

self.addEventListener("paymentrequest", (event) => {
  const id = event.paymentRequestId;
  const rejects = id.startsWith("reject");
  tell({ service: "paymentHandler", id, total: event.total.value, outcome: rejects ? "rejected" : "paid" });
  event.respondWith(
    rejects ? refuse("payment rejected") : { methodName: event.methodData[0].supportedMethods, details: { paid: id } },
  );
});

self.addEventListener("abortpayment", (event) => event.respondWith(true));
