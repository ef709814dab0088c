import { Run, type Outcome } from './run.js';

/** Runs one seed; with `tell`, its story is told line by line. */
export function runSeed(seed: number, tell: ((line: string) => void) | null = null): Outcome {
  return new Run(seed, tell).execute();
}

// In a child of the farm: seeds come in, outcomes go out.
process.on('message', (seeds: readonly number[]) => {
  for (const seed of seeds) process.send?.(runSeed(seed));
  process.send?.(null);
});
