// Makes every background service act. Each function of `site` returns JSON when it has done what it can do.

const log = document.querySelector('#log');
const messages = [];
const waiting = new Set();

/** The worker's next message that `matches`, or one that has come already and that nobody has taken. */
function nextMessage(matches) {
  const index = messages.findIndex(matches);
  if (index >= 0) return Promise.resolve(messages.splice(index, 1)[0]);
  return new Promise(resolve => waiting.add({ matches, resolve }));
}

function note(what, value) {
  const line = document.createElement('li');
  line.textContent = `${what}: ${JSON.stringify(value)}`;
  log.prepend(line);
}

navigator.serviceWorker.addEventListener('message', ({ data }) => {
  note('worker', data);
  for (const waiter of waiting) {
    if (waiter.matches(data)) {
      waiting.delete(waiter);
      waiter.resolve(data);
      return;
    }
  }
  messages.push(data);
});

async function register(script, scope) {
  const registration = await navigator.serviceWorker.register(script, { scope });
  const worker = registration.installing ?? registration.waiting ?? registration.active;
  while (worker.state !== 'activated') {
    if (worker.state === 'redundant') throw new Error(`the worker of ${scope} failed`);
    await new Promise(resolve => worker.addEventListener('statechange', resolve, { once: true }));
  }
  return registration;
}

const registered = register('/worker.js', '/');

const site = {
  /** The worker is active and controls this page. */
  async ready() {
    const registration = await registered;
    while (!navigator.serviceWorker.controller) {
      await new Promise(resolve => navigator.serviceWorker.addEventListener('controllerchange', resolve, { once: true }));
    }
    return { scope: registration.scope };
  },

  async second() {
    return { scope: (await register('/second/worker.js', '/second/')).scope };
  },

  async unregister() {
    const registrations = await navigator.serviceWorker.getRegistrations();
    await Promise.all(registrations.map(registration => registration.unregister()));
    return { unregistered: registrations.length };
  },

  /** Registers a sync, and waits for the worker's handler. A tag with "reject" in it is rejected there. */
  async sync(tag) {
    await (await registered).sync.register(tag);
    return nextMessage(message => message.type === 'sync' && message.tag === tag);
  },

  /** Registers a sync, and does not wait. */
  async registerSync(tag) {
    await (await registered).sync.register(tag);
    return { tag };
  },

  async periodicSync(tag, minInterval = 86_400_000) {
    await (await registered).periodicSync.register(tag, { minInterval });
    return { tag, minInterval };
  },

  async endPeriodicSync(tag) {
    await (await registered).periodicSync.unregister(tag);
    return { tag };
  },

  /** Fetches, and waits for the end. Only the first one on a page needs no real click. */
  async fetch(id, urls = ['/download/100000', '/download/200000']) {
    await (await registered).backgroundFetch.fetch(id, urls, { title: id });
    return nextMessage(message => message.type.startsWith('backgroundfetch') && message.id === id);
  },

  /** Fetches something that does not end, and aborts that. */
  async abortedFetch(id) {
    const fetching = await (await registered).backgroundFetch.fetch(id, ['/slow'], { title: id });
    await fetching.abort();
    return nextMessage(message => message.type === 'backgroundfetchabort' && message.id === id);
  },

  async allow() {
    return { permission: await Notification.requestPermission() };
  },

  async notify(title, options = {}) {
    await (await registered).showNotification(title, options);
    return { title, ...options };
  },

  async closeNotifications(tag) {
    const notifications = await (await registered).getNotifications(tag === undefined ? {} : { tag });
    notifications.forEach(notification => notification.close());
    return { closed: notifications.length };
  },

  /** Takes a real click; the first one installs the payment handler. */
  async pay() {
    const total = { label: 'Total', amount: { currency: 'EUR', value: '1.00' } };
    const request = new PaymentRequest([{ supportedMethods: `${location.origin}/pay` }], { total });
    const response = await request.show();
    await response.complete('success');
    return { method: response.methodName, details: response.details };
  },

  /** The next message of a worker with this type, such as `push`. */
  message(type) {
    return nextMessage(message => message.type === type);
  },

  /** What a click on a button comes to, once it has: its result, or its error. */
  clicked(id) {
    return click(id).promise;
  },
};

const clicks = new Map();

function click(id) {
  if (!clicks.has(id)) {
    const entry = {};
    entry.promise = new Promise(resolve => { entry.resolve = resolve; });
    clicks.set(id, entry);
  }
  return clicks.get(id);
}

for (const button of document.querySelectorAll('button')) {
  const { call, arguments: given = '[]' } = button.dataset;
  button.addEventListener('click', async () => {
    try {
      const result = await site[call](...JSON.parse(given));
      note(call, result);
      click(button.id).resolve({ result });
    } catch (error) {
      note(call, String(error));
      click(button.id).resolve({ error: String(error) });
    }
  });
}

window.site = site;
const state = document.querySelector('#worker');
site.ready().then(({ scope }) => { state.value = scope; }, error => { state.value = String(error); });
