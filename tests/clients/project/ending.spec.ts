// Ends that nobody asked for: of `serve`, and of Playwright's worker.
import { readFileSync, writeFileSync } from 'node:fs';
import { test } from '@cdp-bgservices/playwright';

/** Of this worker: `serve`, which it has started. */
function children(): number[] {
  return readFileSync(`/proc/${process.pid}/task/${process.pid}/children`, 'utf8').trim().split(' ').map(Number);
}

test('of serve', async ({ page, bgservices }) => {
  await page.goto('/');
  for (const each of children()) process.kill(each, 'SIGKILL');
  await bgservices.waitFor('backgroundSync');
});

test('of the worker', async ({ page, bgservices }, { config }) => {
  await page.goto('/');
  await bgservices.workers();
  writeFileSync(`${config.rootDir}/left-behind`, children().join(' '));
  process.kill(process.pid, 'SIGKILL');
});
