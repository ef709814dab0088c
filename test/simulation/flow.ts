import { PACKET_BYTES, type Lane, type Sender } from './lane.js';
import type { Network } from './network.js';

/** Something that waits for its turns on a link. */
interface Queued {
  readonly bytes: number;
  restBytes: number;
  readonly arrive: () => void;
  readonly lateMs: number;
}

/** One direction of a connection: bytes leave at its rate, and arrive in order. It may go dead without telling. */
export class Flow implements Sender {
  isDead = false;
  /** Called when all that was kept back has left. */
  onDrained: (() => void) | null = null;
  private readonly _network: Network;
  private readonly _lane: Lane;
  private readonly _queue: Queued[] = [];
  private _queuedBytes = 0;
  private _leavesAt = 0;
  private _arrivesAt = 0;
  private _isFull = false;

  constructor(network: Network, lane: Lane) {
    this._network = network;
    this._lane = lane;
  }

  /** Bytes that the operating system has not taken yet. */
  get bufferedAmount(): number {
    return Math.max(0, this._queuedBytes - this._network.conditions.kernelBytes);
  }

  /** Sends something that is `bytes` long; `arrive` is called when all of it is there, if that ever happens. */
  send(bytes: number, arrive: () => void, lateMs = 0): void {
    const { clock, conditions, backAt } = this._network;
    this._queuedBytes += bytes;
    this._isFull ||= this.bufferedAmount > 0;
    if (this.isDead) return;
    if (conditions.linkBytesPerMs < Infinity) {
      this._queue.push({ bytes, restBytes: bytes, arrive, lateMs });
      this._lane.join(this);
      return;
    }
    this._leavesAt = Math.max(clock.now, this._leavesAt, backAt) + bytes / conditions.bytesPerMs;
    if (bytes > 0) clock.plan(this._leavesAt - clock.now, () => this._leave(bytes));
    this._travel(arrive, lateMs);
  }

  // ---- on a link that is shared

  next(): number {
    return this.isDead ? 0 : Math.min(PACKET_BYTES, this._queue[0]?.restBytes ?? 0);
  }

  left(bytes: number): void {
    const [first] = this._queue;
    if (!first || this.isDead) return;
    this._leavesAt = this._network.clock.now;
    first.restBytes -= bytes;
    this._leave(bytes);
    if (first.restBytes > 0) return;
    this._queue.shift();
    this._travel(first.arrive, first.lateMs);
  }

  private _travel(arrive: () => void, lateMs: number): void {
    const { clock, conditions, random } = this._network;
    const travels = conditions.latencyMs + random.between(0, conditions.jitterMs) + lateMs;
    this._arrivesAt = Math.max(this._arrivesAt, this._leavesAt + travels);
    clock.plan(this._arrivesAt - clock.now, () => this._arrive(arrive));
  }

  private _leave(bytes: number): void {
    const { clock, backAt } = this._network;
    if (this.isDead) return;
    if (clock.now < backAt) {
      clock.plan(backAt - clock.now, () => this._leave(bytes));
      return;
    }
    this._queuedBytes -= bytes;
    if (!this._isFull || this.bufferedAmount > 0) return;
    this._isFull = false;
    this.onDrained?.();
  }

  private _arrive(arrive: () => void): void {
    const { clock, backAt } = this._network;
    if (this.isDead) return;
    // What was under way when the network went away is sent again by the operating systems when it is back.
    if (clock.now < backAt) clock.plan(backAt - clock.now, () => this._arrive(arrive));
    else arrive();
  }
}
