/** Playwright's fixtures with a browser that is recorded, and `bgservices`. */
import { writeFileSync } from 'node:fs';
import { test as base, type Browser } from '@playwright/test';
import { commandLine, Server, type Options } from './server';
import { Recorded, type BackgroundServices } from './services';

export { expect } from '@playwright/test';
export { BackgroundServicesError } from './server';
export type { Options, BackgroundServices };
export type * from './protocol';
/** In the configuration: `defineConfig<BgservicesOptions>({ use: { bgservices: … } })` */
export interface BgservicesOptions { bgservices: Options }
/** The same for one file: `test.use({ bgservicesOptions: … })` */
export interface FileOptions { bgservicesOptions: Options }

const MARGIN = 2_000; // milliseconds for the message of a failed wait, also on a busy machine
const STARTING = 60_000; // milliseconds
const EVENTS = 'background-services.jsonl';
const option = { bgservices: [{}, { option: true }] } as object; // The fixture takes its place.
const recorded = new WeakMap<Browser, Recorded>(); // other browsers are not

export const test = base.extend(option).extend<{ bgservices: BackgroundServices }, FileOptions>({
  bgservicesOptions: [{}, { scope: 'worker', option: true }],
  browser: [async ({ playwright, browserName, headless, channel, launchOptions, bgservicesOptions }, use, { project }) => {
    if (browserName !== 'chromium') {
      const browser = await playwright[browserName].launch();
      await use(browser);
      return browser.close();
    }
    const options = { ...(project.use as Partial<BgservicesOptions>).bgservices, ...bgservicesOptions };
    const command = commandLine(options, { ...launchOptions, headless, channel }, project.use, playwright.chromium.executablePath());
    const zone = options.lab && project.use.timezoneId ? { TZ: project.use.timezoneId } : {};
    const server = new Server(command, { ...process.env, ...zone, ...launchOptions.env });
    const ready = await server.ready;
    const browser = await playwright.chromium.connectOverCDP(ready.endpoint!, { slowMo: launchOptions.slowMo });
    recorded.set(browser, await new Recorded(server, ready, browser, options).watch());
    await use(browser);
    await browser.close();
    await server.stop();
  }, { scope: 'worker', timeout: STARTING, box: true }],
  context: async ({ browser, context: own, baseURL, viewport, storageState, permissions, trace }, use, info) => {
    const running = recorded.get(browser);
    if (!running) return use(own);
    const started = running.begun.get(own) ?? Date.now(); // To make it takes some of the test's time.
    const timeLeft = () => (info.timeout ? started + info.timeout - MARGIN - Date.now() : Infinity);
    await use(await running.begin(own, { baseURL, viewport, storageState, permissions }, timeLeft));
    const isNew = ({ message }: Error) => info.errors.every((error) => !error.message?.includes(message));
    const events = await running.end().catch((error: Error) => (isNew(error) ? Promise.reject(error) : null));
    const isKept = (typeof trace === 'string' ? trace : trace.mode) === 'on' || info.retry || info.status !== info.expectedStatus;
    if (events === null || !isKept) return;
    writeFileSync(info.outputPath(EVENTS), events);
    info.attachments.push({ name: EVENTS, path: info.outputPath(EVENTS), contentType: 'application/jsonl' });
  },
  bgservices: async ({ browser, browserName, context }, use) => {
    base.skip(browserName !== 'chromium', `${browserName} has no background services`);
    await use(recorded.get(browser)!.of(context));
  },
});
