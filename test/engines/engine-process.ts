import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, readdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { findProgram } from '../debian.mjs';

/** How long an engine may take for anything: far more than it needs on a busy machine. */
const PATIENCE_MS = 60_000;

/** How long it may take to end by itself. */
const GRACE_MS = 1000;

const OUTPUT_CHARACTERS = 2000;

/** In the environment of every process of an engine, with its home as the value. */
const MARKER = 'HOLDFAST_ENGINE';

/** Makes a folder for an engine: its home, and all that it writes. */
export const makeHome = (name: string): Promise<string> => mkdtemp(join(tmpdir(), `holdfast-${name}-`));

/** What an engine gets to know of the machine: no proxy, no message bus, no configuration of the user. */
export function environmentIn(home: string): Record<string, string> {
  return {
    PATH: process.env['PATH'] ?? '',
    LANG: 'C.UTF-8',
    HOME: home,
    TMPDIR: home,
    XDG_CACHE_HOME: home,
    XDG_CONFIG_HOME: home,
    XDG_DATA_HOME: home,
    XDG_RUNTIME_DIR: home,
    DBUS_SESSION_BUS_ADDRESS: 'disabled:',
    GSETTINGS_BACKEND: 'memory',
    NO_AT_BRIDGE: '1',
    [MARKER]: home,
  };
}

/**
 * The ids of the processes of an engine: those of its session (in the kernel's sense), and those that have left it but still
 * have the environment that they were given. Neither alone finds all: Chromium overwrites its environment, and its crash handler leaves.
 */
function processesOf(home: string, session: number | undefined): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => {
      try {
        // The name in front is in parentheses, and may have spaces in it.
        const [state, , , found] = readFileSync(`/proc/${name}/stat`, 'utf8')
          .replace(/^.*\) /s, '')
          .split(' ');
        if (state === 'Z') return false; // It has ended; its parent hasn't asked yet.
        if (Number(found) === session) return true;
        return readFileSync(`/proc/${name}/environ`, 'utf8').split('\0').includes(`${MARKER}=${home}`);
      } catch {
        return false; // It has ended, or is somebody else's.
      }
    })
    .map(Number);
}

/** Ends whatever lives in a home, and removes it. */
export async function clearHome(home: string, session?: number): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    const left = processesOf(home, session);
    if (left.length === 0) break;
    if (Date.now() > deadline) throw new Error(`Processes that don't end: ${left.join(', ')}`);
    for (const pid of left) kill(pid);
    await sleep(20);
  }
  await rm(home, { recursive: true, force: true, maxRetries: 5 });
}

/** Resolves or rejects as a promise does, but rejects after a while at the latest. */
export async function within<T>(
  promise: Promise<T>,
  complaint: () => string,
  patienceMs: number = PATIENCE_MS,
): Promise<T> {
  const timer = new AbortController();
  const late = sleep(patienceMs, undefined, { signal: timer.signal }).then(() => {
    throw new Error(complaint());
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    timer.abort();
    late.catch(() => undefined);
  }
}

/** A program that runs in a home of its own and ends with us. */
export class EngineProcess {
  readonly home: string;
  readonly #title: string;
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;
  readonly #readers = new Set<() => void>();
  #output = '';

  private constructor(title: string, home: string, child: ChildProcess) {
    this.#title = title;
    this.home = home;
    this.#child = child;
    this.#ended = once(child, 'close');
    this.#ended.catch(() => undefined);
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.#output = (this.#output + text).slice(-OUTPUT_CHARACTERS);
        for (const look of this.#readers) look();
      });
    }
  }

  static async start(
    { name, title }: { readonly name: string; readonly title: string },
    program: string,
    args: readonly string[],
    environment: Readonly<Record<string, string>> = {},
  ): Promise<EngineProcess> {
    const setpriv = findProgram('setpriv');
    if (setpriv === null) throw new Error('setpriv is missing: install the Debian package util-linux.');
    const home = await makeHome(name);
    // The kernel ends it when we end, however that happens.
    const child = spawn(setpriv, ['--pdeathsig', 'KILL', program, ...args], {
      cwd: home,
      env: { ...environmentIn(home), ...environment },
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    return new EngineProcess(title, home, child);
  }

  /** Waits for something that shows that it works. Rejects with what it printed if it ends before, or takes too long. */
  async until<T>(promise: Promise<T>, what: string): Promise<T> {
    const ended = this.#ended.then(() => {
      throw new Error(this.#complain(`ended before it ${what}`));
    });
    return within(Promise.race([promise, ended]), () =>
      this.#complain(`has not ${what} within ${PATIENCE_MS / 1000} s`),
    );
  }

  /** Waits for a line of its output. */
  async untilPrints(pattern: RegExp): Promise<string> {
    const found = new Promise<string>((resolve) => {
      const look = () => {
        const match = pattern.exec(this.#output);
        if (!match) return;
        this.#readers.delete(look);
        resolve(match[1] ?? match[0]);
      };
      this.#readers.add(look);
      look();
    });
    return this.until(found, `printed ${String(pattern)}`);
  }

  async stop(): Promise<void> {
    const { pid } = this.#child;
    if (pid !== undefined && this.#child.exitCode === null && this.#child.signalCode === null) {
      // An X server that is killed leaves its socket behind.
      kill(-pid, 'SIGTERM');
      await Promise.race([once(this.#child, 'exit'), sleep(GRACE_MS)]);
    }
    await clearHome(this.home, pid);
    if (pid !== undefined) await this.#ended;
  }

  #complain(what: string): string {
    const output = this.#output.trim();
    return `${this.#title} ${what}. ${output === '' ? 'It printed nothing.' : `It printed:\n${output}`}`;
  }
}

/** A negative id is that of a group. */
function kill(pid: number, signal: NodeJS.Signals = 'SIGKILL'): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended meanwhile.
  }
}
