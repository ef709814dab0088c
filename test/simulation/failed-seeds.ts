import seeds from './failed-seeds.json' with { type: 'json' };

/** Seeds that ever failed: they are run always. What they do changes with the scenarios, so they are worth less with time; keep them anyway. */
export const failedSeeds: readonly number[] = seeds;
