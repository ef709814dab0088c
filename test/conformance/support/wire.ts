import { randomBytes } from 'node:crypto';
import { expect } from 'vitest';

/** A packet without its terminator, or a binary frame. */
export type Packet = string | Buffer;

/** An `a` packet. */
export interface Attached {
  readonly id: string;
  readonly key: string;
  readonly got: string;
  readonly ack: string;
  readonly instance: string;
  readonly window: readonly [number, number];
  readonly max: number;
  readonly body: number;
  readonly heartbeat: readonly [number, number];
  readonly hold: number;
  readonly resume: number;
  readonly protocol: string;
}

/** An `e` packet. */
export interface Failure {
  readonly code: string;
  readonly message: string;
  readonly retryAfterMs?: number;
  readonly versions?: readonly number[];
}

/** `c`, `x` and `g` packets. */
export interface Ending {
  readonly code: number;
  readonly reason: string;
  readonly at: string;
  readonly ack: string;
  readonly retryAfterMs?: number;
}

/** What resumes a session. */
export interface Credentials {
  readonly id: string;
  readonly key: string;
}

export function freshNonce(): string {
  return randomBytes(24).toString('base64url');
}

/** An `n` packet; members that are `undefined` are left out. */
export function newAttach(members: object = {}): string {
  return `n${JSON.stringify({ v: 1, nonce: freshNonce(), window: [1_048_576, 1024], max: 4_194_304, choice: 1, ...members })}`;
}

/** An `r` packet. Without a `choice` it is a candidate's. */
export function resume({ id, key }: Credentials, members: object = {}): string {
  return `r${JSON.stringify({ v: 1, id, key, got: '0', ack: '0', ...members })}`;
}

/** A `c` packet. */
export function close(members: object = {}): string {
  return `c${JSON.stringify({ code: 1000, reason: '', at: '0', ack: '0', ...members })}`;
}

/** The JSON of a packet that must have this letter. */
// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- says what the test goes on with, as a cast would
export function contentOf<T>(letter: string, packet: Packet | undefined): T {
  if (typeof packet !== 'string' || !packet.startsWith(letter)) {
    throw new Error(`expected ${letter}, not ${packet === undefined ? 'nothing' : packet.toString().slice(0, 200)}`);
  }
  return JSON.parse(packet.slice(1)) as T;
}

/** Expects an `e` with this code. */
export function expectError(packet: Packet | undefined, code: string): Failure {
  const failure = contentOf<Failure>('e', packet);
  expect(failure.code, failure.message).toBe(code);
  expect(failure.message).toEqual(expect.any(String));
  return failure;
}

/** Orders two positions as PROTOCOL.md section 1 does. */
export function comparePositions(a: string, b: string): number {
  const [[messagesA, bytesA = 0], [messagesB, bytesB = 0]] = [a.split('.').map(Number), b.split('.').map(Number)];
  return Number(messagesA) - Number(messagesB) || bytesA - bytesB;
}

/** A wait with an end: rejects, saying what was waited for. */
export async function within<T>(ms: number, what: string, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`${what}: nothing within ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([promise, timeout]);
  } finally {
    clearTimeout(timer);
  }
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
