// Tells the page everything about a push.
self.addEventListener("install", () => self.skipWaiting());

async function seen({ data }) {
  if (data === null) return null;
  const blob = await data.blob();
  let json;
  try {
    json = data.json();
  } catch {
    json = "not JSON";
  }
  return {
    arrayBuffer: [...new Uint8Array(data.arrayBuffer())],
    blob: [...new Uint8Array(await blob.arrayBuffer())],
    text: data.text(),
    json,
  };
}

self.addEventListener("push", (event) => {
  event.waitUntil((async () => {
    new BroadcastChannel("pushed").postMessage({ kind: event.constructor.name, data: await seen(event) });
    await self.registration.showNotification("Pushed", { tag: "push" });
  })());
});
