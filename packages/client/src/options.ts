import { HoldfastError, type ClientSessionOptions, type TransportName } from '@holdfast/protocol';
import type { Trace } from './browser-environment.js';

/** Options of `connect` that are the same on all engines and for all transports. */
export interface CommonOptions extends Omit<ClientSessionOptions, 'transports' | 'memory' | 'wallNow'> {
  /**
   * Whether the transport that worked is remembered for the next session with the same server: in `localStorage` for half an hour, on Node
   * while the process lives. Nothing of a session is ever kept.
   *
   * @defaultValue true
   */
  readonly memory?: boolean;

  /**
   * Told of everything that happens; `debug()` of `@holdfast/client/debug` makes sentences of it. Never given a secret.
   */
  readonly trace?: Trace;
}

/**
 * Checks that every number is a whole one from 1 to 2,147,483,647: beyond that, timers fire at once.
 *
 * @throws HoldfastError `ERR_OPTION`
 */
export function checkOptions(options: object): void {
  const values = options as Readonly<Record<string, unknown>>;
  for (const name in values) {
    const value = values[name];
    if (/(Bytes|Messages|Ms)$/.test(name) && value !== undefined) {
      const isFit = typeof value === 'number' && value >= 1 && value <= 0x7fffffff && value % 1 === 0;
      demand(isFit, name, 'a whole number from 1 to 2147483647', value);
    }
  }
}

/**
 * Makes the transports named, which are all unless an application has chosen.
 *
 * @throws HoldfastError `ERR_OPTION`
 */
export function makeTransports<Made>(
  makers: Readonly<Record<TransportName, () => Made>>,
  names: readonly TransportName[] = Object.keys(makers) as TransportName[],
): Made[] {
  return names.map((name) => {
    demand(name in makers, 'transports', `a list of ${Object.keys(makers).join(', ')}`, name);
    return makers[name]();
  });
}

/** @throws HoldfastError `ERR_OPTION`, unless `isFit`. */
export function demand(isFit: boolean, name: string, range: string, value: unknown): void {
  if (!isFit) throw new HoldfastError('ERR_OPTION', `Option ${name} must be ${range}; it is ${String(value)}.`);
}
