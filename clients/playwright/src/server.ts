/** One `cdp-bgservices serve`: it starts a browser and records it, and answers JSON-RPC 2.0, a message a line. */
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { BrowserContextOptions, LaunchOptions } from '@playwright/test';
import type { Ready } from './protocol';

/** What is wrong, and what to do. Its name is that of the error in Python; its stack is the test's, not ours. */
export class BackgroundServicesError extends Error {
  constructor(message: string, remedy = '', override readonly name = 'BackgroundServicesError') {
    super(remedy ? `${message}\n\n${remedy}` : message);
    this.stack = `${name}: ${this.message}`;
  }
}
interface Answer { id?: number | null; result?: unknown; params?: unknown; error?: { message: string; data?: { kind?: string; remedy?: string } } }

const READY = 0; // the id that the first line has not
const LAST_WORDS = 20; // lines
const INSTALL = "Install it: pip install cdp-bgservices. Or name it: use: { bgservices: { command: '.venv/bin/cdp-bgservices' } }";

export interface Options {
  lab?: string; // `all`, or some of push, notifications, clock, network
  grant?: boolean | string | string[]; // the permissions that background services need: for all origins, or for these
  command?: string | string[]; // the program, and its first arguments
  args?: string[]; // further options of `cdp-bgservices serve`
  store?: string; // a store to keep; otherwise a temporary one
}

/** How to start `serve`. The lab's pages are in the browser's profile, so what only a new context could have is the process's. */
export function commandLine(options: Options, launch: LaunchOptions, context: BrowserContextOptions, usual: string): string[] {
  const { lab, store, command = 'cdp-bgservices', args = [] } = options;
  const channel = launch.channel?.replace('chromium', '').replace('chrome', 'google-chrome').replace('msedge', 'microsoft-edge');
  const chromium = launch.executablePath ?? (channel || (existsSync(usual) && usual));
  const switches = lab ? { lang: context.locale, 'accept-lang': context.locale, 'user-agent': context.userAgent } : {};
  const given = (values: object, prefix = '') => Object.entries(values).flatMap(([name, value]) => (value ? [`${prefix}--${name}=${value}`] : []));
  const flags = [launch.headless === false && '--headed', context.ignoreHTTPSErrors && '--ignore-https-errors'].filter((each) => typeof each === 'string');
  const own = [...given(switches), ...(launch.args ?? [])].map((each) => `--chromium-arg=${each}`);
  return [...[command].flat(), 'serve', ...given({ chromium, lab, store }), ...flags, ...own, ...args];
}

export class Server {
  private readonly child: ChildProcessWithoutNullStreams;
  private readonly calls = new Map<number, { resolve(result: any): void; reject(error: Error): void }>();
  private readonly words: string[] = [];
  private readonly ended: Promise<void>;
  private failure?: BackgroundServicesError; // why it has ended
  private last = READY;
  readonly ready = new Promise<Ready>((resolve, reject) => this.calls.set(READY, { resolve, reject }));

  constructor([program = '', ...args]: string[], env: NodeJS.ProcessEnv) {
    this.child = spawn(program, args, { env });
    this.child.on('error', (error) => this.fail(`${program} cannot be started (${error.message})`, INSTALL));
    this.ended = new Promise((resolve) => this.child.on('close', (status, signal) =>
      resolve(this.fail([`${program} has ended (${signal ?? `exit status ${status}`})`, ...this.words].join('\n')))));
    this.child.stdin.on('error', () => undefined); // It has ended: `close` says why.
    createInterface(this.child.stdout).on('line', (line) => {
      const { id, result, params, error } = JSON.parse(line) as Answer;
      const call = this.calls.get(id ?? READY);
      this.calls.delete(id ?? READY);
      if (error) call?.reject(new BackgroundServicesError(error.message, error.data?.remedy, error.data?.kind));
      else call?.resolve(result ?? params);
    });
    createInterface(this.child.stderr).on('line', (line) => {
      this.words.splice(0, this.words.push(line) - LAST_WORDS);
      if (this.last > READY && line.startsWith('warning:')) console.warn(line); // of what a test has asked
    });
  }
  async request<T>(method: string, params: object = {}): Promise<T> {
    if (this.failure) throw this.failure;
    this.send({ id: ++this.last, method, params });
    return new Promise((resolve, reject) => this.calls.set(this.last, { resolve, reject }));
  }
  /** Cancel what was asked by a test that is over. */
  forget(): void {
    for (const id of this.calls.keys()) this.send({ method: '$/cancelRequest', params: { id } });
    this.calls.clear();
  }
  /** It ends with its input, and its browser with it. */
  stop(): Promise<void> {
    this.child.stdin.end();
    return this.ended;
  }
  private send(message: object): void {
    const text = (_: string, value: unknown) => (value instanceof RegExp ? { pattern: value.source, flags: value.flags } : value);
    this.child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', ...message }, text)}\n`);
  }
  private fail(message: string, remedy?: string): void {
    this.failure ??= new BackgroundServicesError(message, remedy);
    for (const call of this.calls.values()) call.reject(this.failure);
    this.calls.clear();
  }
}
