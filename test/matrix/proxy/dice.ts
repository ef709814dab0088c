/** Chance that is the same in every run with the same seed. */
export class Dice {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** Uniform in [0, 1). */
  roll(): number {
    // Steps of a Weyl sequence, mixed: short, and neighbouring seeds have nothing in common.
    this.#state = (this.#state + 0x9e3779b9) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 16), 0x45d9f3b);
    mixed = Math.imul(mixed ^ (mixed >>> 16), 0x45d9f3b);
    return ((mixed ^ (mixed >>> 16)) >>> 0) / 2 ** 32;
  }

  /** True for `share` of all calls. What never happens takes no roll, so that other behaviours strike at the same places. */
  strikes(share: number): boolean {
    return share > 0 && this.roll() < share;
  }
}
