import type { ClientSession, TransportName } from '@holdfast/client';
import type { TransportSeen } from '../observations.js';
import type { Target } from '../raw-session.js';
import { seconds } from '../words.js';

const ROUND_TRIPS = 5;

/** A session of the public client with one transport. With `canEcho` there is the doctor's endpoint behind it, which sends messages back. */
export async function tryTransport(target: Target, name: TransportName, canEcho: boolean): Promise<TransportSeen> {
  const { wire } = target.courier;
  const startedAt = wire.now();
  const sinceStart = (): number => Math.round(wire.now() - startedAt);
  const session = wire.connect(target.url, name, target.auth);
  const hints: string[] = [];
  session.on('problem', ({ hint }) => hints.push(hint));
  const echoes = new Echoes(session);
  const seen = {
    attachMs: null as number | null,
    firstEchoMs: null as number | null,
    roundTripMs: null as number | null,
  };
  const opened = new Promise<boolean>((resolve) => {
    session.once('open', () => {
      seen.attachMs = sinceStart();
      resolve(true);
    });
    session.once('close', ({ code, reason }) => {
      hints.push(`closed with ${code}${reason === '' ? '' : `: ${reason}`}`);
      resolve(false);
    });
  });
  const first = canEcho ? echoes.send('first') : null;
  const isOpen = await inTime(opened, target.timeoutMs, false);
  if (isOpen && first) {
    const came = await inTime(first, target.timeoutMs, false);
    if (came) seen.firstEchoMs = sinceStart();
    else hints.push('its first message did not come back');
    if (came) seen.roundTripMs = await medianRoundTrip(target, echoes);
  }
  await end(session);
  const works = isOpen && (!canEcho || seen.firstEchoMs !== null);
  return { name, works, ...seen, why: works ? '' : (hints.at(-1) ?? `no session within ${seconds(target.timeoutMs)}`) };
}

async function medianRoundTrip({ courier: { wire }, timeoutMs }: Target, echoes: Echoes): Promise<number | null> {
  const times: number[] = [];
  for (let index = 0; index < ROUND_TRIPS; index++) {
    const sentAt = wire.now();
    if (!(await inTime(echoes.send(`trip ${index}`), timeoutMs, false))) return null;
    times.push(wire.now() - sentAt);
  }
  times.sort((a, b) => a - b);
  return Math.round((times[Math.floor(ROUND_TRIPS / 2)] ?? 0) * 10) / 10;
}

/** Messages that are to come back. */
class Echoes {
  readonly #session: ClientSession;
  readonly #waiting = new Map<string, () => void>();

  constructor(session: ClientSession) {
    this.#session = session;
    session.on('message', (data) => this.#waiting.get(String(data))?.());
  }

  send(text: string): Promise<boolean> {
    this.#session.send(text);
    return new Promise((resolve) => this.#waiting.set(text, () => resolve(true)));
  }
}

/** Ends a session without waiting for what may never come. */
function end(session: ClientSession): Promise<void> {
  if (session.state === 'closed') return Promise.resolve();
  const ended = new Promise<void>((resolve) => session.once('close', () => resolve()));
  session.close();
  // Where nothing gets through, nobody hears the goodbye.
  if (session.transport === null) session.use([]);
  return inTime(ended, 1000, undefined);
}

/** What a promise gives, or something else if that takes too long. */
async function inTime<T>(promise: Promise<T>, ms: number, other: T): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<T>((resolve) => {
    timer = setTimeout(() => resolve(other), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
