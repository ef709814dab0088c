import type { Environment, TransportName } from '../environment.js';

/** What of a session is remembered: the transport that carried it, if one did, and when. */
export interface Remembered {
  readonly name: TransportName | undefined;
  /** By `wallNow`. */
  readonly at: number;
}

/** Remembers one thing per origin between pages: `localStorage`, or anything like it. Both may throw. */
export interface Memory {
  /** What was saved last. It may be nothing, or garbage. */
  load(): unknown;
  /** Replaces what was saved. */
  save(value: Remembered): void;
}

/** What a {@link Chooser} is made of: a session's options have it all. */
export interface ChooserOptions {
  /** Allowed transports, best first. */
  transports: readonly { readonly name: TransportName }[];
  /** Where the last good transport is remembered between pages. Used only together with {@link ChooserOptions.wallNow}. */
  memory?: Memory | undefined;
  /** `Date.now`: other pages don't share the clock of {@link Chooser}'s `now`, and without a common one nothing can expire. */
  wallNow?: (() => number) | undefined;
}

/** What is known of one transport. */
interface Health {
  /** Half of its next penalty. So is {@link CLEAN_MS} of one that is not long enough: the second death in a row is the first to be punished. */
  _penaltyMs: number;
  /** Penalised until then. */
  _until: number;
}

const STABLE_MS = 6e4;
const FIRST_PENALTY_MS = 6e4;
const CLEAN_MS = 15e3;
/** Two of these and an echo take less than 300 ms: decision 10. */
const HEAD_START_MS = 130;
const BUSY_HEAD_START_MS = 2e3;
const LONGEST_HEAD_START_MS = 5e3;
const FAST_CLIMB_MS = 4e4;
const FAST_CLIMBS_FOR_MS = 6e5;
/** Longest wait before climbing, and longest penalty. */
const SLOWEST_MS = 9e5;
const REMEMBERED_MS = 18e5;
const SHORTEN_EVERY_MS = 5e3;

/**
 * Decides which transports are tried, in which order and when. It only counts and compares: the caller makes the
 * attempts, tells what became of them, and passes the time: `now`, in ms, on a clock that never goes back.
 *
 * - What dies young (before 60 s) twice in a row is *penalised*: behind all that is not, for 60 s at first and up to 15 min.
 * - While something better than the current transport is allowed, it is tried again in the background: *climbing*.
 */
export class Chooser {
  /** Allowed transports, best first. Changed by {@link Chooser.use}. */
  allowed: readonly TransportName[] = [];
  /** Smoothed round trip, ms; `0` before the first {@link Chooser.sample}. */
  rttMs = 0;
  private readonly _env: Pick<Environment, 'random'>;
  private readonly _options: ChooserOptions;
  private readonly _health: Record<TransportName, Health> = {
    websocket: healthy(),
    streaming: healthy(),
    'long-polling': healthy(),
    polling: healthy(),
  };
  /** What carries the session, or did so last (on another page perhaps). */
  private _last: TransportName | undefined;
  /** When {@link _last} began to prove itself; `Infinity` while it does not. */
  private _since = Infinity;
  /** It died young last, and that may turn out to be the whole network's fault. */
  private _suspect: Health | undefined;
  private _leastHeadStartMs = HEAD_START_MS;
  /** When anything last happened that makes it worth climbing fast; `Infinity` is the next time that a climb is planned. */
  private _eventAt = Infinity;
  private _climbAt = 0;
  /** A penalty that ended later makes a climb due, whenever the next one is planned. */
  private _triedAt = 0;
  private _failedRoundCount = 0;
  private _shortenAt = 0;

  constructor(env: Pick<Environment, 'random'>, options: ChooserOptions) {
    this._env = env;
    this._options = options;
    this.use(options.transports.map(({ name }) => name));
    try {
      const saved = options.memory?.load() as Remembered;
      // Not a number without a clock; negative when the clock was set back.
      const ageMs = (options.wallNow?.() ?? NaN) - saved.at;
      if (ageMs >= 0 && ageMs < REMEMBERED_MS) this._last = saved.name;
    } catch {
      // Nothing, or garbage: begin with the best.
    }
  }

  /** Changes what is allowed, best first; unknown names and repetitions are left out. A climb to what is now better is due at once. */
  use(transports: readonly TransportName[]): void {
    this.allowed = transports.filter((name, i) => name in this._health && transports.indexOf(name) === i);
    this._climbAt = 0;
    this._eventAt = Infinity;
  }

  /**
   * The order in which the attempts of a connect round start: what carried the session last, on this page or (within half an hour) on
   * another of this origin, then the others, best first. Penalised ones come last, and are never put first; if all are, they stand in
   * plain order.
   */
  ladder(now: number): TransportName[] {
    return this._ranked(now, this._last);
  }

  /** Would `a` be preferred to `b` now? Allowed before not allowed, then unpenalised before penalised, then by order of preference. */
  isBetter(a: TransportName, b: TransportName, now: number): boolean {
    return this._rank(a, now) < this._rank(b, now);
  }

  /**
   * How long each attempt of a round waits for the one before it: 3 round trips, at least 130 ms (2 s from {@link Chooser.busy} until
   * something has attached) and at most 5 s.
   */
  headStartMs(): number {
    return Math.max(this._leastHeadStartMs, Math.min(3 * this.rttMs, LONGEST_HEAD_START_MS));
  }

  /** A measured round trip. */
  sample(rttMs: number): void {
    if (rttMs >= 0) this.rttMs += (Math.min(rttMs, 1e4) - this.rttMs) / (this.rttMs > 0 ? 4 : 1);
  }

  /** The server said that it is busy or goes away: attempts are spread out. */
  busy(): void {
    this._leastHeadStartMs = BUSY_HEAD_START_MS;
  }

  /** `name` carries the session now. */
  attached(name: TransportName, now: number): void {
    this._prove(now);
    this._last = name;
    this._since = now;
    this._leastHeadStartMs = HEAD_START_MS;
    this._suspect = undefined;
    this._remember();
    // What came due while there was nothing to climb from, or to, need not happen in this moment.
    this._triedAt = now;
    if (this._climbAt <= now) this._planClimb(now);
  }

  /**
   * An attached transport died uncleanly, `livedMs` after it attached. An attempt that never attached is not told: it costs a head start in the
   * next round at most, and what attaches in its stead becomes the last good one.
   */
  lost(name: TransportName, livedMs: number, now: number): void {
    const health = this._health[name];
    if (name === this._last) {
      // What was found bad meanwhile has not proved itself by the time before.
      livedMs = Math.min(livedMs, now - this._since);
      this._since = Infinity;
    }
    if (livedMs < STABLE_MS) this._punish(health, 0, now);
    else {
      clear(health);
      this._hurry(now);
    }
  }

  /** `name` is known to be bad now (something buffers it, it stalled): penalised at once, and something else may be tried at once. */
  demote(name: TransportName, now: number): void {
    this._prove(now);
    this._punish(this._health[name], FIRST_PENALTY_MS, now);
    // It has to prove itself from here on.
    if (name === this._last) this._since = this._climbAt = now;
  }

  /**
   * In how many ms something better than `current` should be tried in the background; `null` if nothing better is allowed. Within 40 s
   * for ten minutes after a loss or a network event, then more and more rarely, up to 15 min; a penalised one when its penalty is over.
   */
  climbAfterMs(current: TransportName, now: number): number | null {
    const place = this.allowed.indexOf(current);
    let at = Infinity;
    this.allowed.forEach((name, i) => {
      const { _until } = this._health[name];
      if (place < 0 || i < place || this.isBetter(name, current, now))
        at = Math.min(at, _until > this._triedAt ? _until : this._climbAt);
    });
    return at < Infinity ? Math.max(at - now, 0) : null;
  }

  /** What is better than `current` now, best first. */
  climbTargets(current: TransportName, now: number): TransportName[] {
    return this._ranked(now).filter((name) => this.isBetter(name, current, now));
  }

  /** An attempt to climb was just started. */
  climbed(now: number): void {
    this._triedAt = now;
    this._planClimb(now);
    // What still carries the session meanwhile is worth remembering for longer.
    this._remember();
  }

  /** `online`, `pageshow`, visible again, another address: what was learned may be wrong here, so all is tried again within a minute. */
  networkChanged(now: number): void {
    for (const name of this.allowed) {
      const health = this._health[name];
      health._until = Math.min(health._until, now + this._jitter(FAST_CLIMB_MS, 0.5));
    }
    this._hurry(now);
  }

  /** A whole round failed: in how many ms the next one may begin. Full jitter after the cap of 30 s. */
  backoffMs(): number {
    // Nothing got through, so the last death was rather the network's fault than the transport's. It counts half: not less, or a firewall
    // that shuts us out for a while after each WebSocket would never be found out.
    if (this._suspect) this._suspect._penaltyMs *= Math.SQRT1_2;
    this._suspect = undefined;
    return this._jitter(Math.min(3e4, 500 * Math.pow(2, this._failedRoundCount++)), 0);
  }

  /** The connection has been stable: the backoff starts from its beginning. Penalties end by themselves after 60 s of that. */
  stable(): void {
    this._failedRoundCount = 0;
  }

  /**
   * A network event while waiting for {@link Chooser.backoffMs}: try again in so many ms, if that is sooner. A random part of 1 s; events
   * that come in swarms start no more than one round in 5 s.
   */
  shorten(now: number): number {
    const waitMs = Math.max(this._shortenAt - now, 0);
    if (waitMs === 0) this._shortenAt = now + SHORTEN_EVERY_MS;
    return waitMs + this._jitter(1e3, 0);
  }

  /** Lower is better: up to 9 is allowed and unpenalised, 99 is not allowed. */
  private _rank(name: TransportName, now: number, first?: TransportName): number {
    this._prove(now);
    const i = this.allowed.indexOf(name);
    if (i < 0) return 99;
    if (this._health[name]._until > now) return i + 9;
    return name === first ? -1 : i;
  }

  /** The allowed ones in order, an unpenalised `first` before all. */
  private _ranked(now: number, first?: TransportName): TransportName[] {
    return this.allowed.slice().sort((a, b) => this._rank(a, now, first) - this._rank(b, now, first));
  }

  /** What has carried the session for 60 s is as good as new. */
  private _prove(now: number): void {
    if (this._last && now - this._since >= STABLE_MS) clear(this._health[this._last]);
  }

  private _punish(health: Health, leastMs: number, now: number): void {
    // What is known to die young must not keep the others climbing fast for ever.
    if (health._penaltyMs < FIRST_PENALTY_MS) this._hurry(now);
    // More only when the last penalty was served: what had to be used meanwhile, because nothing else went, dies for other reasons.
    if (health._until <= now) {
      health._penaltyMs = Math.min(Math.max(2 * health._penaltyMs, leastMs), SLOWEST_MS);
      this._suspect = health;
    }
    // A server that fails kills the transports of all its clients at once; they must not all come back at once.
    if (health._penaltyMs >= FIRST_PENALTY_MS) health._until = now + this._jitter(health._penaltyMs, 0.8);
  }

  /** Climbs fast from now on. Never puts off what is planned, or a stream of events would put it off for ever. */
  private _hurry(now: number): void {
    this._eventAt = now;
    this._climbAt = Math.min(this._climbAt, now + this._jitter(FAST_CLIMB_MS, 0.5));
  }

  private _planClimb(now: number): void {
    this._eventAt = Math.min(this._eventAt, now);
    // As long again as it has been slow: intervals grow until they reach the longest.
    const slowMs = Math.min(now - this._eventAt - FAST_CLIMBS_FOR_MS, SLOWEST_MS);
    this._climbAt = now + this._jitter(Math.max(slowMs, FAST_CLIMB_MS), 0.5);
  }

  /** From `least` of `ms` to all of it. */
  private _jitter(ms: number, least: number): number {
    return ms * (least + (1 - least) * this._env.random());
  }

  private _remember(): void {
    const { memory, wallNow } = this._options;
    try {
      if (wallNow) memory?.save({ name: this._last, at: wallNow() });
    } catch {
      // Forbidden or full: the next page begins with the best.
    }
  }
}

function healthy(): Health {
  return { _penaltyMs: CLEAN_MS, _until: 0 };
}

function clear(health: Health): void {
  health._penaltyMs = CLEAN_MS;
  health._until = 0;
}
