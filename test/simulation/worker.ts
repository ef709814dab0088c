// A child of the farm: seeds come in, outcomes go out.
import { Run } from './run.js';

process.on('message', (seeds: readonly number[]) => {
  process.send?.(seeds.map((seed) => new Run(seed).execute()));
});
