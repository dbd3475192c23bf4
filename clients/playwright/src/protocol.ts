// Generated from cdp_bgservices/testing/methods by scripts/typescript.py: change those.
/** The protocol of `cdp-bgservices serve`. The names of errors are those of `BackgroundServicesError`. */

export type Service = 'backgroundFetch' | 'backgroundSync' | 'notifications' | 'paymentHandler' | 'periodicBackgroundSync' | 'pushMessaging';
/** Texts are compared as they are, patterns are searched for. */
export type Text = string | RegExp;
/** Milliseconds, by default 30,000; 0 is none. */
export interface Timeout { timeout?: number }
/** Of an event, besides its service and its name. */
export interface Criteria {
  instanceId?: Text;
  /** With or without the trailing slash that Chromium writes. */
  origin?: Text;
  scope?: Text;
  /** These keys have these values; other keys are ignored. */
  metadata?: Record<string, Text>;
  /** Somewhere in the instance, the origin, the scope, or a value of the metadata. */
  text?: Text;
  /** A mark, instead of the start of the test. */
  since?: string;
}

/** The parameters of the notification `ready`. */
export interface Ready {
  protocol: number;
  /** Of cdp-bgservices. */
  version: string;
  /** For a driver: a websocket of the browser. */
  endpoint: string | null;
  /** Such as `Chrome/156.0.1.2`. */
  browser: string;
  store: string;
  /** Its parts. */
  lab: string[];
  /** Of the lab, for other processes. */
  socket: string | null;
  /** null without the lab's push service. */
  push: PushPlaces | null;
}

/** The lab's push service, for an application server. */
export interface PushPlaces {
  /** It answers for the built-in hosts, as an HTTPS proxy. */
  proxy: string;
  /** In place of the built-in host in an endpoint. */
  url: string;
  /** A file, to trust. */
  certificate: string;
}

export interface EventPage {
  events: BackgroundEvent[];
  /** A mark, `since` which there are more; null behind the last one. */
  next: string | null;
}

/** One event of a background service. */
export interface BackgroundEvent {
  /** 32 hex digits, computed from everything that identifies the event; the same at every replay. */
  id: string;
  /** The browser profile; stable across restarts of the browser and the recorder. */
  source: string;
  /** The browser's clock, UTC, to the microsecond. */
  timestamp: string;
  /** A `Service`, or the browser's own text for an unknown one. */
  service: string;
  /** Chromium's own text, such as `Registered sync`. */
  event_name: string;
  /** Unchanged from the browser, with its trailing slash. */
  origin: string;
  /** Unchanged from the browser; `""` from older browsers without it. */
  storage_key: string;
  /** Decimal digits; `"0"` is a valid registration, `"-1"` means none. */
  registration_id: string;
  /** The service worker's scope URL; `null` if the registration is unknown, or no longer known. */
  scope: string | null;
  /** Groups the events of one fetch, sync or notification; may be `""`. */
  instance_id: string;
  /** Sorted by key. */
  metadata: Record<string, string>;
  /** The context in which it was first seen; not part of its identity. */
  browser_context: string;
  /** When it was stored, UTC; `null` before that. */
  received_at: string | null;
  /**
   * What the recorder learned in addition to the browser's record, or `null`; not part of its identity.
   * `threw` is what the worker threw while it handled the event, a list of objects, and
   * `notification` the options of a displayed notification.
   */
  details: Record<string, any> | null;
}

/** An exception or unhandled rejection of a service worker (`ServiceWorker.workerErrorReported`). */
export interface Thrown {
  /** 32 hex digits. */
  id: string;
  /** The browser profile, as for an event. */
  source: string;
  /** When the recorder received it, UTC, by the recorder's clock: Chromium reports no time, and does not repeat it. */
  timestamp: string;
  /** Chromium's text: `Uncaught TypeError: …`, or for a rejection `Uncaught (in promise) TypeError: …`. */
  message: string;
  /** The script that threw; `""` if unknown. */
  sourceUrl: string;
  /** Counted from 1; 0 if unknown. */
  line: number;
  /** Counted from 0; `null` for a rejection. */
  column: number | null;
  /** `"-1"` if Chromium does not name it. */
  registrationId: string;
  versionId: string;
  /** The service worker's scope URL; `null` when the registration is not known. */
  scope: string | null;
  /** The service worker's own script; `""` when the version is not known. */
  scriptUrl: string;
  browserContext: string;
  /** The service of the event. */
  service: string;
  /** The event whose handler threw; `null` if that is not certain. */
  eventId: string | null;
  /** The timestamp of the event. */
  eventTimestamp: string | null;
}

/** One registration, and the version of it that gets the events. */
export interface Worker {
  scope: string;
  scriptUrl: string;
  /** `activated`, or an earlier status of the version; `""` without a version. */
  status: string;
  /** `running`, `stopped`, `starting` or `stopping`. */
  runningStatus: string;
  registrationId: string;
  versionId: string;
  browserContext: string;
}

/** What a fact means for the service that was asked about. */
export interface Reason {
  /** Such as `permission-denied`; the same for the same rule of the same service. */
  key: string;
  effect: 'blocks' | 'delays' | 'explains' | 'hides' | 'ok' | 'unknown';
  /** One sentence. */
  said: string;
  /** What to do, one sentence; empty where there is nothing to do. */
  remedy: string;
  /** The specification or the file of Chromium that the rule follows. */
  source: string;
}

/** A notification that is shown. */
export interface Notification {
  /** The center's number. A replacement keeps it. */
  id: number;
  title: string;
  body: string;
  /** As Chromium shows it: without http:// and https://; a long origin is shortened to its registrable domain. */
  origin: string;
  /** A PNG file, which exists while the notification is shown; empty without an icon. */
  icon: string;
  /** The page's buttons in its order, without the one of type `text`. */
  actions: Action[];
  /** The title of the button of type `text`, which takes a reply; null without one. */
  replyTitle: string | null;
  replyPlaceholder: string;
  requireInteraction: boolean;
  silent: boolean;
  /** Such as `Chromium`. */
  appName: string;
  /** When it was shown, or was last replaced; UTC. */
  shownAt: string;
}

/** A button. */
export interface Action {
  /** Chromium's name for it; each replacement gets another one. */
  key: string;
  title: string;
}

/** What the worker did with an emulated click. */
export interface EmulatedClick {
  title: string;
  tag: string;
  action: string;
  /** Of the worker. */
  scope: string;
  /** null if that is unknown. */
  hasHandler: boolean | null;
  /** What its handlers threw, or rejected. */
  errors: string[];
  /** What the browser refused to them, since the click was not real. */
  refused: string[];
  /** The addresses of the windows that they tried to open. */
  windows: string[];
  /** Whether they were still waiting when the time was over. */
  unfinished: boolean;
  /** What this is not. */
  emulated: string;
}

/** What is offline by emulation now. */
export interface EmulatedState {
  pages: number;
  workers: number;
  /** What this is not. */
  emulated: string;
}

/** A subscription of `pushManager.subscribe()`, as a push service knows it: the page keeps the keys. */
export interface Subscription {
  /** The last part of the endpoint. */
  token: string;
  /** The browser's number, from its check-in. */
  browser: string;
  appId: string;
  /** The applicationServerKey, base64url. */
  sender: string;
  /** The HTTP status of posts to it, once it has ended; 0 before. */
  ended: number;
}

/** A push that was accepted. */
export interface Message {
  /** The instance id of the browser's events. */
  id: string;
  /** Its token. */
  subscription: string;
  /** Encrypted, as it was posted. */
  body: string;
  /** For the decryption: `content-encoding`, and two more with the older `aesgcm`. */
  headers: Record<string, string>;
  urgency: string;
  topic: string | null;
  /** Seconds since 1970. */
  expiresAt: number;
  /** The position in the order of acceptance; 0 for a message that is not stored. */
  sequence: number;
}

/**
 * Without arguments: three attempts within two seconds, and a periodic sync every other second, if its page asked
 * for a `minInterval` of at most one second.
 *
 * null keeps Chromium's own value. Throws InvalidInputError for a value that is not whole, or less than 1.
 */
export interface SyncClock {
  /** From the first attempt, which failed, to the second one. Chromium's own: 5 minutes. */
  firstRetry: number | null;
  /** Each further retry waits longer than the one before it, by this factor. Chromium's own: 3. */
  factor: number | null;
  /** All attempts, the first one included; the last one has `lastChance`. Chromium's own: 3. */
  attempts: number | null;
  /** How long a worker's handler may take. Chromium's own: 3 minutes. */
  eventLimit: number | null;
  /**
   * The least time between two periodic syncs of an origin; `minInterval` is rounded up to a multiple of it. It is
   * longer if the user seldom visits the site. Chromium's own: 12 hours. Nothing shortens a longer `minInterval`
   * (components/background_sync/background_sync_controller_impl.cc, `GetNextEventDelay`).
   */
  periodicInterval: number | null;
}

export interface Methods {
  /**
   * A mark after everything that the browser reported before this call, for `since`.
   *
   * `name`: what the context is called from now on, in the viewer and in reports, such as the test that begins in it.
   */
  mark(name?: string): Promise<string>;
  /**
   * The first event that matches. It may have occurred before the call.
   *
   * A displayed notification comes with its `details`. Throws ExpectationError, which shows what occurred instead.
   */
  waitFor(service?: Service, event?: Text, options?: Criteria & Timeout): Promise<BackgroundEvent>;
  /**
   * What the workers have thrown, oldest first: exceptions, and rejections that nothing handled.
   *
   * It waits for the errors of handlers that have just begun or ended, a quarter of a second at most.
   */
  errors(): Promise<Thrown[]>;
  /** Deliver a push message, a mapping as JSON, and return its `Push event completed`. */
  push(data?: string | object, options?: { scope?: string; check?: boolean } & Timeout): Promise<BackgroundEvent>;
  /**
   * Dispatch a sync, and return its `Dispatched sync event`.
   *
   * This and the next two warn if the worker has no handler. Throws TriggerError; with `check`, HandlerError if
   * the handler threw at once, or Chromium reports that it did not succeed.
   */
  sync(tag: string, options?: { lastChance?: boolean; scope?: string; check?: boolean } & Timeout): Promise<BackgroundEvent>;
  /** Dispatch a periodic sync, and return its `Dispatched periodicsync event`. */
  periodicSync(tag: string, options?: { scope?: string; check?: boolean } & Timeout): Promise<BackgroundEvent>;
  /** The service workers, sorted by scope. */
  workers(): Promise<Worker[]>;
  /**
   * The reasons why a service of a site does nothing, the decisive one first.
   *
   * Where nothing hinders it, the first one says so. `scope` is needed only where several sites use the service;
   * `tag`: of one sync, fetch or notification. A stopped worker is started, unless `startWorker` is false: only
   * a running one says which handlers it has. Throws InvalidInputError where several sites match, or none;
   * BrowserError.
   */
  why(service: Service, options?: { scope?: string; tag?: string; startWorker?: boolean }): Promise<Reason[]>;
  /**
   * Grant an origin, or all origins, the permissions that background services need.
   *
   * Throws BrowserError, also where every browser context was closed.
   */
  grant(origin?: string): Promise<null>;
  /**
   * Set a permission of an origin, or of all origins, to `granted`, `denied` or `prompt`.
   *
   * Returns once the open pages see it. In the lab the site's own setting changes, too, if Chromium has one, and a
   * subscription may end: `real` requires that, or excludes it. Throws BrowserError, also where every browser
   * context was closed.
   */
  permission(origin: string | null, name: string, state: 'granted' | 'denied' | 'prompt', options?: { real?: boolean }): Promise<null>;
  /**
   * Variables for other processes of a test, such as an application server: how they reach the browser, its store and
   * its lab, and trust the lab's push service.
   */
  environment(): Promise<Record<string, string>>;
  /** How long Chromium waits between the attempts of a sync, and between periodic syncs, in the lab. */
  clock(): Promise<SyncClock>;
}

export interface Notifications {
  /** The notifications that are shown now, oldest first. */
  list(): Promise<Notification[]>;
  /**
   * The first notification that is shown, now or later, and matches.
   *
   * Throws ExpectationError, which shows what occurred instead.
   */
  wait(title?: Text, options?: { body?: Text; origin?: Text } & Timeout): Promise<Notification>;
  /**
   * Wait until the user or the page has closed a notification.
   *
   * Throws ExpectationError.
   */
  waitClosed(id: number, options?: Timeout): Promise<null>;
  /**
   * Click on a notification, or on its button with this index (from 0) or title.
   *
   * Throws InvalidInputError.
   */
  click(id: number, action?: number | string): Promise<null>;
  /**
   * Write a text into a notification's field, and send it.
   *
   * Throws InvalidInputError.
   */
  reply(id: number, text: string): Promise<null>;
  /**
   * Dismiss a notification, as a user does.
   *
   * Throws InvalidInputError.
   */
  close(id: number): Promise<null>;
  /**
   * Let a notification time out, as without a user.
   *
   * Throws InvalidInputError.
   */
  expire(id: number): Promise<null>;
  /**
   * Without the lab: call the worker's handlers for a click on the first notification that is shown and matches.
   *
   * It may be shown later. `action` is a button's index (from 0), title or action. It waits for what the handlers
   * wait for. It is not a user's click: `openWindow` and `focus` are refused, which the result lists.
   *
   * Warns if the worker has no handler. Throws ExpectationError; with `check`, HandlerError for anything else that
   * a handler threw.
   */
  clickEmulated(title?: Text, options?: { body?: Text; tag?: Text; action?: number | string; scope?: string; check?: boolean } & Timeout): Promise<EmulatedClick>;
}

export interface Network {
  /** Disconnect: open connections are reset. Returns once Chromium, too, is offline. */
  offline(): Promise<null>;
  /** Connect again. Chromium is online one to two seconds later. */
  online(): Promise<null>;
  /** Whether the network is connected. */
  isOnline(): Promise<boolean>;
  /** Let the browser reach further ports of this machine, at localhost, 127.0.0.1 and [::1]. */
  forward(ports: number[]): Promise<null>;
  /**
   * Without the lab: the pages and workers of the open contexts lose the network, and see that they are offline.
   *
   * Chromium holds back their syncs. But it stays online itself: it delivers pushes, and goes on with background
   * fetches. Throws BrowserError where the browser cannot do it.
   */
  offlineEmulated(): Promise<EmulatedState>;
  /** The end of an emulated `offline`. Chromium fires the syncs at once. */
  onlineEmulated(): Promise<EmulatedState>;
}

export interface PushService {
  /**
   * Encrypt a message and push it, as an application server does; the instance id of its events.
   *
   * `subscription` is what `PushSubscription.toJSON()` gives in the page; `ttl` is in seconds. Throws
   * InvalidInputError for a subscription that is not of this push service or has ended, and for a message that
   * a push service refuses.
   */
  send(subscription: string | object, data?: string | object, options?: { ttl?: number; urgency?: string; topic?: string }): Promise<string>;
  /**
   * The URL to which an application server posts, instead of the built-in host.
   *
   * Throws InvalidInputError.
   */
  endpoint(subscription: string | object): Promise<string>;
  /** Whether it is an active subscription of this push service. */
  knows(subscription: string | object): Promise<boolean>;
  /** What a message to a subscription waits for: the lab's network, or else its browser; null if for neither. */
  waitsFor(subscription: string | object): Promise<'browser' | 'network' | null>;
  /**
   * End a subscription: posts to it are answered with 410 from now on, or with 404.
   *
   * The browser does not notice. Throws InvalidInputError.
   */
  expire(subscription: string | object, options?: { status?: 410 | 404 }): Promise<null>;
  /** The subscriptions of pages that are still subscribed, oldest first. */
  subscriptions(): Promise<Subscription[]>;
  /** The messages that no browser has acknowledged yet, in the order in which they were accepted. */
  waiting(): Promise<Message[]>;
  /**
   * Wait until every message has been acknowledged.
   *
   * Throws ExpectationError.
   */
  waitDelivered(options?: Timeout): Promise<null>;
}

/** Each method's name in the protocol, its parameters by position, and those that the running test gives. */
export const METHODS: Record<string, Record<string, [string, string[], string[]]>> = {
  Methods: {
    mark: ['mark', ['name'], ['context']],
    waitFor: ['wait', ['service', 'event'], ['context', 'since', 'timeout']],
    errors: ['errors', [], ['context', 'since']],
    push: ['push', ['data'], ['context', 'timeout']],
    sync: ['sync', ['tag'], ['context', 'timeout']],
    periodicSync: ['periodicSync', ['tag'], ['context', 'timeout']],
    workers: ['workers', [], ['context']],
    why: ['why', ['service'], ['context']],
    grant: ['grant', ['origin'], ['context']],
    permission: ['permission', ['origin', 'name', 'state'], ['context']],
    environment: ['environment', [], []],
    clock: ['clock', [], []],
  },
  Notifications: {
    list: ['notification.list', [], []],
    wait: ['notification.wait', ['title'], ['context', 'since', 'timeout']],
    waitClosed: ['notification.waitClosed', ['id'], ['context', 'since', 'timeout']],
    click: ['notification.click', ['id', 'action'], ['context', 'since']],
    reply: ['notification.reply', ['id', 'text'], ['context', 'since']],
    close: ['notification.close', ['id'], ['context', 'since']],
    expire: ['notification.expire', ['id'], ['context', 'since']],
    clickEmulated: ['notification.clickEmulated', ['title'], ['context', 'timeout']],
  },
  Network: {
    offline: ['network.offline', [], []],
    online: ['network.online', [], []],
    isOnline: ['network.isOnline', [], []],
    forward: ['network.forward', ['ports'], []],
    offlineEmulated: ['network.offlineEmulated', [], ['context']],
    onlineEmulated: ['network.onlineEmulated', [], ['context']],
  },
  PushService: {
    send: ['push.send', ['subscription', 'data'], []],
    endpoint: ['push.endpoint', ['subscription'], []],
    knows: ['push.knows', ['subscription'], []],
    waitsFor: ['push.waitsFor', ['subscription'], []],
    expire: ['push.expire', ['subscription'], []],
    subscriptions: ['push.subscriptions', [], []],
    waiting: ['push.waiting', [], []],
    waitDelivered: ['push.waitDelivered', [], ['context', 'since', 'timeout']],
  },
};
