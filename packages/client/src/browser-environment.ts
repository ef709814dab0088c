import { isPlain, isWellFormed, utf8Length, type Environment } from '@holdfast/protocol';
import { decodeBase64, encodeBase64 } from './native-base64.js';

/** Told of everything that happens in a session; `debug()` of `@holdfast/client/debug` makes sentences of it. */
export type Trace = (event: string, detail?: unknown) => void;

/** Clock, timers and randomness of a page or a worker. What an engine lacks is found out by trying, and done without. */
export function browserEnvironment(trace: Trace | undefined): Environment {
  return {
    now: monotonicClock(),
    setTimer: (callback, delayMs) => setTimeout(callback, delayMs),
    clearTimer: (timer) => clearTimeout(timer as number),
    defer(callback) {
      try {
        void Promise.resolve().then(callback);
      } catch {
        setTimeout(callback, 0);
      }
    },
    random: Math.random,
    token: randomToken,
    isPlain,
    isEncodable: isWellFormed,
    utf8Length,
    encodeBase64,
    decodeBase64,
    report(error) {
      setTimeout(() => {
        throw error;
      }, 0);
    },
    ...(trace && { trace }),
  };
}

function monotonicClock(): () => number {
  try {
    performance.now();
    return () => performance.now();
  } catch {
    let last = 0;
    let offset = 0;
    // The wall clock may be set back: then it goes on from where it was.
    return () => {
      const wall = Date.now();
      if (wall < last) offset += last - wall;
      last = wall;
      return wall + offset;
    };
  }
}

/**
 * 26 characters with 5 random bits each. Engines without a CSPRNG (IE up to 10, PhantomJS) get a value that is merely hard to guess; it is
 * good for one handshake only: the session's secret is made by the server.
 */
export function randomToken(): string {
  let bytes: Uint8Array | undefined;
  try {
    bytes = crypto.getRandomValues(new Uint8Array(26));
  } catch {
    // None.
  }
  let token = '';
  for (let index = 0; index < 26; index++) {
    token += ((bytes?.[index] ?? Math.random() * 32 + Date.now()) & 31).toString(32);
  }
  return token;
}
