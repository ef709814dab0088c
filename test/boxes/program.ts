import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chown, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { findProgram } from '../debian.mjs';
import { ForwardAdapter } from './forward-adapter.js';
import { answers, freePort } from './ports.js';
import type { Box, RunningBox } from './box.js';

/** Where a box runs. */
export interface Place {
  /** Its own, writable, gone with it. */
  readonly folder: string;
  /** Where it has to listen. */
  readonly port: number;
  /** The server behind it. */
  readonly targetPort: number;
}

/** A Debian program of which boxes are made. */
export interface Program {
  readonly command: string;
  /** The Debian package. */
  readonly package: string;
  readonly versionArgs: readonly string[];
  /** The name to show, and where in what `versionArgs` prints the number stands. */
  readonly version: readonly [name: string, pattern: RegExp];
  /** Files to put into its folder, by name, made from a box's configuration. */
  files(config: string, place: Place): Readonly<Record<string, string>>;
  args(place: Place): readonly string[];
  /** It is no reverse proxy but wants to be asked as browsers ask proxies. */
  readonly isForward?: boolean;
}

/** One configuration of a program. */
export interface Variant extends Pick<Box, 'name' | 'title' | 'best'> {
  readonly config: (place: Place) => string | Promise<string>;
}

/** Whom programs run as when the tests are root's: no server of theirs has a reason to be. */
const NOBODY = 65_534;
const START_MS = 30_000;
/** Squid takes 2 s to end, and leaves shared memory behind if it can't. Apache waits for WebSockets. */
const KILL_MS = 3000;
const ATTEMPTS = 3;

/** The boxes that a program makes. */
export function boxesOf(program: Program, variants: readonly Variant[]): readonly Box[] {
  return variants.map(({ name, title, best, config }) => ({
    name,
    title,
    best,
    packages: [program.package],
    start: (targetPort) => start(program, config, targetPort),
  }));
}

/** Resolves when it answers. If somebody else took its port meanwhile, it gets another one. */
async function start(program: Program, config: Variant['config'], targetPort: number): Promise<RunningBox> {
  const path = findProgram(program.command);
  if (path === null) throw new Error(`${program.command} is missing: apt-get install ${program.package}`);
  for (let attempt = 1; ; attempt++) {
    const folder = await mkdtemp(join(tmpdir(), `holdfast-${program.package}-`));
    try {
      return await startIn({ folder, port: await freePort(), targetPort }, path, program, config);
    } catch (error) {
      await rm(folder, { recursive: true, force: true });
      if (attempt === ATTEMPTS) throw error;
    }
  }
}

async function startIn(place: Place, path: string, program: Program, config: Variant['config']): Promise<RunningBox> {
  const { folder, port, targetPort } = place;
  const files = Object.entries(program.files(await config(place), place));
  for (const [name, text] of files) await writeFile(join(folder, name), text);
  const isRoot = process.getuid?.() === 0;
  if (isRoot) await chown(folder, NOBODY, NOBODY);
  const setpriv = findProgram('setpriv');
  if (setpriv === null) throw new Error('setpriv is missing: apt-get install util-linux');
  // The kernel ends it when we end, however that happens.
  const child = spawn(setpriv, ['--pdeathsig', 'TERM', path, ...program.args(place)], {
    cwd: folder,
    detached: true,
    ...(isRoot && { uid: NOBODY, gid: NOBODY }),
    env: { PATH: process.env['PATH'] ?? '', HOME: folder, TMPDIR: folder, LC_ALL: 'C.UTF-8' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = collect(child);
  try {
    await untilReady(child, port);
  } catch (error) {
    await end(child);
    throw new Error(`${program.command} does not start: ${String(error)}\n${output()}`, { cause: error });
  }
  const forward = program.isForward === true ? await ForwardAdapter.start(port, targetPort) : null;
  return {
    origin: `http://127.0.0.1:${forward?.port ?? port}`,
    forwardProxy: forward && `http://127.0.0.1:${port}`,
    version: await versionOf(path, program),
    async stop() {
      await forward?.close();
      await end(child);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** What it said last, for the message of an error. */
function collect(child: ChildProcess): () => string {
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => (text = (text + chunk.toString()).slice(-4000)));
  }
  return () => text;
}

async function untilReady(child: ChildProcess, port: number): Promise<void> {
  const failed = new Promise<never>((_, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => reject(new Error(`it ended with ${code ?? signal ?? '?'}`)));
  });
  const ready = (async () => {
    const deadline = Date.now() + START_MS;
    while (!(await answers(port))) {
      if (Date.now() > deadline) throw new Error(`no answer within ${START_MS} ms`);
      await sleep(20);
    }
  })();
  await Promise.race([ready, failed]);
}

/** With all processes that it has started: they are one group. */
async function end(child: ChildProcess): Promise<void> {
  const { pid } = child;
  if (pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  const killing = setTimeout(() => process.kill(-pid, 'SIGKILL'), KILL_MS);
  await ended;
  clearTimeout(killing);
}

async function versionOf(path: string, { versionArgs, version: [name, pattern] }: Program): Promise<string> {
  const { stdout, stderr } = await promisify(execFile)(path, [...versionArgs]);
  return `${name} ${pattern.exec(stdout + stderr)?.[1] ?? '(unknown)'}`;
}
