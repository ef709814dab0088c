import { inspect, isDeepStrictEqual } from 'node:util';
import { ATTACH_MESSAGES, DEFAULTS, HoldfastError } from '@holdfast/protocol';
import type { Hosts } from './host-policy.js';
import type { Authorize, CloseOptions, LimitOptions, ServerOptions, TimeOptions } from './options.js';

/** Options with every value in place. `hosts` is `undefined` where the default goes by the listener. */
export type Settings = Readonly<
  Required<Omit<ServerOptions, 'authorize' | 'hosts' | 'maxSessionsPerAddress'>> & {
    authorize: Authorize | null;
    hosts: Hosts;
    maxSessionsPerAddress: number;
  }
>;

type NumberName = Exclude<keyof (TimeOptions & LimitOptions), 'maxSessionsPerAddress'>;

interface Range {
  readonly value: number;
  readonly min: number;
  readonly max: number;
}

const HOUR_MS = 3_600_000;
const MIB = 1_048_576;
const GIB = 1024 * MIB;
const MAX_SESSIONS_PER_ADDRESS = 1000;

const NUMBERS: Readonly<Record<NumberName, Range>> = {
  resumeWindowMs: { value: DEFAULTS.resumeWindowMs, min: 1000, max: 24 * HOUR_MS },
  heartbeatIntervalMs: { value: DEFAULTS.heartbeatIntervalMs, min: 100, max: HOUR_MS },
  heartbeatTimeoutMs: { value: DEFAULTS.heartbeatTimeoutMs, min: 100, max: HOUR_MS },
  holdMs: { value: DEFAULTS.holdMs, min: 1000, max: 600_000 },
  handshakeTimeoutMs: { value: DEFAULTS.attachTimeoutMs, min: 100, max: 600_000 },
  bodyTimeoutMs: { value: 10_000, min: 100, max: 600_000 },
  closeTimeoutMs: { value: DEFAULTS.closeTimeoutMs, min: 100, max: 600_000 },
  maxMessageBytes: { value: DEFAULTS.maxMessageBytes, min: 1024, max: GIB },
  maxBodyBytes: { value: DEFAULTS.maxBodyBytes, min: DEFAULTS.maxFirstBytes, max: 64 * MIB },
  maxTotalBodyBytes: { value: 64 * MIB, min: DEFAULTS.maxFirstBytes, max: 1024 * GIB },
  windowBytes: { value: DEFAULTS.windowBytes, min: DEFAULTS.attachBytes, max: 64 * MIB },
  windowMessages: { value: DEFAULTS.windowMessages, min: ATTACH_MESSAGES, max: MIB },
  highWaterMarkBytes: { value: DEFAULTS.highWaterMarkBytes, min: 1, max: 1024 * GIB },
  maxBufferedBytes: { value: DEFAULTS.maxBufferedBytes, min: 1024, max: 1024 * GIB },
  maxBufferedMessages: { value: DEFAULTS.maxBufferedMessages, min: 1, max: MIB },
  maxTotalBufferedBytes: { value: 512 * MIB, min: 1024, max: 1024 * GIB },
  maxSessions: { value: 100_000, min: 1, max: 10_000_000 },
  maxTombstones: { value: 100_000, min: 1, max: 10_000_000 },
};

/** Each is at most the next, and so is its default. */
const AT_MOST: readonly (readonly [NumberName, NumberName])[] = [
  ['maxBufferedBytes', 'maxTotalBufferedBytes'],
  ['maxMessageBytes', 'maxBufferedBytes'],
  ['highWaterMarkBytes', 'maxBufferedBytes'],
  ['maxBodyBytes', 'maxTotalBodyBytes'],
];

const OTHER_NAMES: readonly string[] = [
  'path',
  'origins',
  'hosts',
  'authorize',
  'sameUser',
  'protocols',
  'trustProxy',
  'jsonp',
  'serveClient',
  'doctor',
  'maxSessionsPerAddress',
] satisfies (keyof ServerOptions)[];

/**
 * Copies options, fills in what is missing, checks each value and how they go together, and freezes the result.
 *
 * @throws {@link HoldfastError} `ERR_OPTION`, naming option, value and range.
 */
export function settle(options: ServerOptions): Settings {
  for (const [name, value] of Object.entries(options)) {
    if (!(name in NUMBERS) && !OTHER_NAMES.includes(name))
      fail(name, 'is no option of Server: is it spelt right?', value);
  }
  return Object.freeze({
    ...settleNumbers(options),
    ...settleAccess(options),
    maxSessionsPerAddress: settlePerAddress(options.maxSessionsPerAddress),
  });
}

/** The same for the options of `close`. */
export function settleClose(options: CloseOptions): Required<CloseOptions> {
  return {
    drainMs: checkNumber('drainMs', or(options.drainMs, 5000), 0, 600_000),
    retryAfterMs: checkNumber('retryAfterMs', or(options.retryAfterMs, 1000), 0, HOUR_MS),
    spreadMs: checkNumber('spreadMs', or(options.spreadMs, 5000), 0, HOUR_MS),
  };
}

/** Checks a path of the endpoint. */
export function checkPath(path: unknown): string {
  if (typeof path === 'string' && /^\/[^?#\s]*[^?#\s/]$/.test(path)) return path;
  return fail('path', "must begin with a slash and not end with one, such as '/holdfast'", path);
}

function settleNumbers(options: ServerOptions): Record<NumberName, number> {
  const names = Object.keys(NUMBERS) as NumberName[];
  const numbers = Object.fromEntries(
    names.map((name) => {
      const { value, min, max } = NUMBERS[name];
      return [name, checkNumber(name, or(options[name], value), min, max)];
    }),
  ) as Record<NumberName, number>;
  for (const [name, limit] of AT_MOST) {
    if (numbers[name] <= numbers[limit]) continue;
    if (options[name] !== undefined) fail(name, `must be at most ${limit}, which is ${numbers[limit]}`, numbers[name]);
    numbers[name] = numbers[limit];
  }
  return numbers;
}

function settleAccess(options: ServerOptions): Omit<Settings, NumberName | 'maxSessionsPerAddress'> {
  const { origins = [], protocols = [], trustProxy = false, serveClient = false, doctor = false, hosts } = options;
  if (typeof trustProxy !== 'function' && trustProxy !== false) checkNumber('trustProxy', trustProxy, 1, 100);
  checkFile('serveClient', serveClient);
  checkFile('doctor', doctor);
  const jsonp: unknown = or(options.jsonp, false);
  if (typeof jsonp !== 'boolean') fail('jsonp', 'must be true or false', jsonp);
  return {
    path: checkPath(or(options.path, '/holdfast')),
    origins: origins === '*' || typeof origins === 'function' ? origins : checkList('origins', origins, checkOrigin),
    hosts: hosts === undefined || hosts === false ? hosts : checkList('hosts', hosts, checkHost),
    authorize: options.authorize === undefined ? null : checkFunction('authorize', options.authorize),
    sameUser: checkFunction('sameUser', or(options.sameUser, isDeepStrictEqual)),
    protocols: typeof protocols === 'function' ? protocols : checkList('protocols', protocols, checkProtocol),
    trustProxy,
    jsonp,
    serveClient,
    doctor,
  };
}

function settlePerAddress(value: number | false | undefined): number {
  if (value === false) return Number.MAX_SAFE_INTEGER;
  return checkNumber('maxSessionsPerAddress', or(value, MAX_SESSIONS_PER_ADDRESS), 1, 10_000_000);
}

function checkNumber(name: string, value: unknown, min: number, max: number): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max) return value;
  return fail(name, `must be an integer from ${min} to ${max}`, value);
}

function checkFile(name: string, value: unknown): void {
  if (typeof value === 'boolean' || (typeof value === 'string' && value !== '')) return;
  fail(name, 'must be true, false, or the path of a file', value);
}

function checkFunction<T>(name: string, value: T): T {
  return typeof value === 'function' ? value : fail(name, 'must be a function', value);
}

function checkList(name: string, value: unknown, check: (item: unknown) => string): readonly string[] {
  return Array.isArray(value) ? Object.freeze(value.map(check)) : fail(name, 'must be an array or a function', value);
}

function checkOrigin(origin: unknown): string {
  if (typeof origin === 'string' && (origin === 'null' || isExactOrigin(origin))) return origin;
  return fail(
    'origins',
    "must hold exact origins such as 'https://shop.example', without path or default port, or 'null'",
    origin,
  );
}

function isExactOrigin(origin: string): boolean {
  if (!/^[a-z][a-z0-9+.-]*:\/\/[^/?#@\s*]*$/.test(origin)) return false;
  // Other schemes (`app://`, `capacitor://localhost`) have no origin that `URL` knows of.
  return !/^https?:/.test(origin) || (URL.canParse(origin) && new URL(origin).origin === origin);
}

function checkHost(host: unknown): string {
  if (typeof host === 'string' && /^[a-z0-9._:-]+$/.test(host) && !/^[^:]+:\d*$/.test(host)) return host;
  return fail(
    'hosts',
    "must hold names in lower case without port, such as 'shop.example', or addresses without brackets",
    host,
  );
}

function checkProtocol(protocol: unknown): string {
  return typeof protocol === 'string' && protocol !== '' ? protocol : fail('protocols', 'must hold names', protocol);
}

/** Not `??`: a `null` that got lost from somewhere is a mistake. */
function or<T>(value: T | undefined, other: T): T {
  return value === undefined ? other : value;
}

function fail(name: string, what: string, value: unknown): never {
  throw new HoldfastError(
    'ERR_OPTION',
    `option ${name} ${what}; it is ${inspect(value, { depth: 0, breakLength: Infinity })}`,
  );
}
