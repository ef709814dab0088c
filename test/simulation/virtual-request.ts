import type { ClientRequest, RequestEvents, Responder, ResponderEvents } from '@holdfast/protocol';
import { Flow } from './flow.js';
import type { Connection, Network } from './network.js';
import { VirtualAnswer } from './virtual-answer.js';

/** Headers of a request. */
const HEAD_BYTES = 300;

/** How often something in between sends a request again by itself. */
const MAX_RETRIES = 2;

export type Deliver = (body: string, responder: Responder) => ResponderEvents;

/** One HTTP request of the client, with all copies of it that reach the server. */
export class VirtualRequest implements ClientRequest, Connection {
  private readonly _network: Network;
  private readonly _body: string;
  private readonly _deliver: Deliver;
  /** `null` once nothing more is to be told. */
  private _events: RequestEvents | null;
  private _up: Flow;
  private _answer: VirtualAnswer | null = null;
  private _retries = 0;
  private _isReached = false;
  private _hasText = false;
  private readonly _letGo: () => void;
  private readonly _leave: () => void;

  constructor(network: Network, body: string, events: RequestEvents, deliver: Deliver) {
    this._network = network;
    this._body = body;
    this._events = events;
    this._deliver = deliver;
    this._up = new Flow(network, network.up);
    this._letGo = network.hold('client', 'a request');
    network.connections.add(this);
    network.tell?.(`posts ${shorten(body)}`);
    this._leave = network.queue(() => this._begin());
  }

  private _begin(): void {
    const { _network: network, _body: body } = this;
    const { clock, random, conditions } = network;
    const { latencyMs } = conditions;
    if (network.isAway) {
      // Refused at once, or tried until the network is back.
      if (random.chance(0.5)) this._fail(random.between(0, 100), 0, 'unreachable', false);
      else clock.plan(network.backAt - clock.now + random.between(0, 1000), () => this._isWanted && this._begin());
      return;
    }
    if (conditions.requestLifeMs < Infinity) {
      clock.plan(random.between(0.7, 1) * conditions.requestLifeMs, () => {
        if (!this._isWanted || network.isCalm) return;
        network.strike('request cut after a time');
        this._cutOrRetry(random.chance(conditions.notice));
      });
    }
    if (network.strikes('refusal', conditions.refusal)) {
      this._fail(2 * latencyMs, random.pick([502, 503, 504, 429]), 'refused by a proxy', true);
      return;
    }
    if (body.length > conditions.maxRequestBytes && conditions.refusesLarge) {
      network.strike('413');
      this._fail(2 * latencyMs, 413, 'too large for a proxy', true);
      return;
    }
    if (network.strikes('HTML', conditions.html)) {
      this._captive();
      return;
    }
    if (network.strikes('request lost', conditions.lostRequest)) {
      if (random.chance(0.5)) this._fail(random.between(0, 3000), 0, 'reset', random.chance(0.5));
      return;
    }
    if (network.strikes('request cut in mid-body', conditions.cut)) {
      clock.plan(latencyMs, () => this._cutOrRetry(random.chance(conditions.notice)));
      return;
    }
    if (network.strikes('request goes dead', conditions.dead)) return;
    this._travel();
  }

  private _travel(): void {
    const { _network: network } = this;
    const { random, conditions } = network;
    let body = this._body;
    if (body.length > conditions.maxRequestBytes) {
      network.strike('request truncated');
      body = body.slice(0, conditions.maxRequestBytes);
    }
    const lateMs = network.strikes('request late', conditions.late) ? random.between(100, 2000) : 0;
    const answer = new VirtualAnswer(network, this);
    this._answer = answer;
    const { epoch } = network;
    // A connection does not outlive the process it leads to, and nothing on the wire tells how old a request is that is held and passed on.
    const sentAt = network.clock.now;
    const arrive = (to: VirtualAnswer): void => {
      network.server.arrive(() => {
        // The server may have slept in the meantime.
        const isTooLate = to !== answer && network.clock.now - sentAt > network.latestMs;
        if (network.epoch === epoch && !isTooLate) this._arrive(body, to);
        else to.reader?._fail(0, 0, 'reset', true);
      });
    };
    this._up.send(HEAD_BYTES + network.sizeOf(body), () => arrive(answer), lateMs);
    if (!network.strikes('request duplicated', conditions.duplicate)) return;
    const copyMs = random.pick([
      0,
      0,
      random.between(0, 5),
      random.between(500, 5000),
      Math.min(network.latestMs, random.between(20_000, 200_000)),
    ]);
    const copy = new VirtualAnswer(network, random.chance(0.3) && copyMs < 10_000 ? this : null);
    // The client reads the answer to one of them; the other's goes to nobody.
    if (copy.reader) answer.reader = null;
    this._up.send(HEAD_BYTES, () => network.clock.plan(copyMs, () => arrive(copy)), lateMs);
    if (copy.reader) this._answer = copy;
  }

  private _arrive(body: string, answer: VirtualAnswer): void {
    this._network.server.arrive(() => {
      this._isReached = true;
      this._network.tell?.(`server gets ${shorten(body)}`);
      answer.begin((responder) => this._deliver(body, responder));
    });
  }

  /** A page of somebody else's, which may look like an answer of ours by its type. */
  private _captive(): void {
    const { _network: network } = this;
    const { random, conditions } = network;
    if (random.chance(0.5)) {
      this._fail(2 * conditions.latencyMs, 200, 'text/html', true);
      return;
    }
    const page = random.pick(['<html><body>Log in\n</body>\n', '', '\n.\n', ':x 7.3\n.\n', '{}', ':- -\n<p>.\n']);
    // Sometimes after the request has been acted upon: the answer was swapped.
    if (random.chance(0.3)) this._arrive(this._body, new VirtualAnswer(network, null));
    network.clock.plan(2 * conditions.latencyMs, () => {
      this.chunk(page);
      this.end();
    });
  }

  abort(): void {
    if (!this._events) return;
    this._network.tell?.(`aborts ${shorten(this._body)}`);
    this._over();
    // A proxy may not pass it on.
    if (this._network.random.chance(0.8)) this._answer?.abandon();
  }

  cut(clientLearns: boolean, serverLearns: boolean): void {
    this._up.isDead = true;
    this._answer?.cut(serverLearns);
    if (clientLearns) this._fail(0, 0, 'cut', true);
    else this._network.connections.delete(this);
  }

  deaden(up: boolean, down: boolean): void {
    this._up.isDead ||= up;
    if (down) this._answer?.deaden();
  }

  /** The connection breaks; who retries by itself does so if no answer has begun. */
  _cutOrRetry(serverLearns: boolean): void {
    const { random, conditions, clock } = this._network;
    if (!this._isWanted) return;
    this._answer?.cut(serverLearns);
    if (conditions.retries && !this._hasText && this._retries++ < MAX_RETRIES) {
      this._network.strike('request retried by a proxy');
      this._up = new Flow(this._network, this._network.up);
      const retry = this._retries;
      // Cut again while it waits, it waits anew: only one of them is answered.
      const again = (): void => {
        if (this._isWanted && this._retries === retry) this._travel();
      };
      clock.plan(random.pick([0, random.between(0, 2000)]), again);
      return;
    }
    if (random.chance(conditions.notice)) this._fail(conditions.latencyMs, 0, 'reset', true);
    else this._network.connections.delete(this);
  }

  get _isWanted(): boolean {
    return this._events !== null;
  }

  // ---- what the answer tells

  chunk(text: string): void {
    this._network.tell?.(`reads ${shorten(text)}`);
    this._hasText = true;
    this._network.client.arrive(() => {
      if (text !== '') this._events?.chunk(text);
    });
  }

  end(): void {
    this._network.client.arrive(() => {
      const events = this._events;
      this._over();
      events?.end();
    });
  }

  _fail(ms: number, status: number, hint: string, isReached: boolean): void {
    this._network.clock.plan(ms, () => {
      this._network.client.arrive(() => {
        const events = this._events;
        if (events) this._network.tell?.(`fails ${String(status)} ${hint} ${shorten(this._body)}`);
        this._over();
        events?.fail(status, hint, isReached || this._isReached);
      });
    });
  }

  private _over(): void {
    this._events = null;
    this._letGo();
    this._leave();
    this._network.connections.delete(this);
  }
}

/** For the story of a run. */
export function shorten(text: string): string {
  return JSON.stringify(text.length > 300 ? `${text.slice(0, 220)} ... ${text.slice(-60)}` : text);
}
