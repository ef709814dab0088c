/** Missing numbers that are remembered, so as to tell a late one from a repeated one. */
const MAX_MISSING_COUNT = 10_000;

/** Checks that numbers arrive as 1, 2, 3, and so on: each once, in order. Runs on the page and on the server. */
export class Tally {
  received = 0;
  lost = 0;
  duplicated = 0;
  outOfOrder = 0;
  #next = 1;
  /** @type {Set<number>} */
  #missing = new Set();

  /** @param {number} n */
  take(n) {
    this.received++;
    if (n >= this.#next) {
      for (let missing = this.#next; missing < n && this.#missing.size < MAX_MISSING_COUNT; missing++) {
        this.#missing.add(missing);
      }
      this.lost += n - this.#next;
      this.#next = n + 1;
    } else if (this.#missing.delete(n)) {
      this.lost--;
      this.outOfOrder++;
    } else {
      this.duplicated++;
    }
  }
}
