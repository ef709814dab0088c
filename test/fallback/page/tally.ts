import { greeterOf, readMessage, type Bytes } from './content.js';

/** What one direction came to. */
export interface Count {
  readonly planned: number;
  readonly received: number;
  readonly duplicated: number;
  readonly outOfOrder: number;
  /** Belongs to another session. Absent from what was counted before there was a second one. */
  readonly foreign?: number;
  /** Not what was sent, byte for byte. */
  readonly damaged: number;
  /** The most that a message was later than the fastest one. */
  readonly latestMs: number;
  /** The first things that went wrong, in words. */
  readonly notes: readonly string[];
}

const MOST_NOTES = 5;

/** Counts what arrives in one direction of one session. */
export class Tally {
  readonly planned: number;
  private readonly _speaker: number;
  private readonly _seen: boolean[] = [];
  private _received = 0;
  private _highest = -1;
  private _duplicated = 0;
  private _outOfOrder = 0;
  private _foreign = 0;
  private _damaged = 0;
  private _fastest = Infinity;
  private _slowest = -Infinity;
  private readonly _notes: string[] = [];

  constructor(planned: number, speaker: number) {
    this.planned = planned;
    this._speaker = speaker;
  }

  /** Every message has arrived, in whatever order and number. */
  get isComplete(): boolean {
    return this._received >= this.planned;
  }

  /** `atMs` is the receiver's time. */
  add(data: string | Bytes, atMs: number): void {
    const stamp = readMessage(data);
    const speaker = stamp?.speaker ?? greeterOf(data);
    if (speaker !== null && speaker !== this._speaker) {
      this._foreign++;
      this._note(`another session's after ${String(this._highest)}: ${sketch(data)}`);
      return;
    }
    if (!stamp) {
      this._damaged++;
      this._note(`damaged after ${String(this._highest)}: ${sketch(data)}`);
      return;
    }
    const { number, sentAtMs } = stamp;
    if (this._seen[number]) {
      this._duplicated++;
      this._note(`${String(number)} again after ${String(this._highest)}`);
      return;
    }
    this._seen[number] = true;
    this._received++;
    if (number < this._highest) {
      this._outOfOrder++;
      this._note(`${String(number)} after ${String(this._highest)}`);
    } else this._highest = number;
    this._fastest = Math.min(this._fastest, atMs - sentAtMs);
    this._slowest = Math.max(this._slowest, atMs - sentAtMs);
  }

  count(): Count {
    return {
      planned: this.planned,
      received: this._received,
      duplicated: this._duplicated,
      outOfOrder: this._outOfOrder,
      foreign: this._foreign,
      damaged: this._damaged,
      latestMs: this._received > 0 ? Math.round(this._slowest - this._fastest) : 0,
      notes: this._notes.slice(),
    };
  }

  private _note(text: string): void {
    if (this._notes.length < MOST_NOTES) this._notes.push(text);
  }
}

function sketch(data: string | Bytes): string {
  return typeof data === 'string'
    ? JSON.stringify(data.slice(0, 60))
    : `${String(data.length)} bytes, ${Object.prototype.toString.call(data)}`;
}
