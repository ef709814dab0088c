import { utf8Length } from './text.js';
import { formatPosition, MAX_COUNT, parseCount, parsePosition, type Position, ZERO } from './position.js';

/** The version of the wire protocol that this package speaks. */
export const PROTOCOL_VERSION = 1;

/** Longest `reason` of a close, in UTF-8 bytes (PROTOCOL.md section 6). */
export const MAX_REASON_BYTES = 123;

/** What JSON can say. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** `n`: attach, new session (PROTOCOL.md section 4). */
export interface NewAttach {
  v: number;
  nonce: string;
  /** The client's receive window: bytes, messages. */
  window: readonly [number, number];
  /** Largest message the client takes, bytes. */
  max: number;
  /** Subprotocols offered, in order of preference; empty if absent. */
  protocols: readonly string[];
  /** For the application's `authorize`; `undefined` if absent. */
  auth: unknown;
  /** 0 if absent: the client holds another attached transport. */
  choice: number;
  /** Milliseconds since an attempt of this session first carried messages; 0 if absent: none did. */
  age: number;
}

/** `r`: attach, resume (PROTOCOL.md section 4). */
export interface ResumeAttach {
  v: number;
  id: string;
  key: string;
  /** The client has received up to here. */
  got: Position;
  /** The client acknowledges up to here. */
  ack: Position;
  /** For the application's `authorize`; `undefined` if absent. */
  auth: unknown;
  /** 0 if absent: the client holds another attached transport. */
  choice: number;
}

/** `a`: attached (PROTOCOL.md section 4). */
export interface Attached {
  id: string;
  /** The session's secret; only in the answer to `n`. */
  key?: string;
  /** The server has received up to here. */
  got: Position;
  /** The server acknowledges up to here. */
  ack: Position;
  /** Names the server process. */
  instance: string;
  /** The server's receive window: bytes, messages. */
  window: readonly [number, number];
  /** Largest message the server takes, bytes. */
  max: number;
  /** Largest HTTP request body, bytes. */
  body: number;
  /** `intervalMs` and `timeoutMs` of PROTOCOL.md section 8. */
  heartbeat: readonly [number, number];
  /** Longest hold of a request, ms. */
  hold: number;
  /** Resume window, ms. */
  resume: number;
  /** The subprotocol chosen, or `''`. */
  protocol: string;
}

/** `c`: close (PROTOCOL.md section 6). */
export interface CloseInfo {
  /** 1000 to 4999, see `CLOSE`. */
  code: number;
  /** At most 123 UTF-8 bytes. */
  reason: string;
  /** The sender's final position. */
  at: Position;
  /** The sender's final acknowledgement. */
  ack: Position;
  retryAfterMs?: number;
}

/** `x`: close acknowledged (PROTOCOL.md section 6). */
export interface ClosedInfo {
  /** The sender's final acknowledgement. */
  ack: Position;
}

/** `g`: there is no such session (PROTOCOL.md section 6). */
export interface GoneInfo {
  /** 1000 to 4999, see `CLOSE`. */
  code: number;
  reason: string;
  /** The server's final acknowledgement; absent if it is not known. */
  ack?: Position;
  retryAfterMs?: number;
}

/** `e`: this transport is refused or broken (PROTOCOL.md section 7). */
export interface ErrorInfo {
  /** An `ErrorCode`, or one that a later server has. */
  code: string;
  message: string;
  retryAfterMs?: number;
  /** With `ERR_VERSION`: those that the server speaks. */
  versions?: readonly number[];
}

/** How an HTTP request is answered (PROTOCOL.md section 5.2). */
export type AnswerMode = 'poll' | 'hold' | 'stream' | 'send';

/** `q`: first line of every HTTP request body (PROTOCOL.md section 5.2). */
export interface RequestEnvelope {
  v: number;
  /** Names the transport: 1 to 2^31 - 1, random. */
  via: number;
  /** The request's number within the transport; 0 is the attach. */
  n: number;
  as: AnswerMode;
  /** Longest time until the answer ends, ms; 0 if absent. */
  hold: number;
  /** Largest answer wanted, bytes; at least 1,024. */
  size: number;
  /** Begin the answer with a padding line of this many spaces, at most 4,096; 0 if absent. */
  pad: number;
  /** Answer with a ticket for an event stream (PROTOCOL.md section 5.5); `false` if absent. */
  get: boolean;
  /** `''` if absent. */
  id: string;
  /** `''` if absent. */
  key: string;
}

/** `s`: the transport that carries it is chosen (PROTOCOL.md section 4). */
export interface Choice {
  /** 1 or more. */
  choice: number;
  /** The client has received up to here. */
  got: Position;
}

/** First line of an HTTP answer (PROTOCOL.md section 5.3). */
export interface AnswerLine {
  /** The session's public id, or `-` before there is one. */
  id: string;
  /** 0 if the request was refused unread. */
  via: number;
  /** -1 if the request was refused unread. */
  n: number;
}

// Writing. The objects name their members one by one: what else an argument may hold must not get onto the wire.

function formatJson(letter: string, members: object): string {
  // `JSON.stringify` leaves out what is `undefined`, and escapes line breaks.
  return `${letter + JSON.stringify(members)}\n`;
}

/**
 * Writes an `n` packet.
 *
 * @throws whatever `JSON.stringify` throws for an `auth` that JSON can't say, such as one that holds itself.
 */
export function formatNew(x: NewAttach): string {
  return formatJson('n', {
    v: x.v,
    nonce: x.nonce,
    window: x.window,
    max: x.max,
    protocols: x.protocols.length > 0 ? x.protocols : undefined,
    auth: x.auth,
    choice: nonZero(x.choice),
    age: nonZero(x.age),
  });
}

/**
 * Writes an `r` packet.
 *
 * @throws whatever `JSON.stringify` throws for an `auth` that JSON can't say, such as one that holds itself.
 */
export function formatResume(x: ResumeAttach): string {
  return formatJson('r', {
    v: x.v,
    id: x.id,
    key: x.key,
    got: formatPosition(x.got),
    ack: formatPosition(x.ack),
    auth: x.auth,
    choice: nonZero(x.choice),
  });
}

/** Writes an `a` packet. */
export function formatAttached(x: Attached): string {
  return formatJson('a', {
    id: x.id,
    key: x.key,
    got: formatPosition(x.got),
    ack: formatPosition(x.ack),
    instance: x.instance,
    window: x.window,
    max: x.max,
    body: x.body,
    heartbeat: x.heartbeat,
    hold: x.hold,
    resume: x.resume,
    protocol: x.protocol,
  });
}

/** Writes a `c` packet. */
export function formatClose(x: CloseInfo): string {
  return formatJson('c', {
    code: x.code,
    reason: x.reason,
    at: formatPosition(x.at),
    ack: formatPosition(x.ack),
    retryAfterMs: x.retryAfterMs,
  });
}

/** Writes an `x` packet. */
export function formatClosed(x: ClosedInfo): string {
  return formatJson('x', { ack: formatPosition(x.ack) });
}

/** Writes a `g` packet. */
export function formatGone(x: GoneInfo): string {
  return formatJson('g', {
    code: x.code,
    reason: x.reason,
    ack: x.ack && formatPosition(x.ack),
    retryAfterMs: x.retryAfterMs,
  });
}

/** Writes an `e` packet. */
export function formatError(x: ErrorInfo): string {
  return formatJson('e', { code: x.code, message: x.message, retryAfterMs: x.retryAfterMs, versions: x.versions });
}

/** Writes a `q` packet. */
export function formatRequest(x: RequestEnvelope): string {
  return formatJson('q', {
    v: x.v,
    via: x.via,
    n: x.n,
    as: x.as,
    hold: nonZero(x.hold),
    size: x.size,
    pad: nonZero(x.pad),
    get: x.get ? true : undefined,
    id: nonEmpty(x.id),
    key: nonEmpty(x.key),
  });
}

/** Writes an `s` packet. */
export function formatChoice(x: Choice): string {
  return `s${x.choice} ${formatPosition(x.got)}\n`;
}

/** Writes the first line of an HTTP answer. With `via` 0 it is the one to a request that was refused unread, `:- -`. */
export function formatAnswerLine(id: string, via: number, n: number): string {
  return via > 0 ? `:${id} ${via}.${n}\n` : ':- -\n';
}

function nonZero(value: number): number | undefined {
  return value === 0 ? undefined : value;
}

function nonEmpty(value: string): string | undefined {
  return value === '' ? undefined : value;
}

// Reading. Each JSON packet has a table of rules; what the table does not name is ignored.

/** What a rule makes of a member that is of the wrong type or out of range. */
const WRONG = { isWrong: true } as const;

/** Makes a member's value of what JSON says (`undefined` if it is absent), or {@link WRONG}. A result of `undefined` leaves it out. */
type Rule<T> = (value: unknown) => T | typeof WRONG;

type Rules<T> = { readonly [K in keyof T]-?: Rule<T[K]> };

type Members = Record<string, unknown>;

/**
 * Reads the members of an object that the rules name; `null` if it is not one or a member is wrong. With `others`, which has a value for
 * each of them, and a `v` of another version, members that are wrong are taken from there.
 */
function parseJson<T extends object>(content: string, rules: Rules<T>, others?: T): T | null {
  let members: unknown;
  try {
    members = JSON.parse(content);
  } catch {
    return null;
  }
  if (typeof members !== 'object' || members === null || Array.isArray(members)) return null;
  const from = members as Members;
  const result: Members = {};
  const isOther = others !== undefined && isInteger(from['v']) && from['v'] !== PROTOCOL_VERSION;
  const isRight = Object.keys(rules).every((name) => {
    let value = (rules as unknown as Record<string, Rule<unknown>>)[name]?.(from[name]);
    if (value === WRONG && isOther) value = (others as unknown as Members)[name];
    if (value !== undefined) result[name] = value;
    return value !== WRONG;
  });
  return isRight ? (result as T) : null;
}

function isInteger(value: unknown): value is number {
  return typeof value === 'number' && value % 1 === 0;
}

function isCount(value: unknown): value is number {
  return isInteger(value) && value >= 0 && value <= MAX_COUNT;
}

const version: Rule<number> = (value) => (isInteger(value) ? value : WRONG);

const count: Rule<number> = (value) => (isCount(value) ? value : WRONG);

const countOrZero: Rule<number> = (value) => (value === undefined ? 0 : count(value));

const countOrAbsent: Rule<number | undefined> = (value) => (value === undefined ? value : count(value));

const text: Rule<string> = (value) => (typeof value === 'string' ? value : WRONG);

const textOrEmpty: Rule<string> = (value) => (value === undefined ? '' : text(value));

const textOrAbsent: Rule<string | undefined> = (value) => (value === undefined ? value : text(value));

const position: Rule<Position> = (value) => (typeof value === 'string' ? (parsePosition(value) ?? WRONG) : WRONG);

const positionOrAbsent: Rule<Position | undefined> = (value) => (value === undefined ? value : position(value));

const pair: Rule<readonly [number, number]> = (value) =>
  Array.isArray(value) && value.length === 2 && value.every(isCount) ? (value as [number, number]) : WRONG;

const closeCode: Rule<number> = (value) => (isInteger(value) && value >= 1000 && value <= 4999 ? value : WRONG);

const reason: Rule<string> = (value) =>
  typeof value === 'string' && utf8Length(value) <= MAX_REASON_BYTES ? value : WRONG;

const choice: Rule<number> = (value) => (value === 0 ? WRONG : countOrZero(value));

const anything: Rule<unknown> = (value) => value;

const newRules: Rules<NewAttach> = {
  v: version,
  nonce: (value) => (typeof value === 'string' && /^[\w-]{22,64}$/.test(value) ? value : WRONG),
  window: pair,
  max: count,
  protocols: (value) =>
    value === undefined ? [] : Array.isArray(value) && value.every((item) => typeof item === 'string') ? value : WRONG,
  auth: anything,
  choice,
  age: countOrZero,
};

const newDefaults: NewAttach = {
  v: 0,
  nonce: '',
  window: [0, 0],
  max: 0,
  protocols: [],
  auth: undefined,
  choice: 0,
  age: 0,
};

const resumeRules: Rules<ResumeAttach> = {
  v: version,
  id: text,
  key: text,
  got: position,
  ack: position,
  auth: anything,
  choice,
};

const resumeDefaults: ResumeAttach = { v: 0, id: '', key: '', got: ZERO, ack: ZERO, auth: undefined, choice: 0 };

const attachedRules: Rules<Attached> = {
  id: text,
  key: textOrAbsent,
  got: position,
  ack: position,
  instance: text,
  window: pair,
  max: count,
  body: count,
  heartbeat: pair,
  hold: count,
  resume: count,
  protocol: text,
};

const closeRules: Rules<CloseInfo> = {
  code: closeCode,
  reason,
  at: position,
  ack: position,
  retryAfterMs: countOrAbsent,
};

const closedRules: Rules<ClosedInfo> = { ack: position };

const goneRules: Rules<GoneInfo> = {
  code: closeCode,
  reason: text,
  ack: positionOrAbsent,
  retryAfterMs: countOrAbsent,
};

const errorRules: Rules<ErrorInfo> = {
  code: text,
  message: text,
  retryAfterMs: countOrAbsent,
  versions: (value) => (value === undefined ? value : Array.isArray(value) && value.every(isInteger) ? value : WRONG),
};

const requestRules: Rules<RequestEnvelope> = {
  v: version,
  via: (value) => (isCount(value) && value > 0 && value <= 0x7fffffff ? value : WRONG),
  n: count,
  as: (value) => (value === 'poll' || value === 'hold' || value === 'stream' || value === 'send' ? value : WRONG),
  hold: countOrZero,
  size: (value) => (isCount(value) && value >= 1024 ? value : WRONG),
  pad: (value) => (value === undefined ? 0 : isCount(value) && value <= 4096 ? value : WRONG),
  get: (value) => (value === undefined ? false : value === true ? value : WRONG),
  id: textOrEmpty,
  key: textOrEmpty,
};

const requestDefaults: RequestEnvelope = {
  v: 0,
  via: 0,
  n: 0,
  as: 'poll',
  hold: 0,
  size: 0,
  pad: 0,
  get: false,
  id: '',
  key: '',
};

/** Reads an `n` packet. With a `v` other than 1 every other member may be wrong, and has its default then. */
export function parseNew(content: string): NewAttach | null {
  return parseJson(content, newRules, newDefaults);
}

/** Reads an `r` packet. With a `v` other than 1 every other member may be wrong, and has its default then. */
export function parseResume(content: string): ResumeAttach | null {
  return parseJson(content, resumeRules, resumeDefaults);
}

/** Reads an `a` packet. */
export function parseAttached(content: string): Attached | null {
  return parseJson(content, attachedRules);
}

/** Reads a `c` packet. */
export function parseClose(content: string): CloseInfo | null {
  return parseJson(content, closeRules);
}

/** Reads an `x` packet. */
export function parseClosed(content: string): ClosedInfo | null {
  return parseJson(content, closedRules);
}

/** Reads a `g` packet. */
export function parseGone(content: string): GoneInfo | null {
  return parseJson(content, goneRules);
}

/** Reads an `e` packet. */
export function parseError(content: string): ErrorInfo | null {
  return parseJson(content, errorRules);
}

/** Reads a `q` packet. With a `v` other than 1 every other member may be wrong, and has its default then. */
export function parseRequest(content: string): RequestEnvelope | null {
  return parseJson(content, requestRules, requestDefaults);
}

/** Reads an `s` packet. */
export function parseChoice(content: string): Choice | null {
  const space = content.indexOf(' ');
  const number = parseCount(content.slice(0, Math.max(space, 0)));
  const got = parsePosition(content.slice(space + 1));
  return number === null || number === 0 || got === null ? null : { choice: number, got };
}

/** Reads the first line of an HTTP answer. `:- -`, for a request refused unread, has `via` 0 and `n` -1. */
export function parseAnswerLine(content: string): AnswerLine | null {
  if (content === '- -') return { id: '-', via: 0, n: -1 };
  const match = /^(\S+) ([1-9]\d{0,9})\.(0|[1-9]\d{0,15})$/.exec(content);
  if (match === null) return null;
  const via = Number(match[2]);
  const n = Number(match[3]);
  return via > 0x7fffffff || n > MAX_COUNT ? null : { id: match[1] ?? '', via, n };
}
