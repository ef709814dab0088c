import { HEARTBEAT_TIMEOUT_MS } from './defaults.js';
import { Emitter } from './emitter.js';
import type { Environment, Timer } from './environment.js';
import type { SessionState } from './session-types.js';
import { takeOut } from './take-out.js';
import type { Transport } from './transport.js';

/** When something happens that isn't planned. */
const NEVER = Infinity;

/** Why a transport was lost from which nothing came. @internal */
export const SILENT = 'silent';

/** A sweep this much later than planned means that the machine slept. */
const LATE_MS = 1000;

/** The part of a session that knows what time it is: deadlines, and which of its transports live (PROTOCOL.md section 8). */
export abstract class WatchedSession<Events, T extends Transport> extends Emitter<Events> {
  /** Public id, safe to log; empty until the session exists. */
  id = '';

  /** @internal */ readonly _env: Environment;
  /** @internal */ _transports: T[] = [];
  /** @internal */ protected _state: SessionState = 'connecting';
  // Not set here: whoever knows them from the beginning never has them as Infinity, which V8 would keep in an object of its own for ever.
  /** @internal */ protected abstract _intervalMs: number;
  /** @internal */ protected abstract _timeoutMs: number;
  /** When what was handed over must be acknowledged. @internal */
  protected _ackAt: number = NEVER;
  /** When closing has taken too long. @internal */
  protected _closeAt: number = NEVER;
  /** When a session without transport is given up. @internal */
  protected _expireAt: number = NEVER;
  /** When the next sweep is due. @internal */
  protected _sweepAt: number = NEVER;
  private _sweepTimer: Timer;

  constructor(env: Environment) {
    super();
    this._env = env;
  }

  /** @internal */ protected abstract _ack(): void;
  /** @internal */ protected abstract _closeTimedOut(): void;
  /** @internal */ protected abstract _expired(): void;
  /** @internal */ protected abstract _detached(transport: T, why: string): void;

  /** Anything arrived on `transport`. @internal */
  _heard(transport: T): void {
    transport._heardAt = this._env.now();
    transport._deadAt = 0;
    transport._isSpared = false;
  }

  /** `transport` is no more. @internal */
  _lost(transport: T, why: string): void {
    if (!takeOut(this._transports, transport)) return;
    this._trace('lost', transport, { why });
    this._detached(transport, why);
  }

  /** Tells of what happens to `transport`. @internal */
  protected _trace(event: string, transport: T, detail?: object): void {
    this._env.trace?.(event, { session: this.id, transport: transport.name, ...detail });
  }

  /** Nothing is planned any more. @internal */
  protected _unplan(): void {
    this._env.clearTimer(this._sweepTimer);
    this._sweepTimer = undefined;
    this._sweepAt = NEVER;
  }

  /** Makes sure that a sweep comes by at `at`. @internal */
  _plan(at: number): void {
    if (at >= this._sweepAt || this._state === 'closed') return;
    this._sweepAt = at;
    this._sweepBy(at);
  }

  /** Sees to it that {@link _sweep} is called at `at`. @internal */
  protected _sweepBy(at: number): void {
    this._env.clearTimer(this._sweepTimer);
    this._sweepTimer = this._env.setTimer(() => this._sweep(0), Math.max(0, at - this._env.now()));
  }

  /** Watches over a transport from now on. @internal */
  _watch(transport: T): void {
    this._heard(transport);
    this._plan(this._dueAt(transport));
  }

  /** When something must be done about a transport unless anything arrives on it: it is asked for a sign of life, or dead. */
  private _dueAt({ _deadAt, _heardAt, isLive }: T): number {
    return _deadAt || _heardAt + this._intervalMs + (isLive ? 0 : this._timeoutMs);
  }

  /** Asks for a sign of life within `ms`. @internal */
  _probe(transport: T, ms: number): void {
    const deadAt = this._env.now() + ms;
    if (transport._deadAt === 0 || deadAt < transport._deadAt) {
      transport._deadAt = deadAt;
      transport._control += 'p\n';
    }
    this._plan(transport._deadAt);
    transport.wake();
  }

  /** Does what is due, and what will be within `earlyMs` if it may come early. @internal */
  protected _sweep(earlyMs: number): void {
    const now = this._env.now();
    const late = now - this._sweepAt;
    this._unplan();
    if (late > LATE_MS) this._overslept(late);
    if (now + earlyMs >= this._ackAt) this._ack();
    for (const transport of this._transports.slice()) this._sweepTransport(transport, now, earlyMs);
    if (now >= this._closeAt) this._closeTimedOut();
    if (now >= this._expireAt) this._expired();
    if (this._state === 'closed') return;
    this._plan(Math.min(this._ackAt, this._closeAt, this._expireAt));
    for (const transport of this._transports) this._plan(this._dueAt(transport));
  }

  /** This machine slept: every deadline moves by as much, and the peer is asked, before anything is declared dead. */
  private _overslept(late: number): void {
    this._env.trace?.('slept', { session: this.id, ms: late });
    const now = this._env.now();
    // What has arrived meanwhile is read only after this sweep.
    const graceMs = Math.min(this._timeoutMs, HEARTBEAT_TIMEOUT_MS);
    const move = (at: number): number => Math.max(at + late, now + graceMs);
    this._closeAt = move(this._closeAt);
    this._expireAt = move(this._expireAt);
    for (const transport of this._transports) {
      transport._heardAt = Math.max(Math.min(now, transport._heardAt + late), now - this._intervalMs);
      // Asked in a late sweep and silent until the next one: the clock is merely coarse, as in hidden pages, and this is an answer.
      if (!transport.isLive || transport._isSpared) continue;
      transport._isSpared = true;
      transport._deadAt = 0;
      this._probe(transport, this._timeoutMs);
    }
  }

  private _sweepTransport(transport: T, now: number, earlyMs: number): void {
    const isToAsk = transport.isLive && transport._deadAt === 0;
    if (now + (isToAsk ? earlyMs : 0) < this._dueAt(transport)) return;
    if (isToAsk) {
      this._probe(transport, this._timeoutMs);
      return;
    }
    this._trace('silent', transport);
    transport.finish('');
    this._lost(transport, SILENT);
  }
}
