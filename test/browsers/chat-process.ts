import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const SERVER = fileURLToPath(new URL('../../examples/chat/server.mjs', import.meta.url));

/** The chat as people start it: a process of its own, that runs what is built. */
export class ChatProcess {
  readonly port: number;
  readonly #child: ChildProcess;

  static async start(environment: Readonly<Record<string, string>> = {}): Promise<ChatProcess> {
    const child = spawn(process.execPath, [SERVER], {
      env: { ...process.env, PORT: '0', ...environment },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    for await (const line of createInterface(child.stdout)) {
      const match = /http:\/\/localhost:(\d+)/.exec(line);
      if (match) {
        child.stdout.resume();
        return new ChatProcess(child, Number(match[1]));
      }
    }
    throw new Error('The chat ended without telling its address.');
  }

  private constructor(child: ChildProcess, port: number) {
    this.#child = child;
    this.port = port;
  }

  /** Asks it to end, as Ctrl-C does; resolves to its exit code. */
  async stop(): Promise<number | null> {
    if (this.#child.exitCode !== null) return this.#child.exitCode;
    const exited = once(this.#child, 'exit') as Promise<[number | null]>;
    this.#child.kill('SIGTERM');
    return (await exited)[0];
  }
}
