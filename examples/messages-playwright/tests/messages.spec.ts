// What happens in the background of the application.
import type { Page } from '@playwright/test';
import { expect, test } from './application';

async function send(page: Page, text: string) {
  await page.getByLabel('Message').fill(text);
  await page.getByRole('button', { name: 'Send' }).click();
}

/** As the application would on a click. */
async function subscribe(page: Page) {
  await page.evaluate(async () => {
    const applicationServerKey = await (await fetch('/api/key')).json();
    const { pushManager } = await navigator.serviceWorker.ready;
    const subscription = await pushManager.subscribe({ userVisibleOnly: true, applicationServerKey });
    await fetch('/api/subscriptions', { method: 'POST', body: JSON.stringify(subscription) });
  });
}

test('a message is sent in the background', async ({ page, application, bgservices }) => {
  await page.goto(application.url);
  const sync = await bgservices.expect('backgroundSync', 'Sync completed', () => send(page, 'hello'), { instanceId: 'send-messages' });
  expect(sync.metadata.Status).toBe('succeeded');
  expect(await application.messages()).toEqual(['hello']);
});

test('a message waits for the network', async ({ page, application, bgservices }) => {
  await page.goto(application.url);
  await page.evaluate(() => navigator.serviceWorker.ready.then(() => true)); // It could not be installed offline.
  await bgservices.network.offline();
  await send(page, 'hello');
  await bgservices.waitFor('backgroundSync', 'Registered sync');
  expect(await application.messages()).toEqual([]);
  await bgservices.expect('backgroundSync', 'Sync completed', () => bgservices.network.online());
  expect(await application.messages()).toEqual(['hello']);
});

test('a push shows a notification, and a click on it opens the application', async ({ page, context, application, bgservices }) => {
  await page.goto(application.url);
  await subscribe(page);
  const notification = { title: 'Ada', body: 'How are you?', data: { url: '/#ada' }, actions: [{ action: 'answer', title: 'Answer' }] };
  const displayed = await bgservices.expect('notifications', 'Notification displayed', () => application.notify(notification));
  expect(displayed.metadata).toMatchObject({ Title: 'Ada', Body: 'How are you?' });
  expect(displayed.details?.notification).toMatchObject({ data: { url: '/#ada' }, actions: [{ action: 'answer', title: 'Answer' }] });

  const shown = await bgservices.notifications.wait('Ada');
  expect(shown.actions.map((action) => action.title)).toEqual(['Answer']);
  const opened = context.waitForEvent('page');
  await bgservices.expect('notifications', 'Notification clicked', () => bgservices.notifications.click(shown.id));
  await expect(await opened).toHaveURL(`${application.url}#ada`);
  expect(await bgservices.errors()).toEqual([]);
});
