import { describe } from '../courier.js';
import type { HoldSeen, IdleSeen, Observations, StreamSeen } from '../observations.js';
import { newPacket, RawSession, type Target } from '../raw-session.js';
import { pause } from '../wire.js';
import { knockOnce } from './knock.js';

/** When something is said on a stream that has been quiet. */
const QUIET_MS = 400;

/** How many messages are timed on a stream. */
const ECHO_COUNT = 5;

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
  const echoes = new StreamEchoes();
  let begin = (): void => undefined;
  const begun = new Promise<void>((resolve) => (begin = resolve));
  let text = '';
  let answeredPings = 0;
  // One after another: a stream and one more request are all that a transport may have.
  let sending: Promise<unknown> = Promise.resolve();
  const send = (packets: string): Promise<{ sentAt: number; postMs: number }> => {
    const sent = sending.then(async () => {
      const sentAt = wire.now();
      await session.ask('send', packets);
      return { sentAt, postMs: wire.now() - sentAt };
    });
    sending = sent;
    return sent;
  };
  const answerPings = (): void => {
    const pings = Array.from(text.matchAll(/^p(\w*)\n/gm), ([, content = '']) => content);
    const pongs = pings.slice(answeredPings).map((content) => `o${content}\n`);
    answeredPings = pings.length;
    if (pongs.length > 0) void send(pongs.join(''));
  };
  const streamed = session.begin('stream', {
    hold: watchMs,
    timeoutMs: watchMs + GRACE_MS,
    onPiece: (piece) => {
      firstMs ??= piece.atMs;
      text += piece.text;
      // Before, we don't know who we are, so nothing can be said.
      if (session.attached) begin();
      echoes.find(text, wire.now());
      answerPings();
    },
  });
  const timing = begun.then(async () => {
    const [echoMs, postMs]: [number[], number[]] = [[], []];
    await pause(QUIET_MS);
    while (canEcho && !echoes.isOver && echoMs.length < ECHO_COUNT) {
      const count = echoMs.length;
      const sent = await send(`@${count}\n${StreamEchoes.packet(count)}`);
      const at = await echoes.at(count);
      if (at === null) break;
      echoMs.push(at - sent.sentAt);
      postMs.push(sent.postMs);
    }
    // The fastest of each: what is late by chance is so only now and then.
    return echoMs.length === 0 ? null : Math.max(0, Math.round(Math.min(...echoMs) - Math.min(...postMs)));
  });
  const { answer, isGood } = await streamed;
  const endMs = Math.round(wire.now() - startedAt);
  echoes.end();
  begin();
  const echoMs = await timing;
  await sending;
  return {
    askedMs: watchMs,
    firstMs,
    echoMs,
    endMs,
    isWhole: isGood,
    encoding: answer.headers['content-encoding'] ?? '',
  };
}

/** When messages came back over a stream. */
class StreamEchoes {
  readonly #cameAt: number[] = [];
  /** The stream has ended. */
  isOver = false;
  #wake: () => void = () => undefined;

  static packet(count: number): string {
    return `thello ${count}\n`;
  }

  /** Looks for the next ones in all that has come so far. */
  find(text: string, now: number): void {
    while (text.includes(`\n${StreamEchoes.packet(this.#cameAt.length)}`)) this.#cameAt.push(now);
    this.#wake();
  }

  end(): void {
    this.isOver = true;
    this.#wake();
  }

  /** When it came; `null` if it does no more. */
  async at(count: number): Promise<number | null> {
    while (this.#cameAt[count] === undefined && !this.isOver) {
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
    return this.#cameAt[count] ?? null;
  }
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
