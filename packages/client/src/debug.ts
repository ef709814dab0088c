import type { Trace } from './browser-environment.js';

type Detail = Readonly<Record<string, unknown>>;

/** What people call them. */
const NAMES: Readonly<Record<string, string>> = {
  websocket: 'WebSocket',
  streaming: 'Streaming',
  'long-polling': 'Long polling',
  polling: 'Polling',
};

/** A sentence for each event of the core and of the session; `null` for what is no part of the story. */
const SENTENCES: Readonly<Record<string, (detail: Detail, it: string) => string | null>> = {
  attempt: (_detail, it) => `Trying ${it}.`,
  failed: ({ why }, it) => `${it} did not attach: ${text(why)}.`,
  attached: ({ session, ms, isRaced }, it) =>
    isRaced === true
      ? `${it} attached as well, after ${duration(ms)}.`
      : `${it} attached to session ${text(session)} after ${duration(ms)}.`,
  'late worse transport': (_detail, it) => `${it} came too late and is not needed.`,
  lost: ({ why }, it) => `${it} is lost: ${text(why)}.`,
  broken: ({ error }, it) => `${it} brought what it can't have been given (${text(error)}): it is given up.`,
  silent: (_detail, it) => `${it} does not answer: it counts as dead.`,
  slept: ({ ms }) =>
    `This engine slept for ${duration(ms)}: deadlines move by as much, and the server is asked for a sign of life.`,
  gone: ({ session, code, reason }) => `The server does not have session ${text(session)}${why(code, reason)}.`,
  instance: ({ was, is }) =>
    `Another server process answers (${text(is)}, before ${text(was)}): it restarted, or requests of one session reach several processes.`,
  // Told at each look, so only for the first.
  window: (detail) =>
    (detail as unknown) === false ? 'The server takes no more until it has handled what it has.' : null,
  open: () => 'The session is open.',
  transport: ({ name }, it) =>
    name === null ? 'Nothing carries the session now: messages wait.' : `${it} carries the session.`,
  problem({ attempt, nextTryMs }) {
    return typeof nextTryMs === 'number' && nextTryMs > 0
      ? `Nothing got through (${text(attempt)} in a row): trying again in ${duration(nextTryMs)}.`
      : null;
  },
  drain: () => 'There is room for messages again.',
  reset: ({ code, reason, unconfirmed }) =>
    `The session has ended${why(code, reason)}, and a new one begins. ${lossOf(unconfirmed)}`,
  close: ({ code, reason, unconfirmed }) => `The session is closed${why(code, reason)}. ${lossOf(unconfirmed)}`,
};

/**
 * Makes a `trace` option that tells the story of a connection in plain sentences, with the time since its beginning. It never shows
 * messages or secrets.
 *
 * @param log - where the sentences go; the console unless given
 * @example
 * ```ts
 * import { connect } from '@holdfast/client';
 * import { debug } from '@holdfast/client/debug';
 *
 * connect('/holdfast', { trace: debug() });
 * // holdfast +0 ms: Trying WebSocket.
 * // holdfast +130 ms: Trying Streaming.
 * // holdfast +138 ms: Streaming attached to session kd83hs after 8 ms.
 * ```
 */
export function debug(log: (line: string) => void = toConsole): Trace {
  const startedAt = Date.now();
  let last = '';
  return (event, detail) => {
    const sentence = sentenceFor(event, detail);
    if (sentence === null || (event === 'window' && sentence === last)) return;
    last = sentence;
    log(`holdfast +${duration(Date.now() - startedAt)}: ${sentence}`);
  };
}

function sentenceFor(event: string, detail: unknown): string | null {
  const make = Object.prototype.hasOwnProperty.call(SENTENCES, event) ? SENTENCES[event] : undefined;
  if (!make) return detail === undefined ? event : `${event} ${JSON.stringify(detail)}`;
  const fields = (detail ?? {}) as Detail;
  const transport = text(fields['transport'] ?? fields['name']);
  return make(fields, NAMES[transport] ?? transport);
}

function why(code: unknown, reason: unknown): string {
  return reason === '' ? ` (${text(code)})` : ` (${text(code)}: ${text(reason)})`;
}

function lossOf(unconfirmed: unknown): string {
  const count = Array.isArray(unconfirmed) ? unconfirmed.length : 0;
  return count === 0
    ? 'Every message is known to have arrived.'
    : `${count} ${count === 1 ? 'message is' : 'messages are'} not known to have arrived.`;
}

function duration(ms: unknown): string {
  const value = Number(ms);
  return value < 1000 ? `${Math.round(value)} ms` : `${(value / 1000).toFixed(1)} s`;
}

function text(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : 'unknown';
}

function toConsole(line: string): void {
  // eslint-disable-next-line no-console -- writing there is what it is for
  console.log(line);
}
