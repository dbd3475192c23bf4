// Ends in the middle of a test: of `serve`, and of Playwright's worker.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { test } from '@cdp-bgservices/playwright';

/** Of this worker: `serve`, which it has started. Of `serve`: its browser. */
function children(pid = process.pid): number[] {
  const tasks = readdirSync(`/proc/${pid}/task`).map((task) => readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8'));
  return tasks.join(' ').split(' ').filter(Boolean).map(Number);
}

test('of serve', async ({ page, bgservices }) => {
  await page.goto('/');
  for (const each of children()) process.kill(each, 'SIGKILL');
  await bgservices.waitFor('backgroundSync');
});

test('of the worker', async ({ page, bgservices }, { config }) => {
  await page.goto('/');
  await bgservices.workers();
  const [serve] = children();
  writeFileSync(`${config.rootDir}/started`, [serve, ...children(serve)].join(' '));
  process.kill(process.pid, 'SIGKILL');
});
