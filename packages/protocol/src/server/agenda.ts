import type { Environment, Timer } from '../environment.js';

/** Those whose time is within the same so many milliseconds are called together. */
export const SLOT_MS = 100;

/** In no slot. */
export const NO_SLOT = 0x7fffffff;

/** Who is called. */
export interface Planned {
  /** The slot that it waits for, or {@link NO_SLOT}. The agenda's own. @internal */
  _slot: number;
  /** The slot has begun. @internal */
  _come(): void;
}

/** Calls many at their time with one timer: one for each would cost what is idle more than its messages do. */
export class Agenda {
  private readonly _env: Environment;
  private readonly _slots = new Map<number, Set<Planned>>();
  private _next = NO_SLOT;
  private _timer: Timer;

  constructor(env: Environment) {
    this._env = env;
  }

  /** Calls `planned` when the slot begins that holds `at`; that is up to {@link SLOT_MS} before it. Has no effect if it is called earlier anyway. */
  plan(planned: Planned, at: number): void {
    const slot = Math.floor(at / SLOT_MS);
    if (slot >= planned._slot) return;
    this.cancel(planned);
    planned._slot = slot;
    const others = this._slots.get(slot);
    if (others) others.add(planned);
    else this._slots.set(slot, new Set([planned]));
    this._arm(slot);
  }

  /** `planned` waits no more. */
  cancel(planned: Planned): void {
    const others = this._slots.get(planned._slot);
    if (others?.delete(planned) && others.size === 0) this._slots.delete(planned._slot);
    planned._slot = NO_SLOT;
    if (this._slots.size > 0) return;
    this._env.clearTimer(this._timer);
    this._next = NO_SLOT;
  }

  private _arm(slot: number): void {
    if (slot >= this._next) return;
    this._next = slot;
    this._env.clearTimer(this._timer);
    this._timer = this._env.setTimer(() => this._call(), Math.max(0, slot * SLOT_MS - this._env.now()));
  }

  private _call(): void {
    this._next = NO_SLOT;
    const now = this._env.now();
    const begun = Array.from(this._slots).filter(([slot]) => slot * SLOT_MS <= now);
    for (const [slot, all] of begun.sort(([a], [b]) => a - b)) {
      this._slots.delete(slot);
      for (const planned of all) {
        // One that was called before may have ended it.
        if (planned._slot !== slot) continue;
        planned._slot = NO_SLOT;
        planned._come();
      }
    }
    this._arm(Math.min(NO_SLOT, ...this._slots.keys()));
  }
}
