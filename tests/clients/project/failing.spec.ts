// Tests that fail: what they say, where, and what they leave.
import { expect, test } from '@cdp-bgservices/playwright';

test('an event that does not come', async ({ page, bgservices }) => {
  await page.goto('/');
  await page.evaluate("site.sync('mail')");
  await bgservices.waitFor('backgroundSync', 'Sync completed');
  const sync = async () => {
    await page.evaluate("site.sync('other')");
    await bgservices.waitFor('backgroundSync', 'Sync completed', { instanceId: 'other' });
  };
  await bgservices.expect('backgroundSync', 'Sync complete', sync, { timeout: 300 });
});

test('the end of the test comes first', async ({ page, bgservices }) => {
  test.setTimeout(12_000);
  await page.goto('/');
  await bgservices.waitFor('pushMessaging');
});

test.describe('tried again', () => {
  test.describe.configure({ retries: 1 });

  test('fails once', async ({ page, bgservices }, { retry }) => {
    await page.goto('/');
    await bgservices.sync('mail');
    await bgservices.notifications.wait('Ada').catch((error: Error) => expect(error.message).toContain('not in a lab with notifications'));
    expect(() => bgservices.pushService).toThrow("use: { bgservices: { lab: 'push' } }");
    expect(retry).toBe(1);
  });
});
