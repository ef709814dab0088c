import type { TransportName } from '@holdfast/client';
import { Courier } from './courier.js';
import type { HoldSeen, Observations, StreamSeen, TransportSeen, UpgradeSeen } from './observations.js';
import { knock, knockAsPage, knockByWebSocket } from './probes/knock.js';
import { countFailures, countLosses, findCache } from './probes/losses.js';
import { sizeDown, sizeUp } from './probes/sizes.js';
import { tryTransport } from './probes/transports.js';
import { watchHold, watchIdle, watchStream } from './probes/watches.js';
import { isQueued } from './queued.js';
import { attachedIn, errorIn } from './reading.js';
import { RawSession, type Target } from './raw-session.js';
import { urlBelow } from './url-below.js';
import type { Wire } from './wire.js';

/** All transports, best first. */
export const TRANSPORTS: readonly TransportName[] = ['websocket', 'streaming', 'long-polling', 'polling'];

/** What is to be examined, and how. */
export interface Plan {
  /** The endpoint, absolute. */
  readonly url: string;
  readonly transports: readonly TransportName[];
  readonly auth: unknown;
  /** How long one step may take. */
  readonly timeoutMs: number;
  /** How long streams, held requests and idle WebSockets are watched. */
  readonly watchMs: number;
  /** Without the doctor's endpoint, sessions of the application's are begun. */
  readonly allowsSessions: boolean;
  /** It speaks for a page of some origin already. */
  readonly actsAsPage?: boolean;
  /** Told what is done next. */
  readonly onStep: (what: string) => void;
}

/** A WebSocket handshake, and a session, take no longer where they come about at all. */
const HANDSHAKE_MS = 5000;

/** How long a request is held to see whether another one waits for it. */
const QUEUE_MS = 1500;

/** How many sessions are begun to compare addresses. */
const SESSIONS_COMPARED = 4;

/** The largest body that is tried where the server doesn't tell. */
const BODY_BYTES = 1_048_576;

type Seen = { -readonly [Name in keyof Observations]: Observations[Name] };

/** Looks at everything that can be looked at, one thing after another, and concludes nothing. */
export async function examine(wire: Wire, plan: Plan): Promise<Observations> {
  const examination = new Examination(wire, plan);
  await examination.run();
  return examination.observations();
}

class Examination {
  readonly #plan: Plan;
  readonly #courier: Courier;
  readonly #target: Target;
  readonly #seen: Seen;
  readonly #addresses = new Set<string>();
  readonly #instances = new Set<string>();
  readonly #through = new Set<string>();

  constructor(wire: Wire, plan: Plan) {
    this.#plan = plan;
    this.#courier = new Courier(wire);
    const { url, auth, timeoutMs } = plan;
    this.#target = { courier: this.#courier, url, auth, timeoutMs };
    this.#seen = nothing(url, wire.engine);
  }

  observations(): Observations {
    const { swappedCount, chanceCount, added, between, http } = this.#courier;
    return {
      ...this.#seen,
      swappedCount,
      chanceCount,
      added,
      between: [...between, ...Array.from(this.#through, (name) => `${name} (seen by the server)`)],
      http: { ...this.#seen.http, toUs: http },
      addressCount: this.#addresses.size,
      instanceCount: this.#instances.size,
    };
  }

  async run(): Promise<void> {
    const { url, timeoutMs, transports, onStep } = this.#plan;
    const seen = this.#seen;
    onStep('Knocking by POST');
    seen.knock = await knock(this.#courier, url, timeoutMs);
    if (seen.knock.outcome === 'failed' && isUnreachable(seen.knock.failure.code)) return;
    if (transports.includes('websocket')) {
      onStep('Knocking by WebSocket');
      seen.upgrade = await knockByWebSocket(this.#courier, url, Math.min(timeoutMs, HANDSHAKE_MS));
    }
    if (seen.knock.outcome === 'refused') return;
    if (seen.knock.outcome !== 'ours' && seen.upgrade?.outcome !== 'ours') return;
    // A page says of itself where it is from, and so does whoever was told to.
    if (this.#courier.wire.engine === 'node' && this.#plan.actsAsPage !== true) {
      seen.ownPages = await knockAsPage(this.#courier, url, timeoutMs);
    }
    const at = await this.#findDoor();
    await this.#trySessions(at);
    // Whatever is seen of sessions that reach one server now and another one then means nothing.
    if (this.#instances.size > 1) return;
    await this.#watch(at);
    await this.#measure(at);
  }

  /** Where sessions can be begun: at the doctor's endpoint, at the application's if that is allowed, or nowhere. */
  async #findDoor(): Promise<Target | null> {
    const { url, timeoutMs, allowsSessions, onStep } = this.#plan;
    onStep("Looking for the doctor's endpoint");
    const doctorUrl = urlBelow(url, 'doctor');
    const [byPost, byWebSocket] = [
      await knock(this.#courier, doctorUrl, timeoutMs),
      this.#seen.knock.outcome === 'ours' ? null : await knockByWebSocket(this.#courier, doctorUrl, timeoutMs),
    ];
    const isOn = byPost.outcome === 'ours' || byWebSocket?.outcome === 'ours';
    this.#seen.doctor = isOn ? 'on' : 'off';
    if (!isOn) return allowsSessions && (await this.#begin(this.#target)) ? this.#target : null;
    const target = { ...this.#target, url: doctorUrl };
    return (await this.#compare(target)) ? target : null;
  }

  /** Begins a few sessions on connections of their own, and compares what the server says about them. */
  async #compare(target: Target): Promise<boolean> {
    for (let count = 0; count < SESSIONS_COMPARED; count++) {
      // Where any path leads to the endpoint, this is the application's. One session of it is enough.
      if (count > 0 && this.#instances.size > 0 && this.#addresses.size === 0) {
        this.#seen.doctor = 'off';
        return false;
      }
      if (!(await this.#begin(target))) {
        this.#seen.doctor = 'refused';
        return false;
      }
    }
    return true;
  }

  /** Begins a session; `false` if the server doesn't let us. */
  async #begin(target: Target): Promise<boolean> {
    const { reading } = await new RawSession(target).begin('poll');
    const error = reading ? errorIn(reading.packets) : null;
    if (error && (error.code === 'ERR_REFUSED' || error.code === 'ERR_FULL')) {
      this.#seen.refusal = { code: error.code, message: error.message };
      return false;
    }
    this.#note(reading?.packets ?? []);
    return true;
  }

  #note(packets: readonly string[]): void {
    const attached = attachedIn(packets);
    if (!attached) return;
    this.#instances.add(attached.instance);
    this.#seen.server = { heartbeatMs: attached.heartbeat[0], holdMs: attached.hold };
    const greeting = packets.find((packet) => packet.startsWith('t{'));
    if (greeting === undefined) return;
    const { address, http, through, full } = parseGreeting(greeting.slice(1));
    if (full !== '') this.#seen.refusal = { code: 'ERR_FULL', message: full };
    if (address !== '') this.#addresses.add(address);
    this.#seen.http = { ...this.#seen.http, toServer: http };
    for (const name of through) this.#through.add(name);
  }

  async #trySessions(at: Target | null): Promise<void> {
    const { transports, onStep } = this.#plan;
    const seen: TransportSeen[] = [];
    for (const name of transports) {
      const failure = name === 'websocket' ? failureOf(this.#seen.upgrade) : this.#postFailure();
      if (failure !== null || !at) {
        seen.push(withoutSession(name, failure));
        continue;
      }
      onStep(`A session over ${name}`);
      const patience = { ...at, timeoutMs: Math.min(at.timeoutMs, HANDSHAKE_MS) };
      seen.push(await tryTransport(patience, name, at !== this.#target));
    }
    this.#seen.transports = seen;
  }

  #postFailure(): string | null {
    const { knock } = this.#seen;
    switch (knock.outcome) {
      case 'ours':
        return null;
      case 'refused':
        return knock.message;
      case 'foreign':
        return `a POST is answered ${knock.answer.status} by something that is not ours`;
      case 'failed':
        return knock.failure.message;
    }
  }

  async #watch(at: Target | null): Promise<void> {
    if (!at) return;
    const { watchMs, url, onStep } = this.#plan;
    const seen = this.#seen;
    onStep(`Watching connections for ${Math.round(watchMs / 1000)} s`);
    const isPosting = seen.knock.outcome === 'ours';
    const canHold = isPosting && this.#has('long-polling', 'streaming');
    // Short, to see whether requests wait for each other: then nothing can be watched side by side.
    if (canHold) seen.beside = (await watchHold(at, Math.min(watchMs, QUEUE_MS), url)).beside;
    const watches: (() => Promise<void>)[] = [];
    if (canHold) watches.push(async () => this.#watchHold(at));
    if (isPosting && this.#has('streaming')) watches.push(async () => this.#watchStream(at));
    if (this.#has('websocket') && seen.upgrade?.outcome === 'ours') {
      watches.push(async () => {
        seen.idle = await watchIdle(at, watchMs);
      });
    }
    if (seen.beside && isQueued(seen.beside)) for (const watch of watches) await watch();
    else await Promise.all(watches.map((watch) => watch()));
  }

  async #watchHold(at: Target): Promise<void> {
    const { watchMs, url } = this.#plan;
    const look = async (): Promise<HoldSeen | null> => (await watchHold(at, watchMs, url)).hold;
    this.#seen.hold = await this.#twice(look, (hold) => hold !== null && !hold.isWhole);
  }

  async #watchStream(at: Target): Promise<void> {
    const { watchMs } = this.#plan;
    const look = (): Promise<StreamSeen> => watchStream(at, watchMs, at !== this.#target);
    this.#seen.stream = await this.#twice(look, ({ isWhole }) => !isWhole);
  }

  /** What breaks once may be chance; what breaks twice has a limit, and the second time is as good as the first. */
  async #twice<T>(look: () => Promise<T>, isBroken: (seen: T) => boolean): Promise<T> {
    const first = await look();
    if (!isBroken(first)) return first;
    const second = await look();
    if (!isBroken(second)) this.#courier.chanceCount++;
    return second;
  }

  #has(...names: TransportName[]): boolean {
    return names.some((name) => this.#plan.transports.includes(name));
  }

  async #measure(at: Target | null): Promise<void> {
    const { url, transports, onStep } = this.#plan;
    const seen = this.#seen;
    if (seen.knock.outcome !== 'ours' || transports.every((name) => name === 'websocket')) return;
    onStep('Measuring how much comes through');
    seen.upload = await sizeUp(this.#target, url, BODY_BYTES);
    if (at && at !== this.#target) {
      seen.download = await sizeDown(at);
      seen.losses = await countLosses(at);
    } else seen.losses = await countFailures(this.#target, url);
    if (at) seen.cached = await findCache(at);
  }
}

function nothing(url: string, engine: Observations['engine']): Seen {
  return {
    url,
    engine,
    knock: { outcome: 'failed', failure: { code: 'NONE', message: 'not tried' } },
    doctor: 'not tried',
    refusal: null,
    ownPages: null,
    upgrade: null,
    transports: [],
    ...{ stream: null, hold: null, idle: null, upload: null, download: null, losses: null, beside: null, cached: null },
    ...{ swappedCount: 0, chanceCount: 0, added: '', addressCount: 0, instanceCount: 0, between: [], server: null },
    http: { toUs: '', toServer: '' },
  };
}

/** Nobody is there, so no handshake would find anybody. */
function isUnreachable(code: string): boolean {
  return !/^(CUT|ECONNRESET|EPIPE|TIMEOUT|FETCH)$/.test(code);
}

function failureOf(upgrade: UpgradeSeen | null): string | null {
  switch (upgrade?.outcome) {
    case undefined:
    case 'ours':
      return null;
    case 'refused':
      return upgrade.message;
    case 'stripped':
      return 'the handshake came without its Upgrade header';
    case 'foreign':
      return `the handshake was answered ${upgrade.answer.status}`;
    case 'black-hole':
      return 'the handshake was not answered';
    case 'mute':
      return 'it opened, and nothing came through';
    case 'closed':
      return `it opened, and was closed with ${upgrade.code}`;
    case 'failed':
      return upgrade.failure.message;
  }
}

/** Without a session a transport is judged by the knocks. */
function withoutSession(name: TransportName, failure: string | null): TransportSeen {
  return { name, works: failure === null, attachMs: null, firstEchoMs: null, roundTripMs: null, why: failure ?? '' };
}

interface Greeting {
  readonly address: string;
  readonly http: string;
  readonly through: readonly string[];
  readonly full: string;
}

function parseGreeting(text: string): Greeting {
  try {
    const { address, http, through, full } = JSON.parse(text) as Record<string, unknown>;
    return {
      address: typeof address === 'string' ? address : '',
      http: typeof http === 'string' ? http : '',
      through: Array.isArray(through) ? through.filter((name) => typeof name === 'string') : [],
      full: typeof full === 'string' ? full : '',
    };
  } catch {
    return { address: '', http: '', through: [], full: '' };
  }
}
