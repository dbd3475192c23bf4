// Click a button with Puppeteer, and wait for the background sync that follows.
//
// node puppeteer_sync.mjs URL --button=#sync
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import puppeteer from 'puppeteer-core';

const { values: { button }, positionals: [url] } = parseArgs({ allowPositionals: true, options: { button: { type: 'string', default: 'button' } } });

const serve = spawn('cdp-bgservices', ['serve'], { stdio: ['pipe', 'pipe', 'inherit'] });
const lines = createInterface({ input: serve.stdout })[Symbol.asyncIterator]();
const read = async () => {
  const { value = '{"error": {"message": "cdp-bgservices has ended"}}' } = await lines.next();
  const { result, params, error } = JSON.parse(value);
  if (error) throw new Error(error.message);
  return result ?? params;
};
const ask = (method, params = {}) => {
  serve.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', id: 1, method, params })}\n`);
  return read(); // One request after the other, so the next line is its answer.
};

const { endpoint } = await read();
const browser = await puppeteer.connect({ browserWSEndpoint: endpoint });
const context = await browser.createBrowserContext();
const page = await context.newPage();
await page.goto(url);

const since = await ask('mark');
await page.click(button);
const sync = await ask('wait', { service: 'backgroundSync', event: 'Sync completed', context: context.id, since, timeout: 10_000 });
console.log(sync.instance_id, sync.metadata.Status);

const pushed = await ask('push', { data: { title: 'Hello' }, context: context.id });
console.log(pushed.metadata.Status);

await browser.disconnect();
serve.stdin.end(); // It ends, and its browser with it.
