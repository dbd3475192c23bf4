// Shows what it is pushed, unless it is asked to be silent.
self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("push", (event) => {
  const body = event.data?.text() ?? "";
  new BroadcastChannel("pushed").postMessage(body);
  if (body !== "silent") event.waitUntil(self.registration.showNotification("Pushed", { body, tag: "push" }));
});
self.addEventListener("pushsubscriptionchange", ({ oldSubscription, newSubscription }) => {
  const endpoints = [oldSubscription, newSubscription].map((subscription) => subscription?.endpoint ?? null);
  new BroadcastChannel("changed").postMessage(endpoints);
});
