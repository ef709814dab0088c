import { describe } from '../courier.js';
import type { HoldSeen, IdleSeen, Observations, StreamSeen } from '../observations.js';
import { newPacket, RawSession, type Target } from '../raw-session.js';
import { pause } from '../wire.js';
import { knockOnce } from './knock.js';

/** When something is said on a stream that has been quiet. */
const QUIET_MS = 400;

/** Beyond what was asked for an answer may take this long. */
const GRACE_MS = 4000;

/** How long a ping may take. */
const PONG_MS = 5000;

/** Reads a stream for `watchMs`, says something in the meantime, and notes when what came. */
export async function watchStream(target: Target, watchMs: number, canEcho: boolean): Promise<StreamSeen> {
  const { wire } = target.courier;
  const session = new RawSession(target);
  const startedAt = wire.now();
  let firstMs: number | null = null;
  const echo = { at: 0 };
  let text = '';
  let answeredPings = 0;
  // One after another: a stream and one more request are all that a transport may have.
  let sending: Promise<unknown> = pause(QUIET_MS);
  const answerPings = (): void => {
    const pings = Array.from(text.matchAll(/^p(\w*)\n/gm), ([, content = '']) => content);
    const pongs = pings.slice(answeredPings).map((content) => `o${content}\n`);
    answeredPings = pings.length;
    if (pongs.length > 0) sending = sending.then(() => session.ask('send', pongs.join('')));
  };
  const streamed = session.begin('stream', {
    hold: watchMs,
    timeoutMs: watchMs + GRACE_MS,
    onPiece: (piece) => {
      firstMs ??= piece.atMs;
      text += piece.text;
      if (echo.at === 0 && text.includes('\nthello\n')) echo.at = wire.now();
      answerPings();
    },
  });
  let takenAt = wire.now();
  sending = sending.then(async () => {
    // Without its answer we don't know who we are, so nothing can be said: that tells enough.
    if (canEcho && session.attached) await session.ask('send', '@0\nthello\n');
    takenAt = wire.now();
  });
  const { answer, isGood } = await streamed;
  const endMs = Math.round(wire.now() - startedAt);
  await sending;
  return {
    askedMs: watchMs,
    firstMs,
    echoMs: echo.at === 0 ? null : Math.max(0, Math.round(echo.at - takenAt)),
    endMs,
    isWhole: isGood,
    encoding: answer.headers['content-encoding'] ?? '',
  };
}

/** Has the server hold a request, and knocks beside it. */
export async function watchHold(
  target: Target,
  watchMs: number,
  knockUrl: string,
): Promise<{ hold: HoldSeen | null; beside: Observations['beside'] }> {
  const { wire } = target.courier;
  const session = new RawSession(target);
  await session.begin('poll');
  if (!session.attached) return { hold: null, beside: null };
  const askedMs = Math.min(watchMs, session.attached.hold);
  const startedAt = wire.now();
  const held = session.ask('hold', '', { hold: askedMs, timeoutMs: askedMs + GRACE_MS });
  await pause(Math.min(QUIET_MS, askedMs / 4));
  const knockedAt = wire.now();
  const knocked = knockOnce({ ...target, timeoutMs: askedMs + GRACE_MS }, knockUrl).then(() => wire.now() - knockedAt);
  const { answer, isGood, reading } = await held;
  const endMs = Math.round(wire.now() - startedAt);
  const besideMs = Math.round(await knocked);
  return {
    hold: { askedMs, endMs, isWhole: isGood, answer: reading || answer.status === 0 ? null : describe(answer) },
    beside: { ms: besideMs, heldMs: Math.round(endMs - (knockedAt - startedAt)) },
  };
}

/** Leaves a WebSocket alone for a while, but for answers to the server's pings, and then asks whether it lives. */
export async function watchIdle(target: Target, watchMs: number): Promise<IdleSeen | null> {
  const { wire } = target.courier;
  const handshake = await wire.handshake(target.url, target.timeoutMs);
  if (handshake.kind !== 'open') return null;
  const { socket } = handshake;
  socket.send(newPacket(target.auth));
  const startedAt = wire.now();
  const elapsedMs = (): number => Math.round(wire.now() - startedAt);
  while (socket.closeCode() === null && elapsedMs() < watchMs) {
    const frame = await socket.next(Math.max(1, watchMs - elapsedMs()));
    const ping = frame === null ? null : /^p(\w*)$/m.exec(frame);
    if (ping) socket.send(`o${ping[1] ?? ''}\n`);
  }
  if (socket.closeCode() !== null) return { askedMs: watchMs, closedMs: elapsedMs(), isAnswered: false };
  socket.send('pdoctor\n');
  const isAnswered = await isPonged(target, socket.next.bind(socket));
  const closedMs = socket.closeCode() === null ? null : elapsedMs();
  socket.close();
  return { askedMs: watchMs, closedMs, isAnswered };
}

async function isPonged({ courier: { wire } }: Target, next: (ms: number) => Promise<string | null>): Promise<boolean> {
  const until = wire.now() + PONG_MS;
  for (;;) {
    const frame = await next(Math.max(1, until - wire.now()));
    if (frame === null) return false;
    if (/^odoctor$/m.test(frame)) return true;
  }
}
