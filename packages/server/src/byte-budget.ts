/** A sum that several holders of bytes share and must not exceed together. */
export class ByteBudget {
  readonly #max: number;
  #used = 0;

  constructor(max: number) {
    this.#max = max;
  }

  /** Bytes taken and not given back. */
  get used(): number {
    return this.#used;
  }

  /** Takes `bytes`, unless that would be too many. */
  take(bytes: number): boolean {
    if (this.#used + bytes > this.#max) return false;
    this.#used += bytes;
    return true;
  }

  /** Gives back what was taken. */
  giveBack(bytes: number): void {
    this.#used -= bytes;
  }
}
