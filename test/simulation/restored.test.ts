import {
  ClientSession,
  DEFAULTS,
  Hub,
  longPolling,
  polling,
  streaming,
  websocket,
  type HubHost,
  type HubOptions,
  type Peer,
  type RequestEvents,
} from '@holdfast/protocol';
import { describe, expect, it } from 'vitest';
import { clean, type Conditions } from './conditions.js';
import { Machine } from './machine.js';
import { Network } from './network.js';
import { Random } from './random.js';
import { VirtualClock } from './virtual-clock.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const SEEDS = Array.from({ length: 40 }, (_, seed) => seed);
/** A handshake, and an attach. */
const MOST_ATTACHING_MS = 1000;

/** What is wrong with WebSockets, so that none attaches. */
const ILLS: readonly Conditions['webSocket'][] = ['refused', 'mute', 'black hole'];

const OPTIONS: HubOptions = {
  ...DEFAULTS,
  instance: 'server',
  maxTotalBufferedBytes: 1e9,
  maxSessions: 10,
  maxSessionsPerAddress: 10,
  maxTombstones: 10,
  handshakeTimeoutMs: 10_000,
};

const HOST: HubHost = {
  authorize: (_peer, _auth, done) => done({ user: null }),
  sameUser: () => true,
  selectProtocol: () => '',
  session: () => undefined,
  ended: () => undefined,
  digest: (secret) => secret,
  sameDigest: (a, b) => a === b,
};

/** A client and a server that have nothing to say to each other, on a network of which only WebSockets may be wrong. */
class Quiet {
  readonly clock = new VirtualClock();
  readonly random: Random;
  readonly network: Network;
  readonly session: ClientSession;

  constructor(seed: number) {
    const { clock } = this;
    this.random = new Random(seed);
    const server = new Machine('server', clock, this.random.fork(), () => undefined);
    const client = new Machine('client', clock, this.random.fork(), () => undefined);
    const hub = new Hub(server.environment, HOST, OPTIONS);
    const peer: Peer = { address: '10.0.0.1', origin: null, request: null };
    const front = {
      openSocket: (io: Parameters<Hub['openSocket']>[0]) => hub.openSocket(io, peer),
      openRequest: (body: string, responder: Parameters<Hub['openRequest']>[1]) =>
        hub.openRequest(body, responder, peer),
      openTicket: (ticket: string, responder: Parameters<Hub['openTicket']>[1]) =>
        hub.openTicket(ticket, responder, peer),
    };
    const network = new Network(clock, this.random.fork(), client, server, front, clean(this.random));
    this.network = network;
    const post = (body: string, _isStream: boolean, events: RequestEvents) => network.post(body, events);
    this.session = new ClientSession(client.environment, {
      transports: [
        websocket((events) => network.openSocket(events)),
        streaming(post),
        longPolling(post),
        polling(post),
      ],
    });
    clock.turn(() => undefined);
  }

  pass(ms: number, isOver?: () => boolean): void {
    this.clock.runUntil(this.clock.now + ms, isOver);
  }
}

/** How long WebSocket is left alone once it would work again, after it did not for so long. */
function unusedForMs(seed: number, ill: Conditions['webSocket'], illForMs: (random: Random) => number): number {
  const quiet = new Quiet(seed);
  const { clock, network, random, session } = quiet;
  if (random.chance(0.5)) {
    quiet.pass(random.between(0.5, 30) * MINUTE);
    expect(session.transport).toBe('websocket');
  }
  network.conditions = { ...network.conditions, webSocket: ill };
  clock.turn(() => {
    for (const connection of [...network.connections]) connection.cut(true, true);
  });
  quiet.pass(illForMs(random));
  expect(session.transport).not.toBe('websocket');
  const restoredAt = clock.now;
  network.conditions = { ...network.conditions, webSocket: 'fine' };
  quiet.pass(HOUR, () => session.transport === 'websocket');
  return clock.now - restoredAt;
}

describe.each(ILLS)('a WebSocket path that was lost (%s) and is restored', (ill) => {
  it('is used again within a minute in the first ten minutes', () => {
    const waits = SEEDS.map((seed) => unusedForMs(seed, ill, (random) => random.between(0, 10 * MINUTE)));
    expect(Math.max(...waits)).toBeLessThan(MINUTE);
  });

  it.each([
    ['11 minutes', 11 * MINUTE],
    ['an hour', HOUR],
    ['five hours', 5 * HOUR],
  ])('is used again within fifteen minutes after %s', (_name, leastMs) => {
    const waits = SEEDS.map((seed) => unusedForMs(seed, ill, (random) => leastMs + random.between(0, 15 * MINUTE)));
    expect(Math.max(...waits)).toBeLessThan(15 * MINUTE + MOST_ATTACHING_MS);
    // It is not looked for all the time, either.
    if (leastMs >= HOUR) expect(Math.max(...waits)).toBeGreaterThan(MINUTE);
  });
});
