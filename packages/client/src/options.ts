import { HoldfastError, numbersOf, type TransportName } from '@holdfast/protocol';
import type { Trace } from './browser-environment.js';

/**
 * Options of `connect` that are the same on all engines. Numbers are whole, from 1 to 2,147,483,647; sizes are bytes of content: UTF-8 for
 * text.
 */
export interface CommonOptions {
  /**
   * What the server's `authorize` decides by, as far as JSON can say it: a value, or a function that returns or promises one. The function
   * is called for every attempt to attach, so a token that expires is best given by it. It goes in a body, never in a URL.
   *
   * @defaultValue none
   */
  readonly auth?: unknown;

  /**
   * Subprotocols this client speaks, the preferred one first. The server chooses; see `session.protocol`.
   *
   * @defaultValue none
   */
  readonly protocols?: readonly string[];

  /**
   * Whether a session that ends for a reason that trying again mends (the server restarted, the resume window passed) is followed by a new
   * one: `reset` tells, and nothing is carried over. `false`: `close` instead.
   *
   * @defaultValue true
   */
  readonly renew?: boolean;

  /**
   * How many bytes the server may send beyond what this side has handled. Bounds what a paused session, or a slow listener, keeps in memory.
   *
   * @defaultValue 1,048,576
   */
  readonly windowBytes?: number;

  /**
   * The same in messages.
   *
   * @defaultValue 16,384
   */
  readonly windowMessages?: number;

  /**
   * Largest message, in both directions. `send` throws at a larger one; a server that sends one ends the session with 1009. Not above
   * `maxBufferedBytes`. The server has a limit of its own, and the smaller one counts.
   *
   * @defaultValue 4,194,304
   */
  readonly maxMessageBytes?: number;

  /**
   * What waits for the server's acknowledgement before `send` returns `false`; `drain` follows at half of it. Not above `maxBufferedBytes`.
   *
   * @defaultValue 1,048,576
   */
  readonly highWaterMarkBytes?: number;

  /**
   * What may wait at most: beyond it `send` throws. Messages sent while the session is away count as well.
   *
   * @defaultValue 8,388,608
   */
  readonly maxBufferedBytes?: number;

  /**
   * The same in messages.
   *
   * @defaultValue 16,384
   */
  readonly maxBufferedMessages?: number;

  /**
   * How long `close` waits for what was sent before it to be handled, ms. After that `close` tells what is not known to have arrived.
   *
   * @defaultValue 10,000
   */
  readonly closeTimeoutMs?: number;

  /**
   * How long one attempt to attach may take, ms. It holds up nothing: the next transport starts beside it long before.
   *
   * @defaultValue 10,000
   */
  readonly attachTimeoutMs?: number;

  /**
   * Plain polling: pause between two polls while messages flow, ms. Not above `pollMaxMs`.
   *
   * @defaultValue 100
   */
  readonly pollMinMs?: number;

  /**
   * Plain polling: pause to which it grows while nothing happens, ms.
   *
   * @defaultValue 5000
   */
  readonly pollMaxMs?: number;

  /**
   * Whether the transport that worked is remembered for the next session with the same server: in `localStorage` for half an hour, on Node
   * while the process lives. Nothing of a session is ever kept.
   *
   * @defaultValue true
   */
  readonly memory?: boolean;

  /**
   * Told of everything that happens; `debug()` of `@holdfast/client/debug` makes sentences of it. It is never given a secret.
   *
   * @defaultValue none
   */
  readonly trace?: Trace;
}

/**
 * Checks that every number is a whole one from 1 to 2,147,483,647 (beyond that, timers fire at once), and that pairs are in order.
 *
 * @throws HoldfastError `ERR_OPTION`
 */
export function checkOptions(options: CommonOptions): void {
  const numbers = numbersOf(options);
  for (const name of Object.keys(numbers) as (keyof typeof numbers)[]) {
    const value: unknown = numbers[name];
    const isFit = typeof value === 'number' && value >= 1 && value <= 0x7fffffff && value % 1 === 0;
    demand(isFit, name, 'a whole number from 1 to 2147483647', value);
  }
  for (const low of ['maxMessageBytes', 'highWaterMarkBytes', 'pollMinMs'] as const) {
    const high = low === 'pollMinMs' ? 'pollMaxMs' : 'maxBufferedBytes';
    demand(numbers[low] <= numbers[high], low, `at most ${high}`, numbers[low]);
  }
}

/**
 * Makes the transports named, which are all unless an application has chosen.
 *
 * @throws HoldfastError `ERR_OPTION`
 */
export function makeTransports<Made>(
  makers: Readonly<Record<TransportName, () => Made>>,
  names?: readonly TransportName[],
): Made[] {
  const known = Object.keys(makers);
  const range = `a list of ${known.join(', ')}`;
  return (names ?? (known as TransportName[])).map((name) => {
    demand(known.indexOf(name) >= 0, 'transports', range, name);
    return makers[name]();
  });
}

/** @throws HoldfastError `ERR_OPTION`, unless `isFit`. */
export function demand(isFit: boolean, name: string, range: string, value: unknown): void {
  if (!isFit) throw new HoldfastError('ERR_OPTION', `Option ${name} must be ${range}; it is ${String(value)}.`);
}
