/** One `cdp-bgservices serve`: it starts a browser and records it, and answers JSON-RPC 2.0, a message a line. */
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { createInterface } from 'node:readline';

/** What is wrong, and what to do. Its name is that of the error in Python; its stack is the test's, not ours. */
export class BackgroundServicesError extends Error {
  constructor(message: string, remedy = '', override readonly name = 'BackgroundServicesError') {
    super(remedy ? `${message}\n\n${remedy}` : message);
    this.stack = `${name}: ${this.message}`;
  }
}
/** What `serve` says first. */
export interface Ready { endpoint: string; lab: string[]; push: { proxy: string; url: string; certificate: string } | null }
interface Message { id?: number | null; result?: unknown; params?: unknown; error?: { message: string; data?: { kind?: string; remedy?: string } } }

const READY = 0; // the id that the first line has not
const LAST_WORDS = 20; // lines
const INSTALL = "Install it: pip install cdp-bgservices. Or name it: use: { bgservices: { command: '.venv/bin/cdp-bgservices' } }";

export class Server {
  private readonly child: ChildProcessWithoutNullStreams;
  private readonly calls = new Map<number, { resolve(result: any): void; reject(error: Error): void }>();
  private readonly words: string[] = [];
  private failure?: BackgroundServicesError; // why it has ended
  private last = READY;
  readonly ready = new Promise<Ready>((resolve, reject) => this.calls.set(READY, { resolve, reject }));
  private readonly ended: Promise<void>;

  constructor([program = '', ...args]: string[], env: NodeJS.ProcessEnv) {
    this.child = spawn(program, args, { env });
    this.child.on('error', (error) => this.fail(`${program} cannot be started (${error.message})`, INSTALL));
    this.ended = new Promise((resolve) => this.child.on('close', (status, signal) =>
      resolve(this.fail([`${program} has ended (${signal ?? `exit status ${status}`})`, ...this.words].join('\n')))));
    this.child.stdin.on('error', () => undefined); // It has ended: `close` says why.
    createInterface(this.child.stdout).on('line', (line) => this.answer(JSON.parse(line) as Message));
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
  private answer({ id, result, params, error }: Message): void {
    const call = this.calls.get(id ?? READY);
    this.calls.delete(id ?? READY);
    if (error) call?.reject(new BackgroundServicesError(error.message, error.data?.remedy, error.data?.kind));
    else call?.resolve(result ?? params);
  }
  private fail(message: string, remedy?: string): void {
    this.failure ??= new BackgroundServicesError(message, remedy);
    for (const call of this.calls.values()) call.reject(this.failure);
    this.calls.clear();
  }
}
