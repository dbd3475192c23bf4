// In the lab all tests of a worker have one profile, in which none finds what another has left.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { BackgroundServicesError, expect, test } from '@cdp-bgservices/playwright';
import type { Page } from '@playwright/test';

const KEY = 'BEl62iUYgUivxIkv69yViEuiBIa-Ib9-SkvMeAtA3LFgDzkrxZJjSgSnfckjBJuBkr3qBUYIHBQFLXYp5Nksh8U';

const subscribe = (page: Page): Promise<object> => page.evaluate(async (applicationServerKey) => {
  const { pushManager } = await navigator.serviceWorker.ready;
  return (await pushManager.subscribe({ userVisibleOnly: true, applicationServerKey })).toJSON();
}, KEY);

test('a push is shown and clicked', async ({ page, context, bgservices }) => {
  await page.goto('/');
  const subscription = await subscribe(page);
  expect(await bgservices.pushService.subscriptions()).toMatchObject([{ appId: expect.stringContaining(page.url()) }]);
  expect(await bgservices.pushService.endpoint(subscription)).toContain(bgservices.pushService.url);
  expect(bgservices.pushService.proxy).toMatch(/^http:/);
  const message = await bgservices.pushService.send(subscription, { title: 'Ada' }, { ttl: 60, urgency: 'high' });
  const shown = await bgservices.notifications.wait(/^Push/, { body: '{"title": "Ada"}' });
  await bgservices.waitFor('pushMessaging', 'Push message received', { instanceId: message });
  await bgservices.pushService.waitDelivered();
  const opened = context.waitForEvent('page');
  await bgservices.expect('notifications', 'Notification clicked', () => bgservices.notifications.click(shown.id));
  await bgservices.notifications.waitClosed(shown.id);
  await (await opened).waitForURL('**/#pushed');
  await page.evaluate(() => { localStorage.user = 'ada'; document.cookie = 'user=ada'; });
  await bgservices.pushService.send(subscription, 'left open');
  await bgservices.notifications.wait();
  await bgservices.network.offline();
  await bgservices.permission(new URL(page.url()).origin, 'notifications', 'denied');
});

test('a sync waits for the network', async ({ page, context, bgservices }) => {
  expect([await bgservices.notifications.list(), await bgservices.pushService.subscriptions(), await bgservices.events()]).toEqual([[], [], []]);
  expect(context.pages()).toEqual([page]);
  expect(await bgservices.network.isOnline()).toBe(true);
  await page.goto('/');
  expect(await page.evaluate(() => [localStorage.user, document.cookie, Notification.permission])).toEqual([undefined, '', 'granted']);
  expect(await page.evaluate(() => navigator.serviceWorker.ready.then(({ pushManager }) => pushManager.getSubscription()))).toBeNull();
  await context.clearPermissions();
  expect(await page.evaluate(() => Notification.permission)).toBe('default'); // The site's own setting.
  await bgservices.network.offline();
  await page.evaluate("void site.sync('mail')");
  await bgservices.waitFor('backgroundSync', 'Registered sync');
  const sync = await bgservices.expect('backgroundSync', 'Sync completed', () => bgservices.network.online());
  expect(sync.metadata.Status).toBe('succeeded');
});

test.describe('options', () => {
  const origin = new URL(process.env.SITE!).origin;
  test.use({ storageState: { cookies: [], origins: [{ origin, localStorage: [{ name: 'user', value: 'grace' }] }] } });

  test('are respected as far as a profile can have them', async ({ page, bgservices }) => {
    await page.goto('/');
    await expect(page).toHaveURL('/');
    expect(page.viewportSize()).toEqual({ width: 500, height: 400 });
    expect(await page.evaluate(() => [navigator.language, navigator.userAgent, localStorage.user])).toEqual(['de-DE', 'Ours', 'grace']);
    expect(await page.evaluate(() => Intl.DateTimeFormat().resolvedOptions().timeZone)).toBe('Asia/Tokyo');
    expect((await bgservices.sync('mail')).instance_id).toBe('mail');
  });
});

test('a subscription that the push service ends', async ({ page, bgservices }) => {
  await page.goto('/');
  const subscription = await subscribe(page);
  await bgservices.pushService.expire(subscription);
  expect(await bgservices.pushService.subscriptions()).toEqual([]);
  await expect(bgservices.pushService.send(subscription, 'too late')).rejects.toThrow(BackgroundServicesError);
});

test('a server that is started later is reached', async ({ page, bgservices }) => {
  const server = createServer((_, response) => response.end('late'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  await page.goto(`http://localhost:${(server.address() as AddressInfo).port}/`);
  await expect(page.getByText('late')).toBeVisible();
  expect(await bgservices.workers()).toEqual([]);
  server.close();
});
