// Many small suites in one run: what each of them must come to is in ../test_playwright.py.
import type { BgservicesOptions } from '@cdp-bgservices/playwright';
import { defineConfig } from '@playwright/test';

const { SITE, SUITE = '' } = process.env;
const launchOptions = { executablePath: process.env.CHROMIUM };

export default defineConfig<BgservicesOptions>({
  testDir: '.',
  testMatch: `${SUITE}*.spec.ts`,
  timeout: 60_000,
  workers: 2,
  fullyParallel: true,
  use: { baseURL: SITE, launchOptions, bgservices: { grant: true } },
  projects: [
    { name: 'plain', testMatch: 'plain.spec.ts' },
    {
      name: 'options', testMatch: 'options.spec.ts', fullyParallel: false,
      use: {
        trace: 'on', screenshot: 'on', viewport: { width: 500, height: 400 }, locale: 'de-DE', userAgent: 'Ours', ignoreHTTPSErrors: true,
      },
    },
    {
      name: 'lab', testMatch: 'lab.spec.ts', fullyParallel: false,
      use: { bgservices: { lab: 'all', grant: true }, trace: 'on', screenshot: 'on', locale: 'de-DE', userAgent: 'Ours', timezoneId: 'Asia/Tokyo', viewport: { width: 500, height: 400 } },
    },
    { name: 'failing', testMatch: 'failing.spec.ts', use: { bgservices: { grant: false } } },
    { name: 'ending', testMatch: 'ending.spec.ts' },
    { name: 'missing', testMatch: 'starting.spec.ts', use: { bgservices: { command: 'no-such-program' } } },
    { name: 'misspelt', testMatch: 'starting.spec.ts', use: { bgservices: { lab: 'pushes' } } },
    { name: 'webkit', testMatch: 'webkit.spec.ts', fullyParallel: false, use: { browserName: 'webkit' } },
  ],
});
