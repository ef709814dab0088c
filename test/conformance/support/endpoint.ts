import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import type { ServerOptions } from '@holdfast/server';
import { afterAll, beforeAll, describe } from 'vitest';
import { bundleEcho } from './bundle-echo.mjs';
import type { Order, Report } from './echo-server.js';

/** The server that the suite was pointed at; `undefined` if it starts its own. */
const GIVEN_URL = process.env['HOLDFAST_URL'];

/** Whether the suite starts its own servers, and so may choose their options. */
export const isOwn: boolean = GIVEN_URL === undefined || GIVEN_URL === '';

/** Options that JSON can say. */
export type EchoOptions = Omit<ServerOptions, 'authorize' | 'sameUser'>;

/** The server under test. Its members are there once the tests run. */
export class Endpoint {
  /** `http://host:port/path`. */
  url = GIVEN_URL ?? '';
  /** What our own process has written to stderr. */
  stderr = '';
  #child: ChildProcess | null = null;
  #folder = '';

  get wsUrl(): string {
    return this.url.replace(/^http/, 'ws');
  }

  get host(): string {
    return new URL(this.url).host;
  }

  get path(): string {
    return new URL(this.url).pathname;
  }

  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  get isAlive(): boolean {
    return this.#child !== null && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Starts a server of our own. */
  async start(options: EchoOptions): Promise<void> {
    const { folder, file } = await bundleEcho();
    this.#folder = folder;
    // No flags: a process as users start theirs.
    const child = fork(file, ['0', JSON.stringify(options)], { silent: true, execArgv: [] });
    this.#child = child;
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text;
    });
    const [report] = (await Promise.race([once(child, 'message'), once(child, 'exit')])) as [Report | number | null];
    if (typeof report !== 'object' || report?.port === undefined) throw new Error(`no server: ${this.stderr}`);
    this.url = `http://127.0.0.1:${report.port}/holdfast`;
  }

  /** Has our own server do something. */
  async order(order: Order): Promise<Report> {
    if (!this.#child) throw new Error('only a server of our own takes orders');
    const reply = once(this.#child, 'message');
    this.#child.send(order);
    const [report] = (await reply) as [Report];
    return report;
  }

  /** Stops the process as it stands, and lets it go on: a machine that sleeps. */
  signal(signal: 'SIGSTOP' | 'SIGCONT'): void {
    this.#child?.kill(signal);
  }

  async stop(): Promise<void> {
    const child = this.#child;
    if (this.isAlive) {
      const exit = child ? once(child, 'exit') : null;
      child?.kill('SIGKILL');
      await exit;
    }
    if (this.#folder !== '') rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** The server for the tests around: the one at `HOLDFAST_URL`, else one of our own. */
export function useEndpoint(): Endpoint {
  const endpoint = new Endpoint();
  if (isOwn) {
    beforeAll(() => endpoint.start({}));
    afterAll(() => endpoint.stop());
  }
  return endpoint;
}

/** Tests that need a server with options of their own: they don't exist when the suite was pointed at another. */
export function describeOwn(name: string, options: EchoOptions, tests: (endpoint: Endpoint) => void): void {
  if (!isOwn) return;
  describe(name, () => {
    const endpoint = new Endpoint();
    beforeAll(() => endpoint.start(options));
    afterAll(() => endpoint.stop());
    tests(endpoint);
  });
}
