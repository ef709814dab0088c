import { fork, type ChildProcess } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { cpus } from 'node:os';
import { join, relative } from 'node:path';
import { build, type Plugin } from 'esbuild';
import type { Outcome } from './run.js';

/** A small bug planted in the core. */
export interface Mutant {
  readonly name: string;
  /** Below `packages/protocol/src`. */
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}

/** Where everything is: the farm runs from the repository's root or a workspace of it. */
const ROOT = findRoot();
const HERE = join(ROOT, 'test/simulation');
const CORE = join(ROOT, 'packages/protocol/src');
/** Built workers and the state of long runs. */
export const CACHE: string = join(ROOT, 'node_modules/.cache/holdfast-simulation');

/** Seeds that a child gets at once. */
const BATCH = 25;

function findRoot(): string {
  let folder = process.cwd();
  for (;;) {
    try {
      const { name } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { name: string };
      if (name === 'holdfast') return folder;
    } catch {
      // Not here.
    }
    const parent = join(folder, '..');
    if (parent === folder) throw new Error('run this inside the repository');
    folder = parent;
  }
}

/** Bundles a worker out of the sources, with or without a mutant, and removes its file when the work is done. */
export async function withWorker(mutant: Mutant | null, work: (worker: string) => Promise<void>): Promise<void> {
  mkdirSync(CACHE, { recursive: true });
  const outfile = join(CACHE, `worker-${String(process.pid)}-${mutant?.name.replace(/\W+/g, '-') ?? 'plain'}.mjs`);
  await build({
    entryPoints: [join(HERE, 'worker.ts')],
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    sourcemap: 'inline',
    conditions: ['holdfast-source'],
    logLevel: 'warning',
    outfile,
    plugins: mutant ? [plant(mutant)] : [],
  });
  try {
    await work(outfile);
  } finally {
    rmSync(outfile, { force: true });
  }
}

/** Changes one file of the core on its way into the bundle: the tree stays as it is. */
function plant({ name, file, find, replace }: Mutant): Plugin {
  return {
    name: 'mutant',
    setup(builder) {
      let isPlanted = false;
      builder.onLoad({ filter: /\.ts$/ }, ({ path }) => {
        if (relative(CORE, path) !== file) return null;
        const source = readFileSync(path, 'utf8');
        if (source.split(find).length !== 2)
          throw new Error(`mutant '${name}': '${find}' must be in ${file} exactly once; follow the core's changes`);
        isPlanted = true;
        return { contents: source.replace(find, () => replace), loader: 'ts' };
      });
      builder.onEnd(() => {
        if (!isPlanted) throw new Error(`mutant '${name}': ${file} is not part of the core`);
      });
    },
  };
}

/** What a farm is asked to do. */
export interface Work {
  readonly worker: string;
  readonly seeds: Iterable<number>;
  /** Told of every outcome; `false`: that is enough. */
  readonly done: (outcome: Outcome) => boolean;
  readonly processCount?: number;
}

/** Runs seeds in as many processes as there are cores. */
export async function runFarm({ worker, seeds, done, processCount = Math.max(1, cpus().length) }: Work): Promise<void> {
  const source = seeds[Symbol.iterator]();
  let isEnough = false;
  const next = (): number[] => {
    const batch: number[] = [];
    while (!isEnough && batch.length < BATCH) {
      const { value, done: isEmpty } = source.next() as { value: number; done?: boolean };
      if (isEmpty === true) break;
      batch.push(value);
    }
    return batch;
  };
  const work = (child: ChildProcess): Promise<void> =>
    new Promise((resolve, reject) => {
      const give = (): void => {
        const batch = next();
        if (batch.length > 0) child.send(batch);
        else {
          resolve();
          child.kill();
        }
      };
      child.on('message', (outcomes: Outcome[]) => {
        for (const outcome of outcomes) if (!isEnough && !done(outcome)) isEnough = true;
        give();
      });
      child.on('exit', (code) => reject(new Error(`a worker has exited with ${String(code)}`)));
      child.on('error', reject);
      give();
    });
  const children = Array.from({ length: processCount }, () =>
    fork(worker, [], { execArgv: ['--enable-source-maps', '--stack-trace-limit=20'], serialization: 'advanced' }),
  );
  try {
    await Promise.all(children.map(work));
  } finally {
    for (const child of children) child.kill();
  }
}

/** Whole numbers from `first`, so many. */
export function* range(first: number, count: number): Iterable<number> {
  for (let seed = first; seed < first + count; seed++) yield seed;
}

/** Adds up what the outcomes of many seeds have counted. */
export function addCounts(to: Record<string, number>, from: Record<string, number>): void {
  for (const [what, n] of Object.entries(from))
    to[what] = what.includes('worst') ? Math.max(to[what] ?? 0, n) : (to[what] ?? 0) + n;
}
