/** The browser that is recorded, with its contexts, and in the lab its profile; and background services as one test sees them. */
import { test, type Browser, type BrowserContext, type BrowserContextOptions, type Page } from '@playwright/test';
import * as protocol from './protocol';
import type { BackgroundEvent, Criteria, Service, Text, Timeout } from './protocol';
import { BackgroundServicesError, type Options, type Server } from './server';

type Params = Record<string, unknown> & Timeout;

/** A method that is a step of the test. It is boxed: its errors point at the test's own line. */
function step<A extends unknown[], R>(name: string, call: (...args: A) => Promise<R>): (...args: A) => Promise<R> {
  const said = (args: A) => args.filter((each) => typeof each === 'string' || each instanceof RegExp).join(', ');
  return async (...args) => await test.step(`bgservices.${name}(${said(args)})`, () => call(...args), { box: true }); // Awaited: one frame of ours.
}

/** A wait ends two seconds before the test's own timeout does, to say what occurred instead. */
export interface BackgroundServices extends protocol.Methods {}
export class BackgroundServices {
  /** @internal */
  constructor(private readonly running: Recorded, private readonly context: string | string[]) { Object.assign(this, this.group('Methods')); }
  private ask<R>(method: string, { timeout = 30_000, ...params }: Params, takes: string[]): Promise<R> {
    const longest = Math.min(timeout || Infinity, Math.max(this.running.timeLeft(), 1));
    const own: Params = { context: this.context, since: this.running.since, timeout: longest === Infinity ? 0 : longest };
    return this.running.server.request<R>(method, { ...Object.fromEntries(takes.map((name) => [name, own[name]])), ...params });
  }
  private group<T>(name: string, shown = ''): T {
    const named = (names: string[], args: unknown[]) => Object.fromEntries(names.map((each, place) => [each, args[place]]));
    return Object.fromEntries(Object.entries(protocol.METHODS[name]!).map(([called, [method, given, takes]]) => [called, step(shown + called,
      (...args: unknown[]) => this.ask(method, { ...named(given, args), ...args[given.length] as object }, takes))])) as T;
  }
  /** @internal */
  async all(query: Params = {}, found: BackgroundEvent[] = []): Promise<BackgroundEvent[]> {
    const { events, next } = await this.ask<protocol.EventPage>('events', query, ['context', 'since']);
    found.push(...events);
    return next === null ? found : this.all({ ...query, since: next }, found);
  }

  /** The same methods for another context of this browser, since the test began. */
  readonly of = (place: BrowserContext | Page): BackgroundServices => this.running.of(place);
  /** Act, and return the first event that matches and occurs from now on. */
  readonly expect = step('expect', async (service: Service, event: Text, act: () => unknown, criteria: Criteria & Timeout = {}) => {
    const since = await this.ask<string>('mark', {}, []);
    await act();
    return this.ask<BackgroundEvent>('wait', { service, event, ...criteria, since }, ['context', 'timeout']);
  });
  /** All events of this test so far that match, oldest first. */
  readonly events = step('events', (service?: Service, event?: Text, criteria: Criteria = {}) => this.all({ service, event, ...criteria }));
  /** What the browser shows on the lab's desktop; `clickEmulated` is without the lab. */
  readonly notifications = this.group<protocol.Notifications>('Notifications', 'notifications.');
  /** The browser's own, in the lab; without it, one that is emulated for the pages and workers of this context. */
  readonly network = this.group<protocol.Network>('Network', 'network.');
  /** The lab's; with its addresses, for an application server. */
  get pushService(): protocol.PushPlaces & protocol.PushService {
    const { push } = this.running.ready;
    if (!push) throw new Error("this browser is not in a lab with push: use: { bgservices: { lab: 'push' } }");
    return { ...push, ...this.group<protocol.PushService>('PushService', 'pushService.') };
  }
}

/** The browser that `serve` has started and records; and the running test. */
export class Recorded {
  private readonly ids = new WeakMap<BrowserContext, string>();
  private readonly asked = new Map<string, BackgroundServices>();
  readonly begun = new WeakMap<BrowserContext, number>(); // when each was asked for
  since = '';
  timeLeft = () => Infinity;
  constructor(readonly server: Server, readonly ready: protocol.Ready, readonly browser: Browser, private readonly options: Options) {}

  /** Learn the browser's id of each context that is made from now on, by which a test sees its own events. */
  async watch(): Promise<this> {
    const session = await this.browser.newBrowserCDPSession();
    const list = async () => await session.send('Target.getBrowserContexts') as { browserContextIds: string[]; defaultBrowserContextId?: string };
    this.ids.set(this.browser.contexts()[0]!, (await list()).defaultBrowserContextId ?? '');
    const make = this.browser.newContext.bind(this.browser);
    const add = async (options: BrowserContextOptions | undefined, begun: number) => {
      const known = (await list()).browserContextIds;
      const context = await make(options);
      this.begun.set(context, begun);
      this.ids.set(context, (await list()).browserContextIds.find((each) => !known.includes(each))!);
      await this.grant(context);
      return context;
    };
    let last: Promise<any> = Promise.resolve(); // One after the other: which id is new?
    this.browser.newContext = (options) => {
      const next = add.bind(undefined, options, Date.now());
      return (last = last.then(next, next));
    };
    return this;
  }
  /** A test begins in a context. It sees what occurs from now on. */
  async begin(own: BrowserContext, options: BrowserContextOptions, timeLeft: () => number): Promise<BrowserContext> {
    const isShared = this.ready.lab.length > 0; // by all tests: it is not named after one
    const context = isShared ? await this.profile(options) : own;
    this.asked.clear();
    this.timeLeft = timeLeft;
    this.since = await this.server.request('mark', isShared ? {} : { context: this.ids.get(own), name: test.info().title });
    this.of(context);
    return context;
  }
  of(place: BrowserContext | Page): BackgroundServices {
    const id = this.ids.get('context' in place ? place.context() : place);
    if (!id) throw new BackgroundServicesError('this context is not in the browser that is recorded', 'Make it with the fixture browser.');
    const services = this.asked.get(id) ?? new BackgroundServices(this, id);
    this.asked.set(id, services);
    return services;
  }
  /** The test is over. All of its events, in every context that it asked for, as JSON lines. */
  async end(): Promise<string> {
    this.server.forget();
    return (await new BackgroundServices(this, [...this.asked.keys()]).all()).map((event) => `${JSON.stringify(event)}\n`).join('');
  }
  private async grant(context: BrowserContext): Promise<void> {
    const { grant = [] } = this.options;
    for (const origin of grant === true ? [null] : [grant || []].flat()) await this.server.request('grant', { origin, context: this.ids.get(context) });
  }
  /** The profile's own context, as if it were new: Chromium refuses push and a notification's click in any other. */
  private async profile({ baseURL, viewport, storageState, permissions }: BrowserContextOptions): Promise<BrowserContext> {
    const context = this.browser.contexts()[0]!;
    const { newPage } = Object.getPrototypeOf(context) as BrowserContext; // Playwright's own
    await this.server.request('reset');
    await context.clearPermissions(); // Playwright remembers them, too.
    if (permissions) await context.grantPermissions(permissions); // It denies what it does not name.
    await this.grant(context);
    if (storageState) await context.setStorageState(storageState);
    Object.assign((context as unknown as { _options: BrowserContextOptions })._options, { baseURL }); // for toHaveURL, waitForURL and route
    context.newPage = async () => {
      const page = await newPage.call(context);
      const goto = page.goto.bind(page);
      page.goto = async (url, options) => {
        const { href, port } = new URL(url, baseURL);
        if (port && this.ready.lab.includes('network')) await this.server.request('network.forward', { ports: [Number(port)] });
        return goto(href, options);
      };
      if (viewport) await page.setViewportSize(viewport);
      return page;
    };
    return context;
  }
}
