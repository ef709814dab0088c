/** A seeded generator (sfc32): every draw of a run comes from one of these, which is what makes a run repeatable from its seed. */
export class Random {
  private _a: number;
  private _b: number;
  private _c: number;
  private _count = 1;

  constructor(seed: number) {
    // splitmix32 spreads seeds that lie close together.
    let state = seed | 0;
    const next = (): number => {
      state = (state + 0x9e3779b9) | 0;
      let z = Math.imul(state ^ (state >>> 16), 0x85ebca6b);
      z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
      return (z ^ (z >>> 16)) | 0;
    };
    this._a = next();
    this._b = next();
    this._c = next() ^ Math.floor(seed / 0x100000000);
    for (let i = 0; i < 12; i++) this.next();
  }

  /** Uniform in [0, 1). */
  next(): number {
    const t = (((this._a + this._b) | 0) + this._count) | 0;
    this._count = (this._count + 1) | 0;
    this._a = this._b ^ (this._b >>> 9);
    this._b = (this._c + (this._c << 3)) | 0;
    this._c = (((this._c << 21) | (this._c >>> 11)) + t) | 0;
    return (t >>> 0) / 4294967296;
  }

  /** A generator of its own, so that what draws from it leaves everything else as it is. */
  fork(): Random {
    return new Random(Math.floor(this.next() * 4294967296));
  }

  /** An integer from `least` to `most`, both included. */
  integer(least: number, most: number): number {
    return least + Math.floor(this.next() * (most - least + 1));
  }

  /** Uniform in [least, most). */
  between(least: number, most: number): number {
    return least + this.next() * (most - least);
  }

  /** From `least` to `most`, small values as likely as large ones. */
  spread(least: number, most: number): number {
    return least * Math.pow(most / least, this.next());
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  pick<Item>(items: readonly Item[]): Item {
    return items[Math.floor(this.next() * items.length)] as Item;
  }
}
