/** How many sessions come from each address. `''` is exempt. */
export class AddressCounts {
  private readonly _counts = new Map<string, number>();

  /** Addresses that have any. */
  get size(): number {
    return this._counts.size;
  }

  of(address: string): number {
    return this._counts.get(address) ?? 0;
  }

  add(address: string): void {
    if (address !== '') this._counts.set(address, this.of(address) + 1);
  }

  remove(address: string): void {
    const others = this.of(address) - 1;
    if (others > 0) this._counts.set(address, others);
    else this._counts.delete(address);
  }
}
