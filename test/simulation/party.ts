import {
  ClientSession,
  longPolling,
  polling,
  streaming,
  ticketed,
  websocket,
  type CloseEvent,
  type ServerSession,
  type TransportFactory,
  type TransportName,
} from '@holdfast/protocol';
import type { Conditions } from './conditions.js';
import { Broken, Life } from './ledger.js';
import { Machine } from './machine.js';
import { Network } from './network.js';
import type { Random } from './random.js';
import type { Run } from './run.js';
import { Speaker } from './speaker.js';

/** A client's application, its network, and what the server's application does for it. */
export class Party {
  readonly network: Network;
  readonly machine: Machine;
  readonly up: Speaker;
  readonly down: Speaker;
  readonly lives: Life[] = [];
  session!: ClientSession;
  /** The session of the last life on the server, while it lives. */
  serverSession: ServerSession | null = null;
  /** The life that the newest session on the server belongs to. */
  servedLife: Life | null = null;
  /** Ends are to be expected: something that causes them was injected. */
  mayEnd: boolean;
  /** The client was told by the server how far it had handed over: what it lists as unconfirmed must be exactly the rest. */
  isExact = false;
  private _isOver = false;
  private _life: Life = new Life(0);
  private readonly _run: Run;
  private readonly _random: Random;

  constructor(run: Run, name: string, random: Random, conditions: Conditions) {
    this._run = run;
    this._random = random;
    this.mayEnd = run.scenario.isShortLived;
    this.machine = new Machine(name, run.clock, random, (event, detail) => run.trace(name, event, detail));
    this.network = new Network(run.clock, random.fork(), this.machine, run.machine, run.front(this), conditions);
    this.network.latestMs = 1.8 * run.scenario.server.resumeWindowMs;
    this.up = new Speaker(random.fork(), `${name}>`, run.scenario.sizes);
    this.down = new Speaker(random.fork(), `${name}<`, run.scenario.sizes);
  }

  get life(): Life {
    return this._life;
  }

  /** Opens a session of its own. */
  connect(): void {
    const { scenario } = this._run;
    this._live();
    const session = new ClientSession(this.machine.environment, {
      ...scenario.client,
      transports: this._transports(),
      auth: () => this._auth(),
    });
    this.session = session;
    this.up.begin(session, this.life.up);
    let isOpen = false;
    session.on('open', () => {
      if (isOpen) this._run.fail(new Broken('opened twice'));
      isOpen = true;
    });
    session.on('drain', () => this.up.drained(session));
    session.on('message', (data) => {
      if (!isOpen) this._run.fail(new Broken('a message came before open'));
      if (session.state === 'closed') this._run.fail(new Broken('a message came after the end'));
      this._run.guard(() => this.life.down.hand(data));
      this._run.checkBounds(session);
      if (scenario.isEchoing && this.up.wanted > 0) this.up.speak();
    });
    session.on('reset', (event) => {
      isOpen = false;
      this._run.say(`${this.machine.name}: reset ${String(event.code)} ${event.reason}`);
      this._ended(event);
      this._live();
      this.up.begin(session, this.life.up);
      // It had not heard of the end until its tombstone was gone.
      if (this._isOver) this._run.clock.plan(0, () => session.close());
    });
    session.on('close', (event) => {
      this._run.say(`${this.machine.name}: closed ${String(event.code)} ${event.reason}`);
      this._ended(event);
      this.up.stop(session);
      if (!this._isOver) this._run.clock.plan(this._random.between(0, 1000), () => this._isOver || this.connect());
    });
  }

  /** No more sessions after this one. */
  retire(): void {
    this._isOver = true;
  }

  private _live(): void {
    this._life = new Life(this.lives.length);
    this.lives.push(this._life);
  }

  private _ended(event: CloseEvent): void {
    if (!this.mayEnd) this._run.fail(new Broken(`ended without a cause: ${String(event.code)} ${event.reason}`));
    this.life.clientEnd = event;
    this._run.count(`end ${String(event.code)}`);
    this._run.guard(() => {
      const { up } = this.life;
      up.close(event);
      if (this.isExact && up.handed + event.unconfirmed.length !== up.sent.length)
        throw new Broken(`the server has told how far it came, but ${up.name} lists more than the rest`);
      this._checkGraceful(event, this.life.clientClosedAt);
    });
    this.isExact = false;
  }

  /** A close that did not run into its timeout has delivered everything before. */
  private _checkGraceful(event: CloseEvent, closedAt: number): void {
    const isInTime = this._run.clock.now - closedAt < this._run.scenario.server.closeTimeoutMs - 1;
    // It may be lost on the way to its end.
    const isOurs = event.code === 1000 || (event.code >= 3000 && event.code < 4900);
    if (isInTime && isOurs && event.unconfirmed.length > 0)
      throw new Broken(`a close that was acknowledged has left ${String(event.unconfirmed.length)} messages`);
  }

  private _auth(): unknown {
    const { authMs } = this._run.scenario;
    const auth = { party: this.machine.name, life: this.lives.length - 1 };
    if (authMs === 0) return auth;
    return {
      then: (done: (value: unknown) => void) => void this.machine.environment.setTimer(() => done(auth), authMs),
    };
  }

  private _transports(): TransportFactory[] {
    const { network } = this;
    const { scenario } = this._run;
    const post = network.post.bind(network);
    const plainPost = (body: string, _isStream: boolean, events: Parameters<typeof post>[1]) => post(body, events);
    const byTicket = scenario.usesEventSource;
    const stream = streaming(byTicket ? ticketed(plainPost, network.get.bind(network)) : plainPost, {
      byTicket,
      ...(scenario.recycleBytes < 1e6 ? { recycleBytes: scenario.recycleBytes, padBytes: 200 } : {}),
    });
    const makers: Record<TransportName, () => TransportFactory> = {
      websocket: () => websocket((events) => network.openSocket(events)),
      streaming: () => stream,
      'long-polling': () => longPolling(plainPost),
      polling: () => polling(plainPost),
    };
    return scenario.allowed.map((name) => makers[name]());
  }

  // ---- the application on the server

  /** A session has begun there. */
  serve(session: ServerSession, lifeNumber: number): void {
    const life = this.lives[lifeNumber];
    if (!life) throw new Broken('a session for a life that never was');
    this._run.guard(() => life.begin(session.id));
    const { listenMs, isEchoing } = this._run.scenario;
    if (lifeNumber === this.lives.length - 1) {
      this.serverSession = session;
      this.servedLife = life;
      this.down.begin(session, life.down);
    }
    session.on('drain', () => this.down.drained(session));
    session.on('close', (event) => {
      if (!this.mayEnd)
        this._run.fail(new Broken(`ended on the server without a cause: ${String(event.code)} ${event.reason}`));
      life.serverEnd = event;
      if (this.serverSession === session) this.serverSession = null;
      this.down.stop(session);
      this._run.guard(() => {
        life.down.close(event);
        this._checkGraceful(event, life.serverClosedAt);
      });
    });
    const listen = (): void => {
      session.on('message', (data) => {
        if (session.state === 'closed') this._run.fail(new Broken('a message came after the end on the server'));
        this._run.guard(() => life.up.hand(data));
        this._run.checkBounds(session);
        if (isEchoing && this.down.wanted > 0) this.down.speak();
      });
    };
    if (listenMs > 0) this._run.clock.plan(listenMs, listen);
    else listen();
  }

  /** Everything that was to be sent in the present life has been handed over at the other end. */
  get isDone(): boolean {
    return this.up.wanted === 0 && this.down.wanted === 0 && this.life.up.isDone && this.life.down.isDone;
  }

  /** Both ends have the same session, and it is open. */
  get isSettled(): boolean {
    const isServed = this.serverSession?.state === 'open' && this.servedLife === this.life;
    return isServed && this.session.state === 'open';
  }

  get describe(): string {
    const { up, down } = this.life;
    return [
      `${this.machine.name}: life ${String(this.lives.length - 1)}, ${this.session.state} over ${String(this.session.transport)}`,
      `server ${this.serverSession ? `${this.serverSession.state} over ${String(this.serverSession.transport)}` : 'has none'}`,
      this.up.describe,
      `${String(up.handed)} of ${String(up.sent.length)} handed over`,
      this.down.describe,
      `${String(down.handed)} of ${String(down.sent.length)} handed over`,
    ].join('; ');
  }
}
