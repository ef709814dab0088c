import type { Environment, TransportName } from '../environment.js';
import { Chooser, type ChooserOptions } from '../client/chooser.js';

export const ALL: TransportName[] = ['websocket', 'streaming', 'long-polling', 'polling'];
export const SECOND = 1000;
export const MINUTE: number = 60 * SECOND;
export const HOUR: number = 60 * MINUTE;
/** Time does not begin at 0. */
export const T = 1_000_000;

/** All is as late as jitter allows, unless told otherwise. */
export function makeChooser({
  transports = ALL,
  random = () => 1,
  ...options
}: Partial<
  Omit<ChooserOptions, 'transports'> & Pick<Environment, 'random'> & { transports: readonly TransportName[] }
> = {}): Chooser {
  return new Chooser({ random }, { transports: transports.map((name) => ({ name })), ...options });
}

/** Uniform in [0, 1), the same for each seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Attaches and dies young; returns the time afterwards. */
export function flap(chooser: Chooser, name: TransportName, now: number, livedMs: number = 3 * SECOND): number {
  chooser.attached(name, now);
  chooser.lost(name, livedMs, now + livedMs);
  return now + livedMs;
}
