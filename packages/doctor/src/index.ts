import type { TransportName } from '@holdfast/client';
import { examine as examineBy, TRANSPORTS } from './examination.js';
import { nodeWire } from './node/node-wire.js';
import { conclude, type Report } from './report.js';

export type { Advice, BoxKind } from './advice.js';
export type { Finding, Severity } from './diagnosis.js';
export type * from './observations.js';
export { formatReport, type Report, type Verdict } from './report.js';
export type { Failure } from './wire.js';

/** Options of {@link examine}. Times are milliseconds. */
export interface ExamineOptions {
  /** Which transports are tried: all unless given. */
  readonly transports?: readonly TransportName[];
  /** For the server's `authorize`. */
  readonly auth?: unknown;
  /** Sent with every request and handshake: `Cookie`, `Origin`. */
  readonly headers?: Readonly<Record<string, string>>;
  /**
   * How long one step may take.
   *
   * @defaultValue 10,000
   */
  readonly timeoutMs?: number;
  /**
   * How long streams, held requests and idle connections are watched. Limits beyond it are not found.
   *
   * @defaultValue 6,000
   */
  readonly watchMs?: number;
  /**
   * If the server's option `doctor` is off: begin real sessions, which the application will see. They send nothing.
   *
   * @defaultValue false
   */
  readonly allowsSessions?: boolean;
  /** Told what is done next. */
  readonly onStep?: (what: string) => void;
}

/**
 * Tries each transport by itself, looks for what stands in between, and says what to change. It takes as long as `watchMs` and a little more.
 *
 * @example
 * ```ts
 * const report = await examine('https://shop.example/holdfast');
 * console.log(formatReport(report));
 * ```
 */
export async function examine(url: string, options: ExamineOptions = {}): Promise<Report> {
  const { headers = {}, transports = TRANSPORTS, auth, timeoutMs = 10_000, watchMs = 6000 } = options;
  const { allowsSessions = false, onStep = () => undefined } = options;
  const actsAsPage = Object.keys(headers).some((name) => name.toLowerCase() === 'origin');
  const plan = { url, transports, auth, timeoutMs, watchMs, allowsSessions, actsAsPage, onStep };
  return conclude(await examineBy(nodeWire(headers), plan));
}
