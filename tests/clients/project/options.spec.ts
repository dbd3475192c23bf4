// Playwright's own options, in the contexts of the served browser. The run keeps a trace of each test.
import { expect, test as recorded } from '@cdp-bgservices/playwright';
import { mergeTests, test as playwrights } from '@playwright/test';

const test = mergeTests(recorded, playwrights.extend<{ user: string }>({ user: 'ada' }));

test.use({ storageState: { cookies: [], origins: [{ origin: new URL(process.env.SITE!).origin, localStorage: [{ name: 'user', value: 'ada' }] }] } });

test('are respected', async ({ page, bgservices, user }) => {
  await page.goto('/');
  expect(page.viewportSize()).toEqual({ width: 500, height: 400 });
  expect(await page.evaluate(() => [navigator.language, navigator.userAgent, localStorage.user])).toEqual(['de-DE', 'Ours', user]);
  await bgservices.sync('mail');
  await expect(page).toHaveURL('/');
});

test('a certificate that nothing trusts', async ({ page, bgservices }) => {
  await page.goto(process.env.SECURE_SITE!);
  await page.getByLabel('Message').fill('Hello');
  await bgservices.expect('backgroundSync', 'Sync completed', () => page.getByRole('button', { name: 'Send' }).click());
});
