/** Lets in one at a time, in the order of arrival. */
export class Lock {
  #tail: Promise<void> = Promise.resolve();

  /** Resolves when it is one's turn, with what ends it; after `mostMs` it ends by itself. */
  async take(mostMs: number): Promise<() => void> {
    const before = this.#tail;
    let leave: () => void = () => {};
    this.#tail = new Promise((resolve) => (leave = resolve));
    await before;
    const timer = setTimeout(leave, mostMs);
    return () => {
      clearTimeout(timer);
      leave();
    };
  }
}
