/** Lets one through at a time. */
export class Turnstile {
  #last: Promise<void> = Promise.resolve();

  /** Waits for those before; call what this resolves to when the next may enter. */
  async enter(): Promise<() => void> {
    const before = this.#last;
    let leave = (): void => {};
    this.#last = new Promise((resolve) => {
      leave = resolve;
    });
    await before;
    return leave;
  }
}
