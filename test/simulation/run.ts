import { Hub, type ClientSession, type HubHost, type Peer, type ServerSession } from '@holdfast/protocol';
import { Acts } from './acts.js';
import { finish } from './finish.js';
import { Broken } from './ledger.js';
import { Machine } from './machine.js';
import type { Front } from './network.js';
import { Party } from './party.js';
import { Random } from './random.js';
import { calmWeather, drawScenario, type Scenario } from './scenario.js';
import { VirtualClock } from './virtual-clock.js';

/** What came of a seed. */
export interface Outcome {
  readonly seed: number;
  /** `null`: every promise was kept. */
  readonly failure: string | null;
  /** How often what happened. */
  readonly counts: Record<string, number>;
  readonly virtualMs: number;
}

/** Everything must have arrived within so long after the last fault. */
const CALM_MS = 60_000;

/** One run: a server, one or two clients, a hostile while, a calm one, and the end. */
export class Run {
  readonly scenario: Scenario;
  readonly clock: VirtualClock = new VirtualClock();
  readonly machine: Machine;
  readonly random: Random;
  readonly parties: Party[] = [];
  readonly counts: Record<string, number> = {};
  hub: Hub;
  /** All hubs there were. */
  readonly hubs: Hub[] = [];
  private _failure: Error | null = null;
  private readonly _secrets = new Set<string>();
  private readonly _tell: ((line: string) => void) | null;

  constructor(seed: number, tell: ((line: string) => void) | null = null) {
    this._tell = tell;
    this.scenario = drawScenario(seed);
    this.random = new Random(seed ^ 0x5eed);
    this.machine = new Machine('server', this.clock, this.random.fork(), (event, detail) =>
      this.trace('server', event, detail),
    );
    this.hub = this.newHub();
    this._add('client', this.scenario.start);
    if (this.scenario.hasBystander) this._add('bystander', calmWeather(this.random));
  }

  private _add(name: string, conditions: Scenario['start']): void {
    const party = new Party(this, name, this.random.fork(), conditions);
    if (this._tell) {
      party.network.tell = (story) => this.say(`${name} ${story}`);
      party.machine.isTracing = true;
      this.machine.isTracing = true;
    }
    this.parties.push(party);
  }

  /** A server process: another instance each time. */
  newHub(): Hub {
    const host: HubHost = {
      pace: (attach) => {
        const { paceMs } = this.scenario;
        if (paceMs === 0) attach();
        else this.clock.plan(this.random.between(0, paceMs), attach);
      },
      authorize: (_peer, auth, done) => {
        const { authorizeMs } = this.scenario;
        const user = auth as { party: string; life: number };
        const decide = (): void => done({ user: `${user.party} ${String(user.life)}` });
        if (authorizeMs === 0) decide();
        else this.clock.plan(this.random.between(0, authorizeMs), decide);
      },
      sameUser: (a, b) => a === b,
      selectProtocol: () => '',
      session: (session) => {
        const [name, life] = String(session.user).split(' ');
        this.parties.find(({ machine }) => machine.name === name)?.serve(session, Number(life));
      },
      ended: () => undefined,
      digest: (secret) => {
        this._secrets.add(secret);
        return `digest of ${secret.split('').reverse().join('')}`;
      },
      sameDigest: (a, b) => a === b,
    };
    const hub = new Hub(this.machine.environment, host, {
      ...this.scenario.server,
      instance: `server ${String(this.hubs.length)}`,
    });
    this.hubs.push(hub);
    return hub;
  }

  /** Where a party's connections go to: the present server. */
  front(party: Party): Front {
    const peer: Peer = { address: '10.0.0.1', origin: null, request: party };
    return {
      openSocket: (io) => this.hub.openSocket(io, peer),
      openRequest: (body, responder) => this.hub.openRequest(body, responder, peer),
      openTicket: (ticket, responder) => this.hub.openTicket(ticket, responder, peer),
    };
  }

  execute(): Outcome {
    let failure: string | null = null;
    try {
      this._execute();
      this._throwFailure();
    } catch (error) {
      failure =
        error instanceof Broken
          ? error.message
          : error instanceof Error
            ? (error.stack ?? error.message)
            : String(error);
    }
    for (const { up, down } of this.parties) this.count('send refused', up.refusedCount + down.refusedCount);
    for (const party of this.parties)
      for (const [fault, n] of Object.entries(party.network.counts)) this.count(`fault: ${fault}`, n);
    return { seed: this.scenario.seed, failure, counts: this.counts, virtualMs: this.clock.now };
  }

  private _execute(): void {
    const { clock, scenario, parties } = this;
    const acts = new Acts(this);
    for (const party of parties) clock.turn(() => party.connect());
    for (const party of parties.slice(1))
      for (const speaker of [party.up, party.down]) clock.plan(this.random.between(0, 5000), () => speaker.want(30));
    for (const { at, act } of scenario.timeline) clock.plan(at, () => acts.perform(act));
    this._pass(scenario.faultMs);
    acts.calm();
    while (parties.some(({ machine, network }) => machine.isAsleep || network.isAway) || this.machine.isAsleep)
      this._pass(100);
    this.say('calm');
    const calmSince = clock.now;
    this._pass(CALM_MS, () => parties.every(({ isDone }) => isDone));
    const late = parties.filter(({ isDone }) => !isDone);
    if (late.length > 0)
      throw new Broken(
        `not everything has arrived within 60 s of calm: ${late.map(({ describe }) => describe).join('; ')}`,
      );
    this.count('calm: worst ms', Math.max(0, clock.now - calmSince));
    finish(this, (ms, isOver) => this._pass(ms, isOver));
  }

  private _pass(ms: number, isOver: () => boolean = () => false): void {
    this.clock.runUntil(this.clock.now + ms, () => this._failure !== null || isOver());
    for (const { reported } of [this.machine, ...this.parties.map(({ machine }) => machine)])
      for (const error of reported) this.fail(error);
    this._throwFailure();
  }

  private _throwFailure(): void {
    if (this._failure) throw this._failure;
  }

  // ---- what everybody tells

  fail(error: unknown): void {
    this._failure ??= error instanceof Error ? error : new Error(String(error));
  }

  guard(check: () => void): void {
    try {
      check();
    } catch (error) {
      this.fail(error);
    }
  }

  say(line: string): void {
    this._tell?.(`${(this.clock.now / 1000).toFixed(3).padStart(9)} ${line}`);
  }

  count(what: string, n = 1): void {
    this.counts[what] = what.includes('worst') ? Math.max(this.counts[what] ?? 0, n) : (this.counts[what] ?? 0) + n;
  }

  /** A buffer that is larger than its limit breaks a promise. */
  checkBounds(session: ClientSession | ServerSession): void {
    const { scenario, hub } = this;
    const isServer = 'user' in session;
    const inboxLimit = isServer ? scenario.server.windowBytes : (scenario.client.windowBytes ?? Infinity);
    const outboxLimit = isServer ? scenario.server.maxBufferedBytes : (scenario.client.maxBufferedBytes ?? Infinity);
    // What has come of a message that is larger than the window counts as acknowledged.
    if (session._inbox.bufferedBytes > inboxLimit + 4 * scenario.sizes.hugeBytes)
      this.fail(new Broken('more was received than the window holds'));
    if (session.bufferedAmount > outboxLimit) this.fail(new Broken('more was sent than may be buffered'));
    const { maxTotalBufferedBytes, windowBytes } = scenario.server;
    // What transports keep for copies is counted as well, and bounded by itself (HubOptions).
    const kept = [...hub.sessions.values()].flatMap(({ _transports }) => _transports).map(({ _counted }) => _counted);
    const inSessions = hub._totalBytes - kept.reduce((sum, bytes) => sum + bytes, 0);
    if (hub._totalBytes < 0 || inSessions > maxTotalBufferedBytes + windowBytes * 4)
      this.fail(new Broken(`the server counts ${String(hub._totalBytes)} buffered bytes`));
  }

  /** Between two ends that keep to the protocol nothing of this can happen, whatever the network does to them. */
  private _checkBroken(side: string, error: string): void {
    if (error !== 'ERR_TRANSPORTS' && (side === 'server' || error !== 'ERR_PACKET'))
      this.fail(new Broken(`the ${side} found a peer that keeps to the protocol breaking it: ${error}`));
  }

  private _checkSecret(event: string, text: string): void {
    for (const secret of this._secrets)
      if (text.includes(secret)) this.fail(new Broken(`the trace of '${event}' tells a secret`));
  }

  trace(who: string, event: string, detail: unknown): void {
    const side = who === 'server' ? 'server' : 'client';
    const flags: string[] = [];
    if (typeof detail === 'object' && detail !== null) {
      for (const [name, value] of Object.entries(detail)) {
        if (value === true) flags.push(name);
        if (typeof value === 'string' && value.length >= 20) this._checkSecret(event, value);
      }
    }
    if (event === 'gone') {
      const { reason } = detail as { reason: string };
      const party = this.parties.find(({ machine }) => machine.name === who);
      if (party) party.isExact = !/^(no such session|this session was created|another user)/.test(reason);
    }
    const why = (detail as { why?: string } | null)?.why;
    if (side === 'client' && event === 'lost' && (why === 'ERR_WINDOW' || why === 'ERR_POSITION'))
      this._checkBroken(side, why);
    if (event === 'broken') this._checkBroken(side, (detail as { error: string }).error);
    if (event === 'window') flags.push(detail === false ? 'closed' : 'stuck');
    if (event === 'broken') flags.push((detail as { error: string }).error);
    this.count(`${side}: ${event}`);
    for (const flag of flags) this.count(`${side}: ${event} ${flag}`);
    if (this._tell) this.say(`${who}: ${event} ${detail === undefined ? '' : JSON.stringify(detail)}`);
  }
}
