// The simulation from the command line: `npm run sim`, `npm run sim:nightly`, `npm run sim:mutants`, `SEED=1 npm run sim`.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { addCounts, CACHE, range, runFarm, withWorker } from './farm.js';
import { failedSeeds } from './failed-seeds.js';
import { hunt } from './hunt.js';
import { RARE } from './rare.js';
import { Run } from './run.js';

/** Seeds after which a long run writes down how far it has come. */
const STAGE = 5000;

interface State {
  /** What ran, as a hash: after a change of the core or of the simulation all begins anew. */
  worker: string;
  nextSeed: number;
  doneCount: number;
  virtualMs: number;
  counts: Record<string, number>;
  failures: { seed: number; failure: string }[];
}

/** How to run one seed again, and hear its story. */
export function howToReplay(seed: number): string {
  return `SEED=${String(seed)} npm run sim`;
}

async function main(): Promise<void> {
  const { SEED, SEEDS, FIRST } = process.env;
  const args = process.argv.slice(2);
  const option = (name: string): string | undefined =>
    args.find((arg) => arg.startsWith(`--${name}=`))?.slice(name.length + 3);
  if (args.includes('mutants')) {
    process.exitCode = (await hunt(args.filter((arg) => arg !== 'mutants'))) ? 0 : 1;
  } else if (SEED !== undefined) {
    const { failure } = new Run(Number(SEED), (line) => console.log(line)).execute();
    console.log(failure === null ? 'every promise was kept' : `SEED=${SEED}: ${failure}`);
    process.exitCode = failure === null ? 0 : 1;
  } else {
    await many(
      Number(option('seeds') ?? SEEDS ?? 2000),
      Number(option('first') ?? FIRST ?? 0),
      args.includes('--fresh'),
    );
  }
}

async function many(seeds: number, first: number, isFresh: boolean): Promise<void> {
  const file = join(CACHE, `run-${String(first)}-${String(seeds)}.json`);
  if (isFresh) rmSync(file, { force: true });
  const startedAt = Date.now();
  await withWorker(null, async (worker) => {
    const state = readState(file, hashOf(worker), first);
    const doneBefore = state.doneCount;
    if (doneBefore > 0) console.log(`continues after ${String(doneBefore)} seeds (--fresh begins anew)`);
    else await runStage(worker, failedSeeds, state);
    for (const end = first + seeds; state.nextSeed < end;) {
      const count = Math.min(STAGE, end - state.nextSeed);
      await runStage(worker, range(state.nextSeed, count), state);
      state.nextSeed += count;
      if (state.nextSeed === end) break;
      writeFileSync(file, JSON.stringify(state));
      console.log(`${String(state.doneCount)} seeds, ${String(state.failures.length)} failed`);
    }
    rmSync(file, { force: true });
    report(state, Date.now() - startedAt, state.doneCount - doneBefore);
  });
}

function hashOf(file: string): string {
  return createHash('sha256').update(readFileSync(file)).digest('hex');
}

function readState(file: string, worker: string, first: number): State {
  const saved = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as State) : null;
  if (saved?.worker === worker) return saved;
  return { worker, nextSeed: first, doneCount: 0, virtualMs: 0, counts: {}, failures: [] };
}

function runStage(worker: string, seeds: Iterable<number>, state: State): Promise<void> {
  return runFarm({
    worker,
    seeds,
    done: ({ seed, failure, counts, virtualMs }) => {
      state.doneCount++;
      state.virtualMs += virtualMs;
      addCounts(state.counts, counts);
      if (failure !== null) {
        state.failures.push({ seed, failure });
        console.log(`SEED=${String(seed)} ${failure}\n  ${howToReplay(seed)}`);
      }
      return true;
    },
  });
}

function report(state: State, tookMs: number, ranCount: number): void {
  const { counts, failures, doneCount, virtualMs } = state;
  for (const [what, n] of Object.entries(counts).sort(([a], [b]) => (a < b ? -1 : 1)))
    console.log(`${String(Math.round(n)).padStart(10)} ${what}`);
  console.log(
    `${String(doneCount)} seeds, ${(virtualMs / 3_600_000).toFixed(0)} virtual hours, ${((ranCount * 1000) / tookMs).toFixed(1)} seeds/s, ${String(failures.length)} failed`,
  );
  for (const { seed, failure } of failures.slice(0, 50))
    console.log(`SEED=${String(seed)} ${failure.split('\n')[0] ?? ''}`);
  const missing = Object.entries(RARE).filter(([, name]) => !counts[name]);
  for (const [what] of missing) console.log(`never happened: ${what}`);
  process.exitCode = failures.length > 0 || missing.length > 0 ? 1 : 0;
}

await main();
