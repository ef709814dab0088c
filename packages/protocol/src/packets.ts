import {
  closeCode,
  count,
  isCount,
  isText,
  listOf,
  optional,
  pair,
  parseJson,
  parseVersioned,
  position,
  reason,
  type Rules,
  text,
  version,
  WRONG,
} from './json-rules.js';
import type {
  Attached,
  Choice,
  ClosedInfo,
  CloseInfo,
  ErrorInfo,
  GoneInfo,
  NewAttach,
  RequestEnvelope,
  ResumeAttach,
} from './packet-types.js';
import { formatPosition, parseCount, parsePosition, ZERO, type Position } from './position.js';

export type * from './packet-types.js';

/** The version of the wire protocol that this package speaks. */
export const PROTOCOL_VERSION = 1;

/** Largest `via`, the name of a transport: 2^31 - 1 (PROTOCOL.md section 5.2). */
const MAX_VIA = 0x7fffffff;

/** Members as JSON has them; those named may be absent. */
type Written<T, Optional extends keyof T = never> = {
  readonly [K in Exclude<keyof T, Optional>]: NonNullable<T[K]> extends Position
    ? string | Extract<T[K], undefined>
    : T[K];
} & { readonly [K in Optional]?: T[K] | undefined };

interface WrittenPackets {
  n: Written<NewAttach, 'protocols' | 'auth' | 'choice' | 'age'>;
  r: Written<ResumeAttach, 'auth' | 'choice'>;
  a: Written<Attached, 'key'>;
  c: Written<CloseInfo>;
  x: Written<ClosedInfo>;
  g: Written<GoneInfo>;
  e: Written<ErrorInfo>;
  q: Written<RequestEnvelope, 'hold' | 'pad' | 'get' | 'id' | 'key'>;
}

/**
 * Writes a JSON packet. All that `members` holds gets onto the wire, but what is `undefined`: name them one by one.
 *
 * @throws whatever `JSON.stringify` throws for an `auth` that JSON can't say, such as one that holds itself.
 */
export function formatPacket<L extends keyof WrittenPackets>(letter: L, members: WrittenPackets[L]): string {
  const arrays = Array.prototype as { toJSON?: unknown };
  const { toJSON } = arrays;
  try {
    // Prototype before 1.7 gives arrays one that makes texts of them.
    if (toJSON) arrays.toJSON = undefined;
    // `JSON.stringify` escapes line breaks.
    return `${letter + JSON.stringify(members)}\n`;
  } finally {
    if (toJSON) arrays.toJSON = toJSON;
  }
}

/** Writes an `n` packet. Members that may be absent are left out where they have their defaults. */
export function formatNew(x: NewAttach): string {
  const { v, nonce, window, max, auth } = x;
  const protocols = x.protocols.length > 0 ? x.protocols : undefined;
  return formatPacket('n', { v, nonce, window, max, protocols, auth, choice: nonZero(x.choice), age: nonZero(x.age) });
}

/** Writes an `r` packet, like {@link formatNew}. */
export function formatResume(x: ResumeAttach): string {
  const { v, id, key, auth } = x;
  const got = formatPosition(x.got);
  return formatPacket('r', { v, id, key, got, ack: formatPosition(x.ack), auth, choice: nonZero(x.choice) });
}

/** Writes a `q` packet, like {@link formatNew}. What may be absent on the wire may be here. */
export function formatRequest(
  x: Pick<RequestEnvelope, 'v' | 'via' | 'n' | 'as' | 'size'> & Partial<RequestEnvelope>,
): string {
  return formatPacket('q', {
    v: x.v,
    via: x.via,
    n: x.n,
    as: x.as,
    hold: nonZero(x.hold),
    size: x.size,
    pad: nonZero(x.pad),
    get: x.get === false ? undefined : x.get,
    id: nonEmpty(x.id),
    key: nonEmpty(x.key),
  });
}

/** Writes an `a` packet. */
export function formatAttached(x: Attached): string {
  return formatPacket('a', {
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
  return formatPacket('c', {
    code: x.code,
    reason: x.reason,
    at: formatPosition(x.at),
    ack: formatPosition(x.ack),
    retryAfterMs: x.retryAfterMs,
  });
}

/** Writes a `g` packet. */
export function formatGone(x: GoneInfo): string {
  return formatPacket('g', {
    code: x.code,
    reason: x.reason,
    ack: x.ack && formatPosition(x.ack),
    retryAfterMs: x.retryAfterMs,
  });
}

/** Writes an `e` packet. */
export function formatError(x: ErrorInfo): string {
  return formatPacket('e', { code: x.code, message: x.message, retryAfterMs: x.retryAfterMs, versions: x.versions });
}

/** Writes an `s` packet. */
export function formatChoice(x: Choice): string {
  return `s${x.choice} ${formatPosition(x.got)}\n`;
}

/** Writes the first line of an HTTP answer. With `via` 0 it is the one to a request that was refused unread, `:- -`. */
export function formatAnswerLine(id: string, via: number, n: number): string {
  return via > 0 ? `:${id} ${via}.${n}\n` : ':- -\n';
}

function nonZero(value: number | undefined): number | undefined {
  return value === 0 ? undefined : value;
}

function nonEmpty(value: string | undefined): string | undefined {
  return value === '' ? undefined : value;
}

// Reading. Each JSON packet has a table of rules; what the table does not name is ignored.

function countOrZero(value: unknown): number | typeof WRONG {
  return optional(value, count, 0);
}

function countOrAbsent(value: unknown): number | undefined | typeof WRONG {
  return optional(value, count, undefined);
}

function textOrEmpty(value: unknown): string | typeof WRONG {
  return optional(value, text, '');
}

/** A choice is 1 or more; 0 is how its absence is told. */
function choiceOrZero(value: unknown): number | typeof WRONG {
  return value === 0 ? WRONG : countOrZero(value);
}

/** What the application put there. */
function anything(value: unknown): unknown {
  return value;
}

const newRules: Rules<NewAttach> = {
  v: version,
  nonce: (value) => (typeof value === 'string' && /^[\w-]{22,64}$/.test(value) ? value : WRONG),
  window: pair,
  max: count,
  protocols: (value) => optional(value, (list) => listOf(list, isText), []),
  auth: anything,
  choice: choiceOrZero,
  age: countOrZero,
};

const newDefaults: NewAttach = {
  v: PROTOCOL_VERSION,
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
  choice: choiceOrZero,
};

const resumeDefaults: ResumeAttach = {
  v: PROTOCOL_VERSION,
  id: '',
  key: '',
  got: ZERO,
  ack: ZERO,
  auth: undefined,
  choice: 0,
};

const attachedRules: Rules<Attached> = {
  id: text,
  key: (value) => optional(value, text, undefined),
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
  ack: (value) => optional(value, position, undefined),
  retryAfterMs: countOrAbsent,
};

// Nobody reads `versions`: there is one to speak.
const errorRules: Rules<Omit<ErrorInfo, 'versions'>> = {
  code: text,
  message: text,
  retryAfterMs: countOrAbsent,
};

const requestRules: Rules<RequestEnvelope> = {
  v: version,
  via: (value) => (isCount(value) && value > 0 && value <= MAX_VIA ? value : WRONG),
  n: count,
  as: (value) => (value === 'poll' || value === 'hold' || value === 'stream' || value === 'send' ? value : WRONG),
  hold: countOrZero,
  size: (value) => (isCount(value) && value >= 1024 ? value : WRONG),
  pad: (value) => (isCount(value) && value > 4096 ? WRONG : countOrZero(value)),
  get: (value) =>
    value === true || (typeof value === 'string' && /^[\w-]{22,64}$/.test(value))
      ? value
      : optional(value, () => WRONG, false),
  id: textOrEmpty,
  key: textOrEmpty,
};

const requestDefaults: RequestEnvelope = {
  v: PROTOCOL_VERSION,
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
  return parseVersioned(content, newRules, newDefaults);
}

/** Reads an `r` packet. With a `v` other than 1 every other member may be wrong, and has its default then. */
export function parseResume(content: string): ResumeAttach | null {
  return parseVersioned(content, resumeRules, resumeDefaults);
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
  return parseVersioned(content, requestRules, requestDefaults);
}

/** Reads an `s` packet. */
export function parseChoice(content: string): Choice | null {
  const space = content.indexOf(' ');
  const number = parseCount(content.slice(0, Math.max(space, 0)));
  const got = parsePosition(content.slice(space + 1));
  return number === null || number === 0 || got === null ? null : { choice: number, got };
}
