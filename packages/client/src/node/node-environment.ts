import { randomBytes } from 'node:crypto';
import { isPlainUnrolled, ownBytes, surrogateIndex, tokenMaker, type Environment } from '@holdfast/protocol';
import type { Trace } from '../browser-environment.js';

/** Clock, timers and randomness of Node: the same for all sessions. */
const ENVIRONMENT: Environment = {
  now: () => performance.now(),
  setTimer: (callback, delayMs) => setTimeout(callback, delayMs),
  clearTimer: (timer) => clearTimeout(timer as NodeJS.Timeout | undefined),
  defer: queueMicrotask,
  random: Math.random,
  token: tokenMaker<Buffer>(randomBytes, (bytes, from, to) => bytes.toString('base64url', from, to)),
  isEncodable: (text) => text.slice(surrogateIndex(text)).isWellFormed(),
  utf8Length: (text) => Buffer.byteLength(text),
  isPlain: isPlainUnrolled,
  encodeBase64: (bytes) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64'),
  decodeBase64(text) {
    // `Buffer` skips what is not base64, so what it made is written again to see whether that is what came.
    const bytes = Buffer.from(text, 'base64');
    return bytes.toString('base64') === text ? ownBytes(bytes) : null;
  },
  report(error) {
    queueMicrotask(() => {
      throw error;
    });
  },
};

export function nodeEnvironment(trace: Trace | undefined): Environment {
  return trace ? { ...ENVIRONMENT, trace } : ENVIRONMENT;
}
