import {
  ClientSession,
  Hub,
  longPolling,
  polling,
  streaming,
  WINDOW_MESSAGES,
  type ClientRequest,
  type HubHost,
  type Peer,
  type PostRequest,
  type RequestEvents,
  type ServerSession,
  type TransportName,
} from '@holdfast/protocol';
import { makeMessage, readMessage } from '../fallback/page/content.js';
import { planOf } from '../fallback/page/plan.js';
import { clean } from './conditions.js';
import { Machine } from './machine.js';
import { Network } from './network.js';
import { Random } from './random.js';
import { VirtualClock } from './virtual-clock.js';

/** A link that everything shares, and what is allowed on it. */
export interface NarrowLink {
  readonly seed: number;
  readonly bytesPerMs: number;
  readonly latencyMs: number;
  /** What operating systems and boxes take for a connection before its sender notices that nothing leaves. */
  readonly kernelBytes: number;
  /** What the client sees of an answer before its end: all that has come, nothing but of streams, or not even who asks for it (JSONP). */
  readonly sight: 'all' | 'streams' | 'none';
  readonly transports: readonly Exclude<TransportName, 'websocket'>[];
}

/** What came of it. */
export interface NarrowOutcome {
  /** When the last message was handed over, either way, ms; `null`: not all of them were. */
  readonly doneMs: number | null;
  readonly lostTransports: number;
  readonly resets: number;
  readonly isInOrder: boolean;
  /** Bytes on the link for each byte of content. */
  readonly effort: { readonly up: number; readonly down: number };
}

const MOST_MS = 600_000;
/** As XMLHttpRequest has it, which old engines stream with. */
const RECYCLING = { recycleBytes: 262_144, padBytes: 4096 };
const SECONDS = 10;

/** Both ends say what they say in a cell of the fallback matrix, over a link of so few bytes a second. */
export function runNarrow(link: NarrowLink, tell: ((line: string) => void) | null = null): NarrowOutcome {
  const clock = new VirtualClock();
  const random = new Random(link.seed);
  const say = (who: string) => (event: string, detail: unknown) => {
    tell?.(`${(clock.now / 1000).toFixed(3).padStart(9)} ${who} ${event} ${JSON.stringify(detail ?? '')}`);
  };
  const server = new Machine('server', clock, random.fork(), say('server'));
  const client = new Machine('client', clock, random.fork(), say('client'));
  const directions = {
    up: { plan: planOf('up', { seconds: SECONDS, isQuiet: false }), got: [] as number[] },
    down: { plan: planOf('down', { seconds: SECONDS, isQuiet: false }), got: [] as number[] },
  };
  const speak = (session: ClientSession | ServerSession, way: 'up' | 'down'): void => {
    const startedAt = clock.now;
    directions[way].plan.forEach((planned, number) => {
      clock.plan(planned.atMs, () => {
        const stamp = { speaker: 0, number, sentAtMs: Math.round(clock.now - startedAt) };
        session.send(makeMessage(stamp, planned, (length) => new Uint8Array(length)) as string | Uint8Array);
      });
    });
  };
  const hear = (way: 'up' | 'down') => (data: string | Uint8Array) => {
    if (data === 'hello') return;
    directions[way].got.push(readMessage(data)?.number ?? NaN);
  };
  const host: HubHost = {
    authorize: (_peer, _auth, done) => done({ user: null }),
    sameUser: () => true,
    selectProtocol: () => '',
    session: (session) => {
      session.on('message', hear('up'));
      session.once('message', () => {
        session.send('hello');
        speak(session, 'down');
      });
    },
    ended: () => undefined,
    digest: (secret) => secret,
    sameDigest: (a, b) => a === b,
  };
  const hub = new Hub(server.environment, host, SERVER);
  const isByForm = link.sight === 'none';
  const peer: Peer = { address: '10.0.0.1', origin: null, request: null, isForm: isByForm };
  const front = {
    openSocket: (io: Parameters<Hub['openSocket']>[0]) => hub.openSocket(io, peer),
    openRequest: (body: string, responder: Parameters<Hub['openRequest']>[1]) => hub.openRequest(body, responder, peer),
    openTicket: (ticket: string, responder: Parameters<Hub['openTicket']>[1]) =>
      hub.openTicket(ticket, responder, peer, isByForm),
  };
  const conditions = {
    ...clean(random),
    latencyMs: link.latencyMs,
    jitterMs: 0,
    linkBytesPerMs: link.bytesPerMs,
    kernelBytes: link.kernelBytes,
  };
  const network = new Network(clock, random.fork(), client, server, front, conditions);
  if (tell) network.tell = (story) => say('network')(story, undefined);
  const post: PostRequest = (body, isStream, events) =>
    isByForm
      ? byForm(network, client.environment.token(), body, events)
      : network.post(body, link.sight === 'streams' && !isStream ? atTheEnd(events) : events);
  const makers = { streaming: (by: PostRequest) => streaming(by, RECYCLING), 'long-polling': longPolling, polling };
  let lostTransports = 0;
  let resets = 0;
  clock.turn(() => {
    const session = new ClientSession(client.environment, {
      transports: link.transports.map((name) => makers[name](post)),
    });
    session.on('message', hear('down'));
    session.once('message', () => speak(session, 'up'));
    session.on('transport', ({ name }) => {
      if (name === null) lostTransports++;
    });
    session.on('reset', () => resets++);
    session.send('hello');
  });
  const isDone = (): boolean => Object.values(directions).every(({ plan, got }) => got.length >= plan.length);
  clock.runUntil(MOST_MS, isDone);
  for (const { reported } of [server, client]) for (const error of reported) throw error;
  const effort = (way: 'up' | 'down'): number =>
    network[way].carriedBytes / directions[way].plan.reduce((sum, { bytes }) => sum + bytes, 0);
  return {
    doneMs: isDone() ? clock.now : null,
    lostTransports,
    resets,
    isInOrder: Object.values(directions).every(({ got }) => got.every((number, index) => number === index)),
    effort: { up: effort('up'), down: effort('down') },
  };
}

/** As `jsonpPost` has it: a form, whose answer a script then brings. */
function byForm(network: Network, ticket: string, body: string, events: RequestEvents): ClientRequest {
  let request = network.post(body.replace('{', `{"get":"${ticket}",`), {
    chunk: () => undefined,
    end: () => {
      events.chunk('');
      request = network.get(ticket, atTheEnd(events));
    },
    fail: (status, hint, isReached) => events.fail(status, hint, isReached),
  });
  return { abort: () => request.abort() };
}

function atTheEnd(events: RequestEvents): RequestEvents {
  let kept = '';
  return {
    chunk: (text) => (kept += text),
    end: () => {
      events.chunk(kept);
      events.end();
    },
    fail: (status, hint, isReached) => events.fail(status, hint, isReached),
  };
}

const SERVER: ConstructorParameters<typeof Hub>[2] = {
  instance: 'narrow',
  windowBytes: 1_048_576,
  windowMessages: WINDOW_MESSAGES,
  maxMessageBytes: 4_194_304,
  highWaterMarkBytes: 1_048_576,
  maxBufferedBytes: 8_388_608,
  maxBufferedMessages: 16_384,
  closeTimeoutMs: 10_000,
  resumeWindowMs: 120_000,
  heartbeatIntervalMs: 20_000,
  heartbeatTimeoutMs: 8000,
  holdMs: 20_000,
  maxBodyBytes: 1_048_576,
  maxTotalBufferedBytes: 536_870_912,
  maxSessions: 100,
  maxSessionsPerAddress: 100,
  maxTombstones: 1000,
  handshakeTimeoutMs: 10_000,
};
