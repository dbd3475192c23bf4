// The application's server, started for a test: it reaches the lab's push service as it would reach the real one.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { test as base } from '@cdp-bgservices/playwright';

export { expect } from '@cdp-bgservices/playwright';

export interface Application {
  url: string;
  messages(): Promise<string[]>;
  notify(notification: object): Promise<void>;
}

export const test = base.extend<{ application: Application }>({
  application: async ({ bgservices, request }, use) => {
    const { proxy, certificate } = bgservices.pushService;
    const env = { ...process.env, HTTPS_PROXY: proxy, NODE_EXTRA_CA_CERTS: certificate };
    const server = spawn('node', ['server.mjs', '0'], { env, stdio: ['ignore', 'pipe', 'inherit'] });
    const [url] = await new Promise<string[]>((resolve) => createInterface(server.stdout).once('line', (line) => resolve([line])));
    await use({
      url: url!,
      messages: async () => (await request.get(`${url}api/messages`)).json(),
      notify: async (notification) => {
        const answer = await request.post(`${url}api/notify`, { data: notification });
        if (!answer.ok()) throw new Error(await answer.text());
      },
    });
    server.kill();
  },
});
