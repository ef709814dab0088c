import type { Random } from './random.js';

/** How the network behaves at present. Connections ask when they begin and whenever something passes. */
export interface Conditions {
  latencyMs: number;
  jitterMs: number;
  /** Capacity of each connection in each direction. */
  bytesPerMs: number;
  /** Capacity of all connections together, in each direction: they take turns with packets. */
  linkBytesPerMs: number;
  /** What operating systems and boxes take for a connection before its sender notices that nothing leaves. */
  kernelBytes: number;
  /**
   * What becomes of WebSockets: refused in the handshake; `mute`: 101, then nothing either way; `black hole`: the connection itself gets no
   * answer; `deaf`: what the client sends is lost; `dumb`: what the server sends is.
   */
  webSocket: 'fine' | 'refused' | 'mute' | 'black hole' | 'deaf' | 'dumb';
  /** Cut after so long, whatever it is. */
  socketLifeMs: number;
  requestLifeMs: number;
  /** Chance that a frame, a request or an answer is cut somewhere in its middle, and the connection with it. */
  cut: number;
  /** Chance that an end learns at once that its connection was cut. The others are half-open. */
  notice: number;
  /** Chance that a connection silently goes dead, in one or both directions, when something passes. */
  dead: number;
  /** Answers are kept back: until they are complete, or until nothing came for a while. */
  buffering: 'none' | 'whole' | 'idle';
  maxRequestBytes: number;
  maxResponseBytes: number;
  /** What is too long is refused with 413 instead of being cut. */
  refusesLarge: boolean;
  /** Chances, for each request. */
  duplicate: number;
  lostRequest: number;
  lostResponse: number;
  late: number;
  html: number;
  refusal: number;
  /** Sent again, unasked, when cut before the first byte of an answer: proxies, and browsers. */
  retries: boolean;
  chunks: 'as they come' | 'any' | 'single';
  /** One connection at a time. */
  isSingleFile: boolean;
}

/** A network that does nothing wrong. */
export function clean(random: Random): Conditions {
  return {
    latencyMs: random.spread(0.2, 60),
    jitterMs: random.spread(0.1, 10),
    bytesPerMs: random.spread(400, 20_000),
    linkBytesPerMs: Infinity,
    kernelBytes: 32_768,
    webSocket: 'fine',
    socketLifeMs: Infinity,
    requestLifeMs: Infinity,
    cut: 0,
    notice: 1,
    dead: 0,
    buffering: 'none',
    maxRequestBytes: Infinity,
    maxResponseBytes: Infinity,
    refusesLarge: false,
    duplicate: 0,
    lostRequest: 0,
    lostResponse: 0,
    late: 0,
    html: 0,
    refusal: 0,
    retries: false,
    chunks: 'as they come',
    isSingleFile: false,
  };
}

type Fault = (random: Random, to: Conditions) => void;

const FAULTS: readonly Fault[] = [
  (r, c) => {
    c.webSocket = r.pick(['refused', 'mute', 'black hole', 'deaf', 'dumb']);
  },
  (r, c) => {
    c.socketLifeMs = r.spread(50, 10_000);
  },
  (r, c) => {
    c.requestLifeMs = r.spread(300, 15_000);
  },
  (r, c) => {
    c.cut = r.spread(0.005, 0.3);
    c.notice = r.pick([0, 0.5, 1]);
  },
  (r, c) => {
    c.dead = r.spread(0.002, 0.05);
  },
  (r, c) => {
    c.buffering = r.pick(['whole', 'idle']);
  },
  (r, c) => {
    c.maxRequestBytes = Math.floor(r.spread(1500, 100_000));
    c.refusesLarge = r.chance(0.5);
  },
  (r, c) => {
    c.maxResponseBytes = Math.floor(r.spread(5000, 100_000));
  },
  (r, c) => {
    c.duplicate = r.spread(0.02, 0.6);
  },
  (r, c) => {
    c.lostRequest = r.spread(0.01, 0.3);
  },
  (r, c) => {
    c.lostResponse = r.spread(0.01, 0.3);
  },
  (r, c) => {
    c.late = r.spread(0.05, 0.6);
  },
  (r, c) => {
    c.html = r.spread(0.02, 0.3);
  },
  (r, c) => {
    c.refusal = r.spread(0.02, 0.3);
  },
  (r, c) => {
    c.retries = true;
    c.cut = Math.max(c.cut, 0.05);
  },
  (r, c) => {
    c.chunks = r.pick(['any', 'single']);
  },
  (_r, c) => {
    c.isSingleFile = true;
  },
  (r, c) => {
    c.bytesPerMs = r.spread(20, 400);
  },
  (r, c) => {
    c.latencyMs = r.spread(50, 800);
    c.jitterMs = r.spread(1, 400);
  },
];

/** A network with so many things wrong with it. */
export function hostile(random: Random, faultCount: number): Conditions {
  const conditions = clean(random);
  for (let i = 0; i < faultCount; i++) random.pick(FAULTS)(random, conditions);
  return conditions;
}
