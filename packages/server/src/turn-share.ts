/** How long work of one kind may take while a turn of the event loop reads, and again after it for what waits, ms. */
const SHARE_MS = 5;

/** Beyond so many that wait, work is done as it comes: who floods a server must not have it keep ever more. */
const MOST_WAITING = 10_000;

/** Gives work of one kind a share of each turn of the event loop. The rest waits for the next turn, so that all else that the loop has to do goes on. */
export class TurnShare {
  #waiting: (() => void)[] = [];
  #spentMs = 0;
  #isPlanned = false;

  /** Calls `work`: at once, unless this turn's share is used up. What waits is called in order. */
  run(work: () => void): void {
    const mustWait = this.#waiting.length > 0 || this.#spentMs >= SHARE_MS;
    if (mustWait && this.#waiting.length < MOST_WAITING) this.#waiting.push(work);
    else this.#do(work);
    this.#plan();
  }

  #do(work: () => void): void {
    const startedAt = performance.now();
    work();
    this.#spentMs += performance.now() - startedAt;
  }

  #plan(): void {
    if (this.#isPlanned) return;
    this.#isPlanned = true;
    setImmediate(() => {
      this.#isPlanned = false;
      this.#spentMs = 0;
      this.#goOn();
    });
  }

  #goOn(): void {
    const waiting = this.#waiting;
    let count = 0;
    try {
      for (const work of waiting) {
        if (this.#spentMs >= SHARE_MS) break;
        count++;
        this.#do(work);
      }
    } finally {
      waiting.splice(0, count);
      if (count > 0) this.#plan();
    }
  }
}
