// What a test sees, waits for and triggers.
import { existsSync, writeFileSync } from 'node:fs';
import { BackgroundServicesError, expect, test } from '@cdp-bgservices/playwright';

test('waits for what it triggers', async ({ page, bgservices }) => {
  await page.goto('/');
  const sync = await bgservices.expect('backgroundSync', 'Sync completed', () => page.getByRole('button', { name: 'Sync', exact: true }).click());
  expect(sync.metadata.Status).toBe('succeeded');
  expect(sync).toMatchObject({ service: 'backgroundSync', origin: page.url(), scope: page.url(), details: null });
  expect(Date.parse(sync.received_at!)).toBeGreaterThanOrEqual(Date.parse(sync.timestamp));
});

test('the criteria', async ({ page, bgservices }) => {
  await page.goto('/');
  await page.evaluate("site.sync('mail')");
  await bgservices.waitFor('backgroundSync', 'Sync completed', { instanceId: 'mail' });
  const mark = await bgservices.mark();
  await page.evaluate("site.sync('reject-mail')");
  const failed = await bgservices.waitFor('backgroundSync', /failed/, {
    instanceId: /MAIL/i, origin: page.url().slice(0, -1), scope: page.url(), metadata: { 'Failure Reason': /reject/ }, text: /^waitUntil/, timeout: 25_000,
  });
  expect(failed.instance_id).toBe('reject-mail');
  expect(await bgservices.waitFor()).toMatchObject({ event_name: 'Registered sync', instance_id: 'mail' });
  expect(await bgservices.waitFor('backgroundSync', 'Registered sync', { since: mark })).toMatchObject({ instance_id: 'reject-mail' });
  expect((await bgservices.events('backgroundSync', undefined, { instanceId: 'mail' })).map((event) => event.event_name))
    .toEqual(['Registered sync', 'Dispatched sync event', 'Sync completed']);
  expect((await bgservices.events(undefined, undefined, { since: mark })).every((event) => event.instance_id === 'reject-mail')).toBe(true);
});

test('the triggers', async ({ page, bgservices }) => {
  await page.goto('/');
  expect((await bgservices.sync('mail', { lastChance: true })).metadata['Last Chance']).toBe('Yes');
  expect((await bgservices.periodicSync('news')).instance_id).toBe('news');
  expect((await bgservices.push({ title: 'Ada' }, { scope: page.url() })).metadata.Status).toBe('Success');
  const shown = await bgservices.waitFor('notifications', 'Notification displayed', { timeout: 25_000 });
  expect(JSON.parse(shown.metadata.Body!)).toEqual({ title: 'Ada' });
  expect(await bgservices.errors()).toEqual([]);
  expect(await bgservices.workers()).toMatchObject([{ scope: page.url(), status: 'activated', runningStatus: 'running' }]);
});

test('a handler that throws', async ({ page, bgservices }) => {
  await page.goto('/');
  const error: Error = await bgservices.push('throw').catch((thrown) => thrown);
  expect(error).toBeInstanceOf(BackgroundServicesError);
  expect(error.name).toBe('HandlerError');
  expect(error.message).toContain('push threw, as it was asked to');
  expect((await bgservices.push('throw', { check: false })).event_name).toBe('Push event completed');
  expect((await bgservices.errors()).map((each) => each.message)).toContainEqual(expect.stringContaining('push threw'));
});

test('what is emulated without the lab', async ({ page, bgservices }) => {
  await page.goto('/');
  await bgservices.push('hello');
  const click = await bgservices.notifications.clickEmulated('Pushed', { tag: /push/ });
  expect(click).toMatchObject({ title: 'Pushed', hasHandler: true, errors: [], refused: [expect.any(String)] });
  expect(click.windows).toEqual([expect.stringContaining('#pushed')]);
  expect(await bgservices.network.offlineEmulated()).toMatchObject({ pages: 1, workers: 1 });
  expect(await page.evaluate(() => navigator.onLine)).toBe(false);
  expect(await bgservices.network.onlineEmulated()).toMatchObject({ pages: 0, workers: 0 });
  expect(await page.evaluate(() => navigator.onLine)).toBe(true);
});

test('a name that may be misspelt', async ({ page, bgservices }) => {
  await page.goto('/');
  expect(await bgservices.events('backgroundSync', 'Sync event failed')).toEqual([]);
  await bgservices.workers();
});

test('a permission', async ({ page, bgservices }) => {
  await page.goto('/');
  for (const [state, seen] of [['denied', 'denied'], ['prompt', 'default'], ['granted', 'granted']] as const) {
    await bgservices.permission(new URL(page.url()).origin, 'notifications', state);
    expect(await page.evaluate(() => Notification.permission)).toBe(seen);
  }
});

test('why nothing happens', async ({ page, bgservices }) => {
  await page.goto('/');
  await bgservices.permission(new URL(page.url()).origin, 'notifications', 'denied');
  const [decisive] = await bgservices.why('notifications');
  expect(decisive).toMatchObject({ key: 'permission-denied', effect: 'blocks', said: expect.stringContaining('denied'), remedy: expect.stringContaining('grant') });
  const [unregistered] = await bgservices.why('backgroundSync', { scope: page.url(), tag: 'mail' });
  expect(unregistered).toMatchObject({ key: 'not-registered', effect: 'blocks' });
});

test('other contexts of the test', async ({ page, browser, bgservices, baseURL }) => {
  await page.goto('/');
  const [ada, grace] = await Promise.all([browser.newPage(), browser.newContext()]);
  await ada.goto(baseURL!);
  await (await grace.newPage()).goto(baseURL!);
  await ada.evaluate("site.sync('of ada')");
  expect((await bgservices.of(ada).waitFor('backgroundSync', 'Sync completed')).instance_id).toBe('of ada');
  expect((await bgservices.of(grace).push('for grace')).metadata.Status).toBe('Success'); // granted, as all contexts are
  expect(bgservices.of(ada)).toBe(bgservices.of(ada.context()));
  expect(await bgservices.events()).toEqual([]);
  expect(await bgservices.of(grace).events('backgroundSync')).toEqual([]);
});

for (const [own, other] of [['first', 'second'], ['second', 'first']] as const) {
  test(`two workers: ${own}`, async ({ page, bgservices }, { config, workerIndex }) => {
    const here = (name: string) => `${config.rootDir}/${name}.synced`;
    await page.goto('/');
    await page.evaluate(`site.sync('${own}')`);
    writeFileSync(here(own), `${workerIndex}`);
    await expect.poll(() => existsSync(here(other)), { timeout: 50_000 }).toBe(true);
    expect(new Set((await bgservices.events()).map((event) => event.instance_id))).toEqual(new Set([own]));
  });
}
