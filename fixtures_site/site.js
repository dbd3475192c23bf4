// What this page can trigger, as `window.site`: every call answers with a plain value once the browser, or the
// worker's handler, has done its part. From outside: Runtime.evaluate {expression: "site.sync('mail')",
// awaitPromise: true, returnByValue: true}.

const here = new URL("./", location).pathname; // The scope of this page: "/" or "/second/".
const messages = []; // Everything that the workers reported, oldest first.
const waiting = new Set(); // What looks at every new message.

new BroadcastChannel("site").addEventListener("message", ({ data }) => {
  messages.push(data);
  for (const look of waiting) look();
});

/** The first message of a worker with these fields, from the given place in `messages` on; waits for it. */
function answer(fields, from = 0) {
  const fits = (message) => Object.entries(fields).every(([name, value]) => message[name] === value);
  return new Promise((resolve) => {
    const look = () => {
      const found = messages.slice(from).find(fits);
      if (!found) return;
      waiting.delete(look);
      resolve(found);
    };
    waiting.add(look);
    look();
  });
}

/** Do something that a worker answers to, and wait for that answer. */
async function answered(fields, act) {
  const from = messages.length;
  await act(await activeRegistration());
  return answer({ scope: here, ...fields }, from);
}

async function activeRegistration(scope = here) {
  const registration = await navigator.serviceWorker.register("/worker.js", { scope });
  const worker = registration.installing ?? registration.waiting ?? registration.active;
  await new Promise((resolve, reject) => {
    const look = () => {
      if (worker.state === "activated") resolve();
      if (worker.state === "redundant") reject(new Error(`the worker of ${scope} did not install`));
    };
    worker.addEventListener("statechange", look);
    look();
  });
  return registration;
}

async function ready(scope = here) {
  const registration = await activeRegistration(scope);
  return { scope, script: registration.active.scriptURL, state: registration.active.state };
}

async function unregister(scope = here) {
  const registration = await navigator.serviceWorker.getRegistration(scope);
  const found = registration && new URL(registration.scope).pathname === scope;
  return { scope, unregistered: found ? await registration.unregister() : false };
}

/** For a person's own browser; a browser under test has the permissions granted from outside. */
async function allow() {
  return { notifications: await Notification.requestPermission() };
}

// Background sync ---------------------------------------------------------------------------------------------

/** Only asks for it: what the browser does with it, and when, is its own decision. */
async function registerSync(tag) {
  const { sync } = await activeRegistration();
  await sync.register(tag);
  return { tags: await sync.getTags() };
}

/** A tag that begins with "reject" has a handler that fails. */
function sync(tag = "mail") {
  return answered({ service: "backgroundSync", id: tag }, () => registerSync(tag));
}

// Periodic background sync ------------------------------------------------------------------------------------

async function periodicSync(tag = "news", minInterval = 24 * 60 * 60 * 1000) {
  const { periodicSync } = await activeRegistration();
  await periodicSync.register(tag, { minInterval });
  return { tags: await periodicSync.getTags() };
}

async function stopPeriodicSync(tag = "news") {
  const { periodicSync } = await activeRegistration();
  await periodicSync.unregister(tag);
  return { tags: await periodicSync.getTags() };
}

// Background fetch --------------------------------------------------------------------------------------------
// The first one of a page is free; after that each takes a real click of its own, and once one was refused, Chromium
// refuses every further one in that tab, clicked or not, reloaded or not.

const newId = (name) => `${name}-${crypto.randomUUID().slice(0, 8)}`;

function download(id = newId("song"), urls = ["/download/20000"]) {
  const fields = { service: "backgroundFetch", id };
  return answered(fields, ({ backgroundFetch }) => backgroundFetch.fetch(id, urls, { title: `Download ${id}` }));
}

function downloadMissing(id = newId("missing")) {
  return download(id, ["/missing"]);
}

/** Aborted when its request has reached the server, which holds its answer back until then. */
function downloadAborted(id = newId("aborted")) {
  const hold = crypto.randomUUID();
  return answered({ service: "backgroundFetch", id }, async ({ backgroundFetch }) => {
    const running = await backgroundFetch.fetch(id, [`/hold/${hold}`], { title: `Abort ${id}` });
    await fetch(`/arrived/${hold}`);
    await running.abort();
    await fetch(`/release/${hold}`, { method: "POST" });
  });
}

// Push: needs a push service, and a profile that is not off the record ------------------------------------------

/** What an application server sends to; the key is that server's public one, in base64url. */
async function subscribe(applicationServerKey) {
  const { pushManager } = await activeRegistration();
  return (await pushManager.subscribe({ userVisibleOnly: true, applicationServerKey })).toJSON();
}

async function unsubscribe() {
  const subscription = await (await activeRegistration()).pushManager.getSubscription();
  return { unsubscribed: subscription ? await subscription.unsubscribe() : false };
}

// Notifications: showing one with the tag of another replaces that ---------------------------------------------

async function shownNotifications() {
  const notifications = await (await activeRegistration()).getNotifications();
  return { shown: notifications.map(({ tag, title, body }) => ({ tag, title, body })) };
}

async function notify(tag = "letter", title = "A letter", body = "It says hello.") {
  await (await activeRegistration()).showNotification(title, { tag, body, icon: "/icon.png" });
  return shownNotifications();
}

async function closeNotification(tag = "letter") {
  const notifications = await (await activeRegistration()).getNotifications({ tag });
  for (const notification of notifications) notification.close();
  return { closed: notifications.length };
}

// Payment: needs a real click ----------------------------------------------------------------------------------

let unanswered = null; // The request that a handler refused: Chromium goes on showing it.

/** An id that begins with "reject" is refused by the handler. */
async function pay(id = newId("order"), value = "7.50") {
  await abortPayment();
  const method = { supportedMethods: new URL("/pay/", location).href };
  const total = { label: "Total", amount: { currency: "EUR", value } };
  const request = new PaymentRequest([method], { id, total });
  const refused = answer({ service: "paymentHandler", id, outcome: "rejected" });
  const response = await Promise.race([request.show(), refused]);
  if (response.outcome === "rejected") {
    unanswered = request;
    return response;
  }
  await response.complete("success");
  return { id, outcome: "paid", method: response.methodName, details: response.details };
}

/** Give up a payment that was refused; the next one does this by itself. */
async function abortPayment() {
  const aborted = unanswered !== null;
  await unanswered?.abort();
  unanswered = null;
  return { aborted };
}

// The page itself ----------------------------------------------------------------------------------------------

const buttons = {
  ready: () => ready(),
  second: () => ready("/second/"),
  unregister: () => unregister(),
  allow: () => allow(),
  sync: () => sync(),
  "sync-reject": () => sync(newId("reject")),
  periodic: () => periodicSync(),
  "periodic-stop": () => stopPeriodicSync(),
  download: () => download(),
  "download-missing": () => downloadMissing(),
  "download-abort": () => downloadAborted(),
  notify: () => notify(),
  "notify-replace": () => notify("letter", "Another letter", "It says goodbye."),
  "notify-close": () => closeNotification(),
  pay: () => pay(),
  "pay-reject": () => pay(newId("reject")),
};
const clicks = new Map(Object.keys(buttons).map((id) => [id, []])); // Results that were not taken yet, per button.
const clickMade = new EventTarget();

/** Where to click on a button, in CSS pixels of the window, as Input.dispatchMouseEvent takes them. */
function point(id) {
  const button = document.getElementById(id);
  button.scrollIntoView({ block: "center", behavior: "instant" });
  const { left, top, width, height } = button.getBoundingClientRect();
  return { x: left + width / 2, y: top + height / 2 };
}

/** The result of the oldest click on a button that was not asked for yet; waits for such a click. */
async function clicked(id) {
  while (!clicks.get(id).length) {
    await new Promise((resolve) => clickMade.addEventListener(id, resolve, { once: true }));
  }
  return clicks.get(id).shift();
}

function log(text, kind) {
  const line = document.createElement("li");
  line.className = kind;
  line.textContent = text;
  document.getElementById("log").prepend(line);
}

const asText = (value) => Object.entries(value).map(([name, part]) => `${name}: ${JSON.stringify(part)}`).join(", ");

for (const [id, act] of Object.entries(buttons)) {
  document.getElementById(id).addEventListener("click", () => {
    const result = act();
    result.then(
      (value) => log(`${id} → ${asText(value)}`, "page"),
      (error) => log(`${id} → ${error}`, "error"),
    );
    clicks.get(id).push(result);
    clickMade.dispatchEvent(new Event(id));
  });
}

new BroadcastChannel("site").addEventListener("message", ({ data: { scope, service, ...rest } }) => {
  log(`worker ${scope} → ${service}, ${asText(rest)}`, "worker");
});

window.site = {
  ready, unregister, allow, messages, answer, point, clicked,
  registerSync, sync, periodicSync, stopPeriodicSync, download, downloadMissing, downloadAborted,
  subscribe, unsubscribe, notify, closeNotification, shownNotifications, pay, abortPayment,
};

document.getElementById("scope").textContent = here;

// In the address: `?sync=mail&notify=letter` calls these, one after the other, as soon as the worker is ready.
ready()
  .then(async () => {
    for (const [call, argument] of new URLSearchParams(location.search)) await window.site[call](argument);
  })
  .catch((error) => log(String(error), "error"));
