/** Something that will happen. */
export interface Planned {
  readonly at: number;
  readonly order: number;
  /** `null` once it has happened or was cancelled. */
  run: (() => void) | null;
}

/** More turns than any run needs: an endless loop without time passing must not hang the farm. */
const MAX_TURNS_IN_A_MILLISECOND = 200_000;

/** In a millisecond; a power of 2, so that sums of times are exact. */
const TICKS = 1024;

/** Virtual time: a queue of what will happen, and what was deferred to the end of the running turn. */
export class VirtualClock {
  now = 0;
  private readonly _heap: Planned[] = [];
  private _order = 0;
  private _deferred: (() => void)[] = [];
  private _turns = 0;
  private _turnsSince = 0;

  plan(delayMs: number, run: () => void): Planned {
    // Whole ticks, never too early: as with real timers, rounding must not have a callback come a hair before its time.
    const at = delayMs > 0 ? Math.max(Math.ceil((this.now + delayMs) * TICKS), this.now * TICKS + 1) / TICKS : this.now;
    const planned: Planned = { at, order: this._order++, run };
    this._push(planned);
    return planned;
  }

  cancel(planned: Planned | null): void {
    if (planned) planned.run = null;
  }

  /** Runs `run` once the running turn is over, before anything else happens. */
  defer(run: () => void): void {
    this._deferred.push(run);
  }

  /** Runs `action` as a turn of its own, with all that it defers. */
  turn(action: () => void): void {
    action();
    for (let rounds = 0; this._deferred.length > 0; rounds++) {
      if (rounds > 10_000) throw new Error('deferred callbacks defer others without end');
      const deferred = this._deferred;
      this._deferred = [];
      for (const run of deferred) run();
    }
  }

  /** Lets time pass until `at`, or until `isOver` says so after a turn. */
  runUntil(at: number, isOver: () => boolean = () => false): void {
    for (;;) {
      const next = this._heap[0];
      if (!next || next.at > at) break;
      this._pop();
      if (!next.run) continue;
      const { run } = next;
      next.run = null;
      if (next.at > this._turnsSince + 1) {
        this._turnsSince = next.at;
        this._turns = 0;
      } else if (++this._turns > MAX_TURNS_IN_A_MILLISECOND) throw new Error('time stands still: something loops');
      this.now = Math.max(this.now, next.at);
      this.turn(run);
      if (isOver()) return;
    }
    this.now = Math.max(this.now, Math.ceil(at * TICKS) / TICKS);
  }

  private _push(planned: Planned): void {
    const heap = this._heap;
    let index = heap.length;
    heap.push(planned);
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const above = heap[parent];
      if (!above || !isBefore(planned, above)) break;
      heap[index] = above;
      index = parent;
    }
    heap[index] = planned;
  }

  private _pop(): void {
    const heap = this._heap;
    const last = heap.pop();
    if (!last || heap.length === 0) return;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      let below = heap[child];
      const right = heap[child + 1];
      if (below && right && isBefore(right, below)) {
        child++;
        below = right;
      }
      if (!below || !isBefore(below, last)) break;
      heap[index] = below;
      index = child;
    }
    heap[index] = last;
  }
}

function isBefore(a: Planned, b: Planned): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}
