// The application's server: its files, an interface that takes messages and subscriptions, and pushes by web-push.
//
// node server.mjs [PORT]
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname } from 'node:path';
import webpush from 'web-push';

const APP = process.env.APP ?? '../messages/app'; // The same application as in examples/messages.
const TYPES = { '.html': 'text/html', '.js': 'text/javascript' };
const proxy = process.env.HTTPS_PROXY;

const keys = webpush.generateVAPIDKeys(); // In production they stay the same.
webpush.setVapidDetails('mailto:ada@example.com', keys.publicKey, keys.privateKey);

const messages = [];
const subscriptions = [];

const routes = {
  'GET /api/key': () => keys.publicKey,
  'GET /api/messages': () => messages,
  'POST /api/messages': ({ text }) => messages.push(text),
  'POST /api/subscriptions': (subscription) => subscriptions.push(subscription),
  'POST /api/notify': async (notification) => {
    for (const each of subscriptions) await webpush.sendNotification(each, JSON.stringify(notification), { proxy });
  },
};

async function answer(request, response) {
  const route = routes[`${request.method} ${request.url}`];
  if (route) {
    const body = (await request.toArray()).join('');
    response.end(JSON.stringify((await route(body && JSON.parse(body))) ?? null));
  } else {
    const path = request.url === '/' ? '/index.html' : new URL(request.url, 'http://localhost').pathname;
    response.setHeader('content-type', TYPES[extname(path)] ?? 'application/octet-stream');
    response.end(await readFile(APP + path));
  }
}

const server = createServer((request, response) => {
  answer(request, response).catch((error) => response.writeHead(error.code === 'ENOENT' ? 404 : 500).end(String(error)));
});
server.listen(Number(process.argv[2] ?? 8000), '127.0.0.1', () => console.log(`http://localhost:${server.address().port}/`));
