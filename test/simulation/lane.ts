import type { VirtualClock } from './virtual-clock.js';

/** What a packet carries, and what it adds to that. */
export const PACKET_BYTES = 1460;
const HEADER_BYTES = 40;

/** Something that has packets to send. */
export interface Sender {
  /** Content of its next packet; 0 if it has none. */
  next(): number;
  /** The packet is on its way. */
  left(bytes: number): void;
}

/** One direction of a link that all connections share: they take turns, a packet each. */
export class Lane {
  /** Bytes that have left, packet headers included. */
  carriedBytes = 0;
  private readonly _clock: VirtualClock;
  private readonly _rate: () => number;
  private _waiting: Sender[] = [];
  private _isBusy = false;

  constructor(clock: VirtualClock, rate: () => number) {
    this._clock = clock;
    this._rate = rate;
  }

  /** `sender` has something to send; it may say so more than once. */
  join(sender: Sender): void {
    if (!this._waiting.includes(sender)) this._waiting.push(sender);
    if (!this._isBusy) this._turn();
  }

  private _turn(): void {
    const sender = this._waiting.shift();
    if (!sender) return;
    const bytes = sender.next();
    if (bytes === 0) {
      this._turn();
      return;
    }
    this._isBusy = true;
    this._clock.plan((bytes + HEADER_BYTES) / this._rate(), () => {
      this._isBusy = false;
      this.carriedBytes += bytes + HEADER_BYTES;
      sender.left(bytes);
      if (sender.next() > 0) this._waiting.push(sender);
      this._turn();
    });
  }
}
