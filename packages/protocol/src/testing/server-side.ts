import { DEFAULTS } from '../defaults.js';
import type { Data } from '../environment.js';
import { frameLength, wholeFrame, type Frame } from '../frame.js';
import { formatPosition, ZERO } from '../position.js';
import type { Responder, ResponderEvents, ServerSocketEvents, ServerSocketIo } from '../seams.js';
import { Hub } from '../server/hub.js';
import type { HubHost, HubOptions, Peer, Verdict } from '../server/hub-host.js';
import type { ServerSession } from '../server/server-session.js';
import type { CloseEvent } from '../session.js';
import { utf8Length } from '../text.js';
import { ManualClock } from './manual-clock.js';
import { packetsOf } from './packets-of.js';

/** Bytes of a frame on the wire. */
export function bytesOf(frame: Data): number {
  return typeof frame === 'string' ? utf8Length(frame) : frame.length;
}

export const NONCE = 'nonce-0123456789abcdef';

/** Object members of a packet. */
export type Members = Record<string, unknown>;

/** The last of a list that is not empty. */
export function last<T>(list: readonly T[]): T {
  return at(list, list.length - 1);
}

/** What stands at `index`, which must exist. */
export function at<T>(list: readonly T[], index: number): T {
  if (index < 0 || index >= list.length) throw new Error(`nothing at ${index} of ${list.length}`);
  return list[index] as T;
}

/** The members of the first line that begins with `letter`. */
export function find(lines: readonly string[], letter: string): Members {
  const line = lines.filter((other) => other.startsWith(letter))[0];
  if (line === undefined) throw new Error(`no ${letter} among ${JSON.stringify(lines)}`);
  return JSON.parse(line.slice(1)) as Members;
}

export function newPacket(more: Members = {}): string {
  return `n${JSON.stringify({ v: 1, nonce: NONCE, window: [1_048_576, 1024], max: 4_194_304, ...more })}\n`;
}

export function resumePacket(session: { id: string; key: string }, more: Members = {}): string {
  return `r${JSON.stringify({ v: 1, id: session.id, key: session.key, got: formatPosition(ZERO), ack: '0', ...more })}\n`;
}

/** The server's end of a WebSocket. */
export class RecordedSocket implements ServerSocketIo {
  readonly frames: (string | Uint8Array)[] = [];
  /** Bytes that the network has not taken. */
  buffered = 0;
  isStuck = false;
  closed: number | null = null;
  private readonly _clock: ManualClock;
  private readonly _events: ServerSocketEvents;

  constructor(clock: ManualClock, hub: Hub, peer: Peer) {
    this._clock = clock;
    this._events = hub.openSocket(this, peer);
  }

  send(frames: readonly Frame[]): void {
    this.frames.push(...frames.map(wholeFrame));
    if (this.isStuck) for (const frame of frames) this.buffered += frameLength(frame);
  }

  bufferedAmount(): number {
    return this.buffered;
  }

  close(code: number, text: string): void {
    if (text !== '') this.send([text]);
    this.closed = code;
  }

  /** The client sends a frame. */
  receive(frame: string | Uint8Array): this {
    this._events.message(frame, bytesOf(frame));
    this._clock.flush();
    return this;
  }

  /** The connection ends. */
  cut(): void {
    this._events.closed();
    this._clock.flush();
  }

  drain(): void {
    this.buffered = 0;
    this._events.drained();
    this._clock.flush();
  }

  get lines(): string[] {
    return packetsOf(this.frames);
  }

  /** What was sent since the last call. */
  take(): string[] {
    const { lines } = this;
    this.frames.length = 0;
    return lines;
  }
}

/** One answer. */
export class RecordedResponder implements Responder {
  text = '';
  isEnded = false;
  isDestroyed = false;
  isFull = false;
  events: ResponderEvents = { closed: () => undefined, drained: () => undefined };

  write(text: string): boolean {
    this.text += text;
    return !this.isFull;
  }

  bufferedAmount(): number {
    return this.isFull ? this.text.length : 0;
  }

  end(text = ''): void {
    this.text += text;
    this.isEnded = true;
  }

  destroy(): void {
    this.isDestroyed = true;
  }

  get lines(): string[] {
    return this.text.split('\n').slice(0, -1);
  }
}

type Authorize = (auth: unknown, done: (verdict: Verdict) => void, peer: Peer) => void;

/** A hub with a host that lets everybody in, unless told otherwise. */
export class Bench {
  readonly clock: ManualClock = new ManualClock();
  readonly hub: Hub;
  readonly sessions: ServerSession[] = [];
  /** What the host was told of sessions and their transports. */
  readonly told: string[] = [];
  readonly ended: CloseEvent[] = [];
  readonly messages: Data[] = [];
  pace: (attach: () => void) => void = (attach) => attach();
  authorize: Authorize = (_auth, done) => done({ user: 'somebody' });
  onSession: (session: ServerSession) => void = (session) => session.on('message', (data) => this.messages.push(data));

  constructor(options: Partial<HubOptions> = {}) {
    const host: HubHost = {
      pace: (attach) => this.pace(attach),
      authorize: (peer, auth, done) => this.authorize(auth, done, peer),
      sameUser: (a, b) => a === b,
      selectProtocol: (offered) => offered[0] ?? '',
      session: (session) => {
        this.sessions.push(session);
        this.told.push('session');
        this.onSession(session);
      },
      attached: (_session, transport) => this.told.push(transport),
      ended: (_session, event) => this.ended.push(event),
      digest: (secret) => `digest of ${secret}`,
      sameDigest: (a, b) => a === b,
    };
    this.hub = new Hub(this.clock, host, {
      ...DEFAULTS,
      instance: 'first',
      maxTotalBufferedBytes: 100_000_000,
      maxSessions: 100,
      maxSessionsPerAddress: 50,
      maxTombstones: 100,
      handshakeTimeoutMs: 10_000,
      ...options,
    });
  }

  socket(address = '192.0.2.1'): RecordedSocket {
    return new RecordedSocket(this.clock, this.hub, { address, origin: null, request: null });
  }

  /** A socket with a new session on it. */
  open(more: Members = { choice: 1 }): { socket: RecordedSocket; session: ServerSession; id: string; key: string } {
    const socket = this.socket().receive(newPacket(more));
    const { id, key } = find(socket.take(), 'a') as { id: string; key: string };
    return { socket, session: last(this.sessions), id, key };
  }

  /** A POST with its whole body. */
  post(envelope: Members, ...packets: string[]): RecordedResponder {
    const first = `q${JSON.stringify({ v: 1, via: 7, n: 0, as: 'poll', size: 65_536, ...envelope })}\n`;
    return this.body(`${first}${packets.map((packet) => packet.replace(/\n?$/, '\n')).join('')}.\n`);
  }

  body(body: string): RecordedResponder {
    const responder = new RecordedResponder();
    responder.events = this.hub.openRequest(body, responder, { address: '192.0.2.1', origin: null, request: null });
    this.clock.flush();
    return responder;
  }
}
