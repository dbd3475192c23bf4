// Another browser has no background services: Chromium stands for it here.
import { expect, test as base } from '@cdp-bgservices/playwright';
import { chromium, type Browser } from '@playwright/test';

const test = base.extend<object, { browser: Browser }>({
  browser: [async ({}, use) => {
    const browser = await chromium.launch({ executablePath: process.env.CHROMIUM });
    await use(browser);
    await browser.close();
  }, { scope: 'worker' }],
});

test('a test with bgservices is skipped', async ({ bgservices }) => {
  await bgservices.waitFor('backgroundSync');
});

test('a test without it is run', async ({ page }) => {
  await page.goto('/');
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
});
