/** Background services as one test sees them. */
import { test, type BrowserContext, type Page } from '@playwright/test';
import type { Ready, Server } from './server';

export type Service = 'backgroundFetch' | 'backgroundSync' | 'notifications' | 'paymentHandler' | 'periodicBackgroundSync' | 'pushMessaging';
/** Texts are compared as they are, patterns are searched for. */
export type Text = string | RegExp;
/** Milliseconds; 0 is none. A wait ends a second before the test's own timeout does, to say what occurred instead. */
export interface Timeout { timeout?: number }
/** `text` is in any value of the event; `since` is a mark, instead of the start of the test. */
export interface Criteria { instanceId?: Text; origin?: Text; scope?: Text; metadata?: Record<string, Text>; text?: Text; since?: string }
/** `check: false`: a handler that fails is not an error. */
export interface Triggering extends Timeout { scope?: string; check?: boolean }
/** As in JSON lines. */
export interface BackgroundEvent {
  id: string; source: string; timestamp: string; service: string; event_name: string; origin: string; storage_key: string; registration_id: string;
  scope: string | null; instance_id: string; metadata: Record<string, string>; browser_context: string; received_at: string | null; details: Record<string, any> | null;
}
export interface Worker { scope: string; scriptUrl: string; status: string; runningStatus: string; browserContext: string }
export interface Thrown { message: string; sourceUrl: string; line: number; column: number | null; scope: string | null; timestamp: string; eventId: string | null }
export interface Notification { id: number; title: string; body: string; origin: string; actions: { key: string; title: string }[]; replyTitle: string | null }
export interface Subscription { token: string; appId: string; sender: string }
/** What the worker did, what the browser refused to it, and in `emulated` what this is not. */
export interface EmulatedClick { title: string; tag: string; action: string; scope: string; hasHandler: boolean | null; errors: string[]; refused: string[]; windows: string[]; emulated: string }
export interface EmulatedNetwork { pages: number; workers: number; emulated: string }
/** `ttl` is in seconds. */
export interface Sending { ttl?: number; urgency?: string; topic?: string }
export type PushTarget = object | string; // what `PushSubscription.toJSON()` gives, or its text
export type Data = string | object; // An object is sent as JSON.
type State = 'granted' | 'denied' | 'prompt';
/** The running test, in the browser that is recorded. */
export interface Running {
  server: Server; ready: Ready; since: string; permissions: { origin: string | null; name: string }[];
  timeLeft(): number; of(place: BrowserContext | Page): BackgroundServices;
}

/** A method that is a step of the test. It is boxed: its errors point at the test's own line. */
function step<A extends unknown[], R>(name: string, call: (...args: A) => Promise<R>): (...args: A) => Promise<R> {
  const said = (args: A) => args.filter((each) => typeof each === 'string' || each instanceof RegExp).join(', ');
  return async (...args) => await test.step(`bgservices.${name}(${said(args)})`, () => call(...args), { box: true }); // Awaited: one frame of ours.
}

export class BackgroundServices {
  /** @internal */
  constructor(private readonly running: Running, private readonly context: string | string[]) {}
  private get here() { return { context: this.context }; }
  private get seen() { return { context: this.context, since: this.running.since }; }
  private ask<T>(method: string, params?: object): Promise<T> { return this.running.server.request<T>(method, params); }
  private wait<T>(method: string, { timeout = 30_000, ...params }: { timeout?: number; [name: string]: unknown }): Promise<T> {
    const longest = Math.min(timeout || Infinity, Math.max(this.running.timeLeft(), 1));
    return this.ask<T>(method, { ...params, timeout: longest === Infinity ? 0 : longest });
  }
  /** @internal */
  async all({ since: first = this.running.since, ...query }: Criteria & { service?: Service; event?: Text } = {}): Promise<BackgroundEvent[]> {
    const found: BackgroundEvent[] = [];
    for (let since: string | null = first; since !== null;) {
      const page: { events: BackgroundEvent[]; next: string | null } = await this.ask('events', { ...this.here, ...query, since });
      found.push(...page.events);
      since = page.next;
    }
    return found;
  }

  /** The same methods for another context of this browser, since the test began. */
  readonly of = (place: BrowserContext | Page): BackgroundServices => this.running.of(place);
  /** Act, and return the first event that matches and occurs from now on. */
  readonly expect = step('expect', async (service: Service, event: Text, act: () => unknown, criteria: Criteria & Timeout = {}) => {
    const since = await this.ask<string>('mark');
    await act();
    return this.wait<BackgroundEvent>('wait', { ...this.here, service, event, ...criteria, since });
  });
  /** The first event of this test that matches. It may have occurred already. */
  readonly waitFor = step('waitFor', (service?: Service, event?: Text, criteria: Criteria & Timeout = {}) =>
    this.wait<BackgroundEvent>('wait', { ...this.seen, service, event, ...criteria }));
  /** All events of this test so far that match, oldest first. */
  readonly events = step('events', (service?: Service, event?: Text, criteria: Criteria = {}) => this.all({ service, event, ...criteria }));
  /** A mark after all that has occurred by now: what a criterion `since` names. */
  readonly mark = step('mark', () => this.ask<string>('mark'));
  /** What the workers have thrown since the test began, oldest first. */
  readonly errors = step('errors', () => this.ask<Thrown[]>('errors', this.seen));
  readonly workers = step('workers', () => this.ask<Worker[]>('workers', this.here));
  /** Dispatch a sync, and return its `Dispatched sync event`. */
  readonly sync = step('sync', (tag: string, options: Triggering & { lastChance?: boolean } = {}) => this.wait<BackgroundEvent>('sync', { tag, ...options, ...this.here }));
  /** Dispatch a periodic sync, and return its `Dispatched periodicsync event`. */
  readonly periodicSync = step('periodicSync', (tag: string, options: Triggering = {}) => this.wait<BackgroundEvent>('periodicSync', { tag, ...options, ...this.here }));
  /** Deliver a push message, and return its `Push event completed`. */
  readonly push = step('push', (data: Data = '', options: Triggering = {}) => this.wait<BackgroundEvent>('push', { data, ...options, ...this.here }));
  /** Grant an origin, or all origins, the permissions that background services need. */
  readonly grant = step('grant', (origin?: string) => this.ask<null>('grant', { origin, ...this.here }));
  readonly permission = step('permission', (origin: string | null, name: string, state: State, options: { real?: boolean } = {}) => {
    this.running.permissions.push({ origin, name });
    return this.ask<null>('permission', { origin, name, state, ...options, ...this.here });
  });
  /** What the browser shows on the lab's desktop; `clickEmulated` is without the lab. `action` is the index (from 0) or the title of a button. */
  readonly notifications = {
    list: step('notifications.list', () => this.ask<Notification[]>('notification.list')),
    wait: step('notifications.wait', (title?: Text, options: { body?: Text; origin?: Text } & Timeout = {}) =>
      this.wait<Notification>('notification.wait', { title, ...options, ...this.seen })),
    waitClosed: step('notifications.waitClosed', (id: number, options: Timeout = {}) => this.wait<null>('notification.waitClosed', { id, ...options, ...this.seen })),
    click: step('notifications.click', (id: number, action?: number | string) => this.ask<null>('notification.click', { id, action, ...this.seen })),
    clickEmulated: step('notifications.clickEmulated', (title?: Text, options: { body?: Text; tag?: Text; action?: number | string } & Triggering = {}) =>
      this.wait<EmulatedClick>('notification.clickEmulated', { title, ...options, ...this.here })),
    reply: step('notifications.reply', (id: number, text: string) => this.ask<null>('notification.reply', { id, text, ...this.seen })),
    close: step('notifications.close', (id: number) => this.ask<null>('notification.close', { id, ...this.seen })),
    expire: step('notifications.expire', (id: number) => this.ask<null>('notification.expire', { id, ...this.seen })),
  };
  /** The browser's own, in the lab; without it, one that is emulated for the pages and workers of this context. */
  readonly network = {
    offline: step('network.offline', () => this.ask<null>('network.offline')),
    online: step('network.online', () => this.ask<null>('network.online')),
    offlineEmulated: step('network.offlineEmulated', () => this.ask<EmulatedNetwork>('network.offlineEmulated', this.here)),
    onlineEmulated: step('network.onlineEmulated', () => this.ask<EmulatedNetwork>('network.onlineEmulated', this.here)),
    isOnline: step('network.isOnline', () => this.ask<boolean>('network.isOnline')),
  };
  /** The lab's; with its addresses, for an application server. */
  get pushService() {
    const { push } = this.running.ready;
    if (!push) throw new Error("this browser is not in a lab with push: use: { bgservices: { lab: 'push' } }");
    return {
      ...push,
      send: step('pushService.send', (subscription: PushTarget, data: Data = '', options: Sending = {}) => this.ask<string>('push.send', { subscription, data, ...options })),
      endpoint: step('pushService.endpoint', (subscription: PushTarget) => this.ask<string>('push.endpoint', { subscription })),
      expire: step('pushService.expire', (subscription: PushTarget, options: { status?: 404 | 410 } = {}) => this.ask<null>('push.expire', { subscription, ...options })),
      subscriptions: step('pushService.subscriptions', () => this.ask<Subscription[]>('push.subscriptions')),
      waitDelivered: step('pushService.waitDelivered', (options: Timeout = {}) => this.wait<null>('push.waitDelivered', { ...options, ...this.seen })),
    };
  }
}
