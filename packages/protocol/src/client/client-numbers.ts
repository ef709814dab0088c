import {
  ATTACH_TIMEOUT_MS,
  CLOSE_TIMEOUT_MS,
  HIGH_WATER_MARK_BYTES,
  MAX_BUFFERED_BYTES,
  MAX_BUFFERED_MESSAGES,
  MAX_MESSAGE_BYTES,
  WINDOW_BYTES,
  WINDOW_MESSAGES,
} from '../defaults.js';
import type { SessionLimits } from '../session-types.js';

/** The numbers among the options of a client session. */
export interface ClientNumbers extends SessionLimits {
  readonly attachTimeoutMs: number;
  readonly pollMinMs: number;
  readonly pollMaxMs: number;
}

const DEFAULTS = {
  windowBytes: WINDOW_BYTES,
  windowMessages: WINDOW_MESSAGES,
  maxMessageBytes: MAX_MESSAGE_BYTES,
  highWaterMarkBytes: HIGH_WATER_MARK_BYTES,
  maxBufferedBytes: MAX_BUFFERED_BYTES,
  maxBufferedMessages: MAX_BUFFERED_MESSAGES,
  closeTimeoutMs: CLOSE_TIMEOUT_MS,
  attachTimeoutMs: ATTACH_TIMEOUT_MS,
  pollMinMs: 100,
  pollMaxMs: 5000,
};

/** All numbers of a client session: those given, and the defaults of the others. Nothing is checked. */
export function numbersOf(options: { readonly [Name in keyof ClientNumbers]?: number | undefined }): ClientNumbers {
  const numbers = { ...DEFAULTS };
  for (const name of Object.keys(numbers) as (keyof ClientNumbers)[]) {
    const { [name]: number = numbers[name] } = options;
    numbers[name] = number;
  }
  return numbers;
}
