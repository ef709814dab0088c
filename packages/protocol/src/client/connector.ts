import type { Environment, Timer, TransportName } from '../environment.js';
import { takeOut } from '../take-out.js';
import type { Chooser } from './chooser.js';
import type { ClientSession } from './client-session.js';
import type { ClientTransport } from './client-transport.js';

/** What has lived so long counts as stable. */
const STABLE_MS = 10_000;

/** How long the last attempts of a round may be silent once all others have failed. */
const LAST_CHANCE_MS = 2000;

/** Makes a session's attempts to attach: rounds of them while it has no transport, climbing while it has one that could be better. */
export class Connector {
  _isSuspended = false;
  /** Rounds in a row that brought no transport. */
  _failedRounds = 0;
  /** The server asked not to come back before. */
  _notBefore = 0;
  private readonly _session: ClientSession;
  private readonly _env: Environment;
  private readonly _chooser: Chooser;
  private _attempts: ClientTransport[] = [];
  /** What the round has yet to try. */
  private _rungs: TransportName[] = [];
  private _rungTimer: Timer;
  private _roundTimer: Timer;
  private _roundAt = Infinity;
  private _climbTimer: Timer;
  /** When a transport was chosen last; `Infinity` while there is none. */
  private _chosenAt = Infinity;

  constructor(session: ClientSession, chooser: Chooser) {
    this._session = session;
    this._env = session._env;
    this._chooser = chooser;
  }

  /** Begins a round: tries the allowed transports, each a head start after the one before it, until one attaches. */
  _start(): void {
    this._clear();
    if (this._session.state === 'closed' || this._isSuspended) return;
    const waitMs = this._notBefore - this._env.now();
    if (waitMs > 0) {
      // Whole: a fraction might be lost in the sum, and this would turn on the spot.
      this._plan(Math.ceil(waitMs));
      return;
    }
    this._rungs = this._chooser.ladder(this._env.now()).filter((name) => !this._isTrying(name));
    this._next();
  }

  /** Begins a round in `ms`. */
  _plan(ms: number): void {
    this._clear();
    this._roundAt = this._env.now() + ms;
    this._roundTimer = this._env.setTimer(() => this._start(), ms);
  }

  /** A network event: what waits to be tried is tried soon. */
  _hurry(): void {
    this._planClimb();
    if (this._session.transport !== null || this._attempts.length > 0 || this._isSuspended) return;
    const now = this._env.now();
    const soon = Math.max(this._notBefore, now + this._chooser.shorten(now));
    if (soon < this._roundAt && this._chooser.allowed.length > 0) this._plan(soon - now);
  }

  /** No attempt any more. */
  _stop(): void {
    this._clear();
    this._settle();
    this._giveUp(() => true);
  }

  /** The session has lost its transport, or moves to another: nothing to climb from. */
  _settle(): void {
    this._env.clearTimer(this._climbTimer);
    if (this._env.now() - this._chosenAt >= STABLE_MS) this._chooser.stable();
    this._chosenAt = Infinity;
  }

  /** `transport` carries the session now: what isn't better need not be tried any more. */
  _chosen(transport: ClientTransport): void {
    const { _env: env, _chooser: chooser } = this;
    const now = env.now();
    this._failedRounds = 0;
    this._clear();
    this._giveUp((attempt) => !chooser.isBetter(attempt.name, transport.name, now));
    chooser.attached(transport.name, now);
    this._settle();
    this._chosenAt = now;
    this._planClimb();
  }

  /** No attempt that is still under way began before this one. */
  _isFirst(attempt: ClientTransport): boolean {
    return this._attempts[0] === attempt;
  }

  /** `transport` is no attempt any more; `false` if it was none. */
  _remove(transport: ClientTransport): boolean {
    if (!takeOut(this._attempts, transport)) return false;
    this._env.clearTimer(transport._timer);
    return true;
  }

  _giveUp(which: (attempt: ClientTransport) => boolean): void {
    for (const attempt of this._attempts.filter(which)) {
      this._remove(attempt);
      this._session._release(attempt);
      attempt.drop();
    }
  }

  /** An attempt has failed: goes on with what there is. */
  _failed(attempt: ClientTransport, why: string, status: number): void {
    const session = this._session;
    // The server's wish holds for all transports.
    if (this._notBefore > this._env.now()) this._rungs = [];
    if (session.transport === null && this._rungs.length === 0) {
      if (this._attempts.length === 0) {
        this._roundFailed(attempt, why, status);
        return;
      }
      // What has been silent while all others failed must not hold up the next round.
      this._env.clearTimer(this._rungTimer);
      this._rungTimer = this._env.setTimer(() => {
        this._giveUp(() => true);
        this._roundFailed(attempt, why, status);
      }, LAST_CHANCE_MS);
    }
    session._problem(attempt, why, status, 0);
    if (session.transport === null && this._rungs.length > 0) this._next();
  }

  private _roundFailed(attempt: ClientTransport, why: string, status: number): void {
    if (this._isSuspended || this._chooser.allowed.length === 0) return;
    this._failedRounds++;
    const ms = Math.max(this._chooser.backoffMs(), this._notBefore - this._env.now());
    this._plan(ms);
    this._session._problem(attempt, why, status, ms);
  }

  /** Plans the next attempt at something better than what carries the session. */
  _planClimb(): void {
    const { _env: env, _chooser: chooser, _session: session } = this;
    const current = session.transport;
    env.clearTimer(this._climbTimer);
    if (current === null) return;
    const ms = chooser.climbAfterMs(current, env.now());
    if (ms === null) return;
    this._climbTimer = env.setTimer(() => {
      if (session.transport === current) {
        // One look at the clock: what is passed over now must not count as tried when its penalty ends in between.
        const now = env.now();
        const targets = chooser.climbTargets(current, now);
        chooser.climbed(now);
        for (const name of targets) if (!this._isTrying(name)) this._attempt(name);
      }
      this._planClimb();
    }, ms);
  }

  private _isTrying(name: TransportName): boolean {
    return this._attempts.some((attempt) => attempt.name === name);
  }

  private _clear(): void {
    this._env.clearTimer(this._rungTimer);
    this._env.clearTimer(this._roundTimer);
    this._rungs = [];
    this._roundAt = Infinity;
  }

  private _next(): void {
    this._env.clearTimer(this._rungTimer);
    const name = this._rungs.shift();
    if (name === undefined) return;
    if (this._rungs.length > 0) this._rungTimer = this._env.setTimer(() => this._next(), this._chooser.headStartMs());
    this._attempt(name);
  }

  private _attempt(name: TransportName): void {
    const { _env: env, _session: session } = this;
    const factory = session._options.transports.filter((other) => other.name === name)[0];
    if (!factory) return;
    const attempt = factory._create(session);
    attempt._startedAt = env.now();
    this._attempts.push(attempt);
    env.trace?.('attempt', { transport: name });
    attempt._timer = env.setTimer(() => {
      attempt.drop();
      session._gone(attempt, 'no attach answer', 0, true);
    }, session._limits.attachTimeoutMs);
    const start = (auth: unknown): void => {
      attempt._auth = auth;
      if (this._attempts.indexOf(attempt) >= 0) attempt.start();
    };
    const fail = (error: unknown): void => {
      env.report(error);
      session._gone(attempt, 'the auth option failed', 0, false);
    };
    try {
      const { auth } = session._options;
      const value: unknown = typeof auth === 'function' ? (auth as () => unknown)() : auth;
      if (isThenable(value)) value.then(start, fail);
      else start(value);
    } catch (error) {
      fail(error);
    }
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function';
}
