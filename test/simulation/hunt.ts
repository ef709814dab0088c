import { range, runFarm, withWorker } from './farm.js';
import { MUTANTS } from './mutants/mutants.js';

/** Seeds that a mutant may survive. */
const MOST_SEEDS = 3000;

/** Plants one mutant after the other and looks how many seeds it takes to find it. `false` if one survives. */
export async function hunt(names: readonly string[]): Promise<boolean> {
  const mutants = MUTANTS.filter(({ name }) => names.length === 0 || names.some((part) => name.includes(part)));
  let areAllFound = true;
  const rows: string[] = [];
  for (const mutant of mutants) {
    let count = 0;
    const found: string[] = [];
    await withWorker(mutant, (worker) =>
      runFarm({
        worker,
        seeds: range(0, MOST_SEEDS),
        done: ({ failure }) => {
          count++;
          if (failure !== null) found.push(failure);
          return failure === null;
        },
      }),
    );
    const [first] = found;
    areAllFound &&= first !== undefined;
    const how = first === undefined ? 'SURVIVED' : `found: ${first.split('\n')[0]?.slice(0, 150) ?? ''}`;
    const row = `${mutant.name.padEnd(44)} ${String(count).padStart(5)} seeds  ${how}`;
    console.log(row);
    rows.push(row);
  }
  console.log(`${String(rows.length)} mutants, ${areAllFound ? 'all found' : 'not all found'}`);
  return areAllFound;
}
