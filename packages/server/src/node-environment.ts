import { hash, randomBytes, timingSafeEqual } from 'node:crypto';
import { isPlainUnrolled, ownBytes, surrogateIndex, tokenMaker, type Environment } from '@holdfast/protocol';

type Trace = NonNullable<Environment['trace']>;

/**
 * Clock, timers, CSPRNG and codecs of Node for the deterministic core. Its timers don't keep the process alive: the HTTP server that Holdfast
 * hangs on does, for as long as it listens.
 */
export function nodeEnvironment(trace: Trace): Environment {
  return {
    now: () => performance.now(),
    setTimer: (callback, delayMs) => setTimeout(callback, delayMs).unref(),
    clearTimer: (timer) => clearTimeout(timer as NodeJS.Timeout | undefined),
    defer: deferrer(),
    random: Math.random,
    token: tokenMaker<Buffer>(randomBytes, (bytes, from, to) => bytes.toString('base64url', from, to)),
    isEncodable: (text) => text.slice(surrogateIndex(text)).isWellFormed(),
    utf8Length: (text) => Buffer.byteLength(text),
    isPlain: isPlainUnrolled,
    encodeBase64: (bytes) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64'),
    decodeBase64,
    report,
    trace,
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

/** SHA-256 of a secret: what is kept of it. */
export function digest(secret: string): string {
  return hash('sha256', secret, 'base64url');
}

/** Compares digests in a time that tells nothing about them. */
export function isSameDigest(a: string, b: string): boolean {
  const left = Buffer.from(a);
  const right = Buffer.from(b);
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

/** `Buffer` skips what is not base64, so what it made is written again to see whether that is what came. */
function decodeBase64(text: string): Uint8Array | null {
  const bytes = Buffer.from(text, 'base64');
  return bytes.toString('base64') === text ? ownBytes(bytes) : null;
}

/** From this length on, code units, a text is made into bytes before it is written. */
export const LARGE_TEXT_LENGTH = 4096;

/**
 * A text as sockets should get it. For a string that waits to be written Node 20 sets three bytes of native memory aside for each code unit, and
 * streams count it by code units: a connection that nobody reads would cost three times what it may.
 */
export function toWire(text: string): string | Buffer {
  return text.length < LARGE_TEXT_LENGTH ? text : toBytes(text);
}

const encoder = new TextEncoder();

/** A text as UTF-8. What is ASCII fits into as many bytes as it has code units; Node 20 would look through it first, to learn that. */
export function toBytes(text: string): Buffer {
  const bytes = Buffer.allocUnsafeSlow(text.length);
  const { read, written } = encoder.encodeInto(text, bytes);
  return read === text.length ? bytes : Buffer.concat([bytes.subarray(0, written), Buffer.from(text.slice(read))]);
}
