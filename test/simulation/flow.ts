import type { Network } from './network.js';

/** What an operating system takes for a connection before its sender notices that nothing leaves. */
const KERNEL_BYTES = 32_768;

/** One direction of a connection: bytes leave at its rate, and arrive in order. It may go dead without telling. */
export class Flow {
  isDead = false;
  /** Called when all that was kept back has left. */
  onDrained: (() => void) | null = null;
  private readonly _network: Network;
  private _queuedBytes = 0;
  private _leavesAt = 0;
  private _arrivesAt = 0;
  private _isFull = false;

  constructor(network: Network) {
    this._network = network;
  }

  /** Bytes that the operating system has not taken yet. */
  get bufferedAmount(): number {
    return Math.max(0, this._queuedBytes - KERNEL_BYTES);
  }

  /** Sends something that is `bytes` long; `arrive` is called when all of it is there, if that ever happens. */
  send(bytes: number, arrive: () => void, lateMs = 0): void {
    const { clock, conditions, backAt, random } = this._network;
    this._queuedBytes += bytes;
    this._isFull ||= this.bufferedAmount > 0;
    if (this.isDead) return;
    this._leavesAt = Math.max(clock.now, this._leavesAt, backAt) + bytes / conditions.bytesPerMs;
    const travels = conditions.latencyMs + random.between(0, conditions.jitterMs) + lateMs;
    this._arrivesAt = Math.max(this._arrivesAt, this._leavesAt + travels);
    if (bytes > 0) clock.plan(this._leavesAt - clock.now, () => this._leave(bytes));
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
