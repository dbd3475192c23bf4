/** Playwright's fixtures with a browser that is recorded, and `bgservices`. */
import { writeFileSync } from 'node:fs';
import { test as base } from '@playwright/test';
import { commandLine, Recorded, type Options } from './recorded';
import { Server } from './server';
import type { BackgroundServices } from './services';

export { expect } from '@playwright/test';
export { BackgroundServicesError } from './server';
export type { Options } from './recorded';
export type * from './services';
/** In the configuration: `defineConfig<BgservicesOptions>({ use: { bgservices: … } })` */
export interface BgservicesOptions { bgservices: Options }
/** The same for one file: `test.use({ bgservicesOptions: … })` */
export interface FileOptions { bgservicesOptions: Options }

const MARGIN = 1_000; // milliseconds for the message of a failed wait
const STARTING = 60_000; // milliseconds
const EVENTS = 'background-services.jsonl';
const option = { bgservices: [{}, { option: true }] } as object; // The fixture takes its place.

export const test = base.extend(option).extend<{ bgservices: BackgroundServices }, FileOptions & { bgservicesBrowser: Recorded | null }>({
  bgservicesOptions: [{}, { scope: 'worker', option: true }],

  bgservicesBrowser: [async ({ playwright, browserName, headless, channel, launchOptions, bgservicesOptions }, use, { project }) => {
    if (browserName !== 'chromium') return use(null);
    const options = { ...(project.use as Partial<BgservicesOptions>).bgservices, ...bgservicesOptions };
    const command = commandLine(options, { ...launchOptions, headless, channel }, project.use, playwright.chromium.executablePath());
    const zone = options.lab && project.use.timezoneId ? { TZ: project.use.timezoneId } : {};
    const server = new Server(command, { ...process.env, ...zone, ...launchOptions.env });
    const ready = await server.ready;
    const browser = await playwright.chromium.connectOverCDP(ready.endpoint, { slowMo: launchOptions.slowMo });
    const recorded = new Recorded(server, ready, browser, options);
    await recorded.watch();
    await use(recorded);
    await browser.close();
    await server.stop();
  }, { scope: 'worker', timeout: STARTING, box: true }],

  browser: [async ({ bgservicesBrowser, playwright, browserName }, use) => {
    if (bgservicesBrowser) return use(bgservicesBrowser.browser);
    const browser = await playwright[browserName].launch();
    await use(browser);
    await browser.close();
  }, { scope: 'worker', timeout: 0 }],

  context: async ({ bgservicesBrowser, context: own, baseURL, viewport, storageState, permissions, trace }, use, info) => {
    if (!bgservicesBrowser) return use(own);
    const started = Date.now();
    const timeLeft = () => (info.timeout ? started + info.timeout - MARGIN - Date.now() : Infinity);
    await use(await bgservicesBrowser.begin(own, { baseURL, viewport, storageState, permissions }, timeLeft));
    const events = await bgservicesBrowser.end();
    if ((typeof trace === 'string' ? trace : trace.mode) !== 'on' && !info.retry && info.status === info.expectedStatus) return;
    writeFileSync(info.outputPath(EVENTS), events);
    info.attachments.push({ name: EVENTS, path: info.outputPath(EVENTS), contentType: 'application/jsonl' });
  },

  bgservices: async ({ bgservicesBrowser, browserName, context }, use) => {
    base.skip(!bgservicesBrowser, `${browserName} has no background services`);
    await use(bgservicesBrowser!.of(context));
  },
});
