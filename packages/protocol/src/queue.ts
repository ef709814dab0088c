/** From so many free slots on, when they are more than half of all, they are given back. */
const MANY_FREE = 64;

/** What is empty has no array of its own: most lists are, most of the time. Never pushed to. */
export const NONE: never[] = [];

/** First in, first out, at the cost of an array. */
export class Queue<T> {
  private _items: (T | undefined)[] = NONE;
  private _head = 0;

  get length(): number {
    return this._items.length - this._head;
  }

  /** The one that comes out after `index` others; `undefined` if there are not so many. */
  peek(index: number): T | undefined {
    return this._items[this._head + index];
  }

  push(item: T): void {
    // An array that grows has room for 17: most sessions never need that.
    if (this.length > 0) this._items.push(item);
    else this._items = [item];
  }

  /** Takes out the first one; `undefined` if there is none. */
  shift(): T | undefined {
    const item = this._items[this._head];
    if (this.length === 0) return item;
    // The slot must not keep it alive until it is given back.
    this._items[this._head++] = undefined;
    const isEmpty = this.length === 0;
    if (isEmpty || (this._head > MANY_FREE && 2 * this._head > this._items.length)) {
      this._items = isEmpty ? NONE : this.all();
      this._head = 0;
    }
    return item;
  }

  /** All that wait, the first one first. */
  all(): T[] {
    return this._items.slice(this._head) as T[];
  }
}
