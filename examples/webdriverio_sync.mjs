// Click a button with WebdriverIO, and wait for the background sync that follows.
//
// node webdriverio_sync.mjs URL --button=#sync --chromedriver=/usr/bin/chromedriver
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { remote } from 'webdriverio';

const options = { button: { type: 'string', default: 'button' }, chromedriver: { type: 'string', default: 'chromedriver' } };
const { values: { button, chromedriver }, positionals: [url] } = parseArgs({ allowPositionals: true, options });

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
const driver = spawn(chromedriver, ['--port=0'], { stdio: ['ignore', 'pipe', 'inherit'] });
const port = await new Promise((resolve) => {
  const found = (line) => / successfully on port (\d+)/.exec(line);
  createInterface({ input: driver.stdout }).on('line', (line) => found(line) && resolve(Number(found(line)[1])));
});
try {
  const browser = await remote({
    hostname: 'localhost',
    port,
    logLevel: 'error',
    capabilities: {
      browserName: 'chrome',
      'goog:chromeOptions': { debuggerAddress: new URL(endpoint).host },
      'wdio:enforceWebDriverClassic': true,
    },
  });
  // ChromeDriver also lists the hidden target that the recorder observes from: take the window that is shown.
  for (const handle of await browser.getWindowHandles()) {
    await browser.switchToWindow(handle);
    if (await browser.execute(() => innerWidth)) break;
  }
  await browser.url(url);

  const since = await ask('mark');
  await browser.$(button).click();
  const sync = await ask('wait', { service: 'backgroundSync', event: 'Sync completed', since, timeout: 10_000 });
  console.log(sync.instance_id, sync.metadata.Status);

  const pushed = await ask('push', { data: { title: 'Hello' } });
  console.log(pushed.metadata.Status);

  await browser.deleteSession();
} finally {
  driver.kill();
  serve.stdin.end(); // It ends, and its browser with it.
}
