import { formatRequest, formatResume, PROTOCOL_VERSION, ZERO } from '@holdfast/protocol';
import { describe, type Courier, type Reply } from '../courier.js';
import type { Knock, Observations, UpgradeSeen } from '../observations.js';
import type { Target } from '../raw-session.js';
import { errorIn, isGoneIn } from '../reading.js';
import type { Handshake } from '../wire.js';

/** Whoever has this id and key has nothing: no server gives them away. */
const NOBODY = { id: 'holdfast-doctor', key: 'holdfast-doctor' } as const;

/**
 * The body of a request for a session that isn't there. Any server answers it at once (`g`), before it asks the application anything. With `bytes`
 * it is that long.
 */
function knockBody(n: number, bytes = 0): string {
  const envelope = formatRequest({
    ...{ v: PROTOCOL_VERSION, via: 1, n, as: 'poll', hold: 0, size: 65_536, pad: 0, get: false },
    ...NOBODY,
  });
  const filling = bytes - envelope.length - 4;
  return `${envelope}${filling > 0 ? `t${'x'.repeat(filling)}\n` : ''}.\n`;
}

/** Knocks once; the number makes requests differ. It is good only if the server says what it says to strangers: a body that was cut gets an error. */
export async function knockOnce(
  { courier, timeoutMs }: Pick<Target, 'courier' | 'timeoutMs'>,
  url: string,
  n = 1,
  bytes = 0,
): Promise<Reply> {
  const reply = await courier.post(url, knockBody(n, bytes), `1.${n}`, timeoutMs);
  return { ...reply, isGood: reply.isGood && isGoneIn(reply.reading?.packets ?? []) };
}

const TRIES = 3;

/** Knocks, and says what was behind the door. What fails once may be chance. */
export async function knock(courier: Courier, url: string, timeoutMs: number): Promise<Knock> {
  let seen = await knockAgain(courier, url, timeoutMs);
  for (let tries = 1; tries < TRIES && isWorthAnother(seen); tries++) {
    seen = await knockAgain(courier, url, timeoutMs);
    if (!isWorthAnother(seen)) courier.chanceCount++;
  }
  return seen;
}

/** Whether it may go otherwise the next time: it does not where nobody listens, or a certificate is wrong. */
function isWorthAnother(seen: Knock): boolean {
  if (seen.outcome === 'foreign') return seen.answer.status !== 404;
  return seen.outcome === 'failed' && /^(CUT|ECONNRESET|EPIPE)$/.test(seen.failure.code);
}

async function knockAgain(courier: Courier, url: string, timeoutMs: number): Promise<Knock> {
  const { answer, reading } = await knockOnce({ courier, timeoutMs }, url);
  if (reading) {
    const error = errorIn(reading.packets);
    if (error) return { outcome: 'refused', code: error.code, message: error.message };
    if (isGoneIn(reading.packets)) return { outcome: 'ours', ms: answer.endMs };
  }
  if (answer.failure && (answer.status === 0 || reading)) return { outcome: 'failed', failure: answer.failure };
  return { outcome: 'foreign', answer: describe(answer) };
}

/** Whether pages of the address itself are let in: a proxy that replaces `Host` makes foreigners of them. */
export async function knockAsPage(courier: Courier, url: string, timeoutMs: number): Promise<Observations['ownPages']> {
  const { origin } = new URL(url);
  const { reading } = await courier.post(url, knockBody(7), '1.7', timeoutMs, { origin });
  if (!reading) return null;
  return errorIn(reading.packets)?.code === 'ERR_ORIGIN' ? 'refused' : 'let in';
}

/** The same by WebSocket. */
export async function knockByWebSocket(courier: Courier, url: string, timeoutMs: number): Promise<UpgradeSeen> {
  const { wire } = courier;
  const handshake = await wire.handshake(url, timeoutMs);
  if (handshake.kind !== 'open') return unopened(courier, handshake, timeoutMs);
  const { socket, ms: openMs } = handshake;
  const startedAt = wire.now();
  socket.send(formatResume({ v: PROTOCOL_VERSION, ...NOBODY, got: ZERO, ack: ZERO, auth: undefined, choice: 1 }));
  const frame = await socket.next(timeoutMs);
  const ms = Math.round(wire.now() - startedAt);
  const closeCode = socket.closeCode();
  socket.close();
  if (frame === null) {
    return closeCode === null ? { outcome: 'mute', waitedMs: ms } : { outcome: 'closed', code: closeCode };
  }
  const packets = frame.split('\n');
  const error = errorIn(packets);
  if (error) return { outcome: 'refused', code: error.code, message: error.message };
  return { outcome: 'ours', openMs, ms };
}

function unopened(courier: Courier, handshake: Exclude<Handshake, { kind: 'open' }>, waitedMs: number): UpgradeSeen {
  if (handshake.kind === 'failed') {
    const { failure } = handshake;
    return failure.code === 'TIMEOUT' ? { outcome: 'black-hole', waitedMs } : { outcome: 'failed', failure };
  }
  const { answer } = handshake;
  courier.noteHeaders(answer.headers);
  // What our server says to a GET (426), and to handshakes that it refuses (403).
  if (answer.status === 426 && /Holdfast|WebSocket/.test(answer.text)) return { outcome: 'stripped' };
  const refusal = /^(ERR_[A-Z]+): (.*)/.exec(answer.text);
  if (refusal) return { outcome: 'refused', code: refusal[1] ?? '', message: refusal[2] ?? '' };
  return { outcome: 'foreign', answer: describe(answer) };
}
