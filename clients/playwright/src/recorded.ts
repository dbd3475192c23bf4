/** The browser that `serve` has started and records: its command line, its contexts, and in the lab its profile. */
import { existsSync } from 'node:fs';
import type { Browser, BrowserContext, BrowserContextOptions, LaunchOptions, Page } from '@playwright/test';
import { BackgroundServicesError, type Ready, type Server } from './server';
import { BackgroundServices, type Running } from './services';

export interface Options {
  lab?: string; // `all`, or some of push, notifications, clock, network
  grant?: boolean | string | string[]; // the permissions that background services need: for all origins, or for these
  command?: string | string[]; // the program, and its first arguments
  args?: string[]; // further options of `cdp-bgservices serve`
  store?: string; // a store to keep; otherwise a temporary one
}
type Contexts = { browserContextIds: string[]; defaultBrowserContextId?: string };

/** How to start `serve`. The lab's pages are in the browser's profile, so what only a new context could have is the process's. */
export function commandLine({ lab, store, ...options }: Options, launch: LaunchOptions, context: BrowserContextOptions, usual: string): string[] {
  const channel = launch.channel?.replace('chromium', '').replace('chrome', 'google-chrome').replace('msedge', 'microsoft-edge');
  const chromium = launch.executablePath ?? (channel || (existsSync(usual) && usual));
  const switches = lab ? { lang: context.locale, 'accept-lang': context.locale, 'user-agent': context.userAgent } : {};
  const given = (values: object, prefix: string) => Object.entries(values).flatMap(([name, value]) => (value ? [`${prefix}--${name}=${value}`] : []));
  return [
    ...[options.command ?? 'cdp-bgservices'].flat(), 'serve', ...given({ chromium, lab, store }, ''), ...given(switches, '--chromium-arg='),
    ...(launch.headless === false ? ['--headed'] : []), ...(context.ignoreHTTPSErrors ? ['--ignore-https-errors'] : []),
    ...(launch.args ?? []).map((each) => `--chromium-arg=${each}`), ...(options.args ?? []),
  ];
}

export class Recorded implements Running {
  private readonly ids = new WeakMap<BrowserContext, string>();
  private readonly faces = new Map<string, BackgroundServices>();
  permissions: Running['permissions'] = [];
  since = '';
  timeLeft = () => Infinity;

  constructor(readonly server: Server, readonly ready: Ready, readonly browser: Browser, private readonly options: Options) {}

  /** Learn the browser's id of each context that is made from now on, by which a test sees its own events. */
  async watch(): Promise<void> {
    const session = await this.browser.newBrowserCDPSession();
    const list = async () => await session.send('Target.getBrowserContexts') as Contexts;
    this.ids.set(this.browser.contexts()[0]!, (await list()).defaultBrowserContextId ?? '');
    const make = this.browser.newContext.bind(this.browser);
    let last: Promise<unknown> = Promise.resolve();
    this.browser.newContext = (options) => {
      const made = last.then(async () => { // One after the other: which id is new?
        const known = (await list()).browserContextIds;
        const context = await make(options);
        this.ids.set(context, (await list()).browserContextIds.find((each) => !known.includes(each))!);
        await this.grant(context);
        return context;
      });
      last = made.catch(() => undefined);
      return made;
    };
  }
  /** A test begins in a context. It sees what occurs from now on. */
  async begin(own: BrowserContext, options: BrowserContextOptions, timeLeft: () => number): Promise<BrowserContext> {
    const context = this.ready.lab.length ? await this.profile(options) : own;
    this.faces.clear();
    this.timeLeft = timeLeft;
    this.since = await this.server.request<string>('mark');
    this.of(context);
    return context;
  }
  of(place: BrowserContext | Page): BackgroundServices {
    const id = this.ids.get('context' in place ? place.context() : place);
    if (!id) throw new BackgroundServicesError('this context is not in the browser that is recorded', 'Make it with the fixture browser.');
    const face = this.faces.get(id) ?? new BackgroundServices(this, id);
    this.faces.set(id, face);
    return face;
  }
  /** The test is over. All of its events, in every context that it asked for, as JSON lines. */
  async end(): Promise<string> {
    this.server.forget();
    return (await new BackgroundServices(this, [...this.faces.keys()]).all()).map((event) => `${JSON.stringify(event)}\n`).join('');
  }
  private async grant(context: BrowserContext): Promise<void> {
    const { grant = [] } = this.options;
    const origins = grant === true ? [null] : [grant || []].flat();
    for (const origin of origins) await this.server.request('grant', { origin, context: this.ids.get(context) });
  }
  /** The profile's own context, as if it were new: Chromium refuses push and a notification's click in any other. */
  private async profile({ baseURL, viewport, storageState, permissions }: BrowserContextOptions): Promise<BrowserContext> {
    const context = this.browser.contexts()[0]!;
    const { newPage } = Object.getPrototypeOf(context) as BrowserContext; // Playwright's own
    const { push } = this.ready;
    const [network, desktop] = ['network', 'notifications'].map((part) => this.ready.lab.includes(part));
    if (network) await this.server.request('network.online');
    for (const page of context.pages()) await page.close();
    for (const { id } of desktop ? await this.server.request<{ id: number }[]>('notification.list') : []) await this.server.request('notification.close', { id });
    for (const { token } of push ? await this.server.request<{ token: string }[]>('push.subscriptions') : []) {
      await this.server.request('push.expire', { subscription: { endpoint: `${push!.url}/fcm/send/${token}`, keys: { p256dh: '', auth: '' } } });
    }
    for (const each of this.permissions.splice(0)) await this.server.request('permission', { ...each, state: 'prompt', context: this.ids.get(context) });
    const blank = await newPage.call(context);
    const session = await context.newCDPSession(blank);
    await session.send('Storage.clearDataForOrigin', { origin: '*', storageTypes: 'all' });
    await session.send('Network.clearBrowserCache');
    await blank.close();
    await context.clearPermissions();
    if (permissions) await context.grantPermissions(permissions); // It denies what it does not name.
    await this.grant(context);
    if (storageState) await context.setStorageState(storageState);
    Object.assign((context as unknown as { _options: BrowserContextOptions })._options, { baseURL }); // for toHaveURL, waitForURL and route
    context.newPage = async () => {
      const page = await newPage.call(context);
      const goto = page.goto.bind(page);
      page.goto = async (url, options) => {
        const { href, port } = new URL(url, baseURL);
        if (network && port) await this.server.request('network.forward', { ports: [Number(port)] });
        return goto(href, options);
      };
      if (viewport) await page.setViewportSize(viewport);
      return page;
    };
    return context;
  }
}
