import { hash, timingSafeEqual } from 'node:crypto';
import type { Environment } from '@holdfast/protocol';
import { nodeCodecs } from '@holdfast/protocol/node';

/**
 * Clock, timers, CSPRNG and codecs of Node for the deterministic core. Its timers don't keep the process alive: the HTTP server that Holdfast
 * hangs on does, for as long as it listens.
 */
export function nodeEnvironment(): Environment {
  return {
    ...nodeCodecs,
    // Whole numbers: V8 keeps any other in an object of its own, of which each session would have several.
    now: () => Math.floor(performance.now()),
    setTimer: (callback, delayMs) => setTimeout(callback, delayMs).unref(),
    clearTimer: (timer) => clearTimeout(timer as NodeJS.Timeout | undefined),
    defer: deferrer(),
    random: Math.random,
    report,
  };
}

/**
 * Surfaces an error of the application's as what it is: uncaught, unless the process has a handler for such. In a turn of its own, so that
 * nothing of ours is left half done.
 */
export function report(error: unknown): void {
  setImmediate(() => {
    throw error;
  });
}

/** SHA-256 of a secret, one byte a character: what is kept of it. */
export function digest(secret: string): string {
  return hash('sha256', secret, 'binary');
}

/** Compares digests in a time that tells nothing about them. */
export function isSameDigest(a: string, b: string): boolean {
  const left = Buffer.from(a, 'latin1');
  const right = Buffer.from(b, 'latin1');
  return left.length === right.length && timingSafeEqual(left, right);
}

/** One `nextTick` for everything deferred in a turn: it runs before any I/O, and what is deferred meanwhile joins it. */
function deferrer(): Environment['defer'] {
  let waiting: (() => void)[] = [];
  let isScheduled = false;
  const run = (): void => {
    for (let callbacks = waiting; callbacks.length > 0; callbacks = waiting) {
      waiting = [];
      for (const callback of callbacks) {
        try {
          callback();
        } catch (error) {
          report(error);
        }
      }
    }
    isScheduled = false;
  };
  return (callback) => {
    waiting.push(callback);
    if (isScheduled) return;
    isScheduled = true;
    process.nextTick(run);
  };
}

/**
 * From this length on, code units, a text is made into bytes before it is written. For a string that waits to be written Node 20 sets three bytes of
 * native memory aside for each code unit, and streams count it by code units: a connection that nobody reads would cost three times what it may.
 */
export const LARGE_TEXT_LENGTH = 4096;
