import type { Environment } from '@holdfast/protocol';
import { nodeCodecs } from '@holdfast/protocol/node';
import type { Trace } from '../browser-environment.js';

/** Clock, timers and randomness of Node: the same for all sessions. */
const ENVIRONMENT: Environment = {
  ...nodeCodecs,
  now: () => performance.now(),
  setTimer: (callback, delayMs) => setTimeout(callback, delayMs),
  clearTimer: (timer) => clearTimeout(timer as NodeJS.Timeout | undefined),
  defer: queueMicrotask,
  random: Math.random,
  report(error) {
    queueMicrotask(() => {
      throw error;
    });
  },
};

export function nodeEnvironment(trace: Trace | undefined): Environment {
  return trace ? { ...ENVIRONMENT, trace } : ENVIRONMENT;
}
