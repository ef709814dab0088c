/** What TCP and IP add to each piece. */
const OVERHEAD_BYTES = 40;

/** One direction of a link that all connections share: what is sent on it takes its time, one after the other. */
export class Lane {
  #freeAt = 0;

  /** Resolves when `bytes` have crossed at `bitsPerSecond`, behind all that were on their way already. */
  async carry(bytes: number, bitsPerSecond: number): Promise<void> {
    const now = performance.now();
    this.#freeAt = Math.max(now, this.#freeAt) + ((bytes + OVERHEAD_BYTES) * 8000) / bitsPerSecond;
    await new Promise((resolve) => setTimeout(resolve, this.#freeAt - now));
  }
}
