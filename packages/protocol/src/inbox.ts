import type { Data } from './environment.js';
import { comparePositions, ZERO, type Position } from './position.js';
import { NONE, Queue } from './queue.js';
import type { SessionLimits } from './session-types.js';
import { charIndexAt } from './text.js';

/** Where the next data packet on a transport begins. */
export interface ReadPosition {
  /** @internal */ _readMessages: number;
  /** @internal */ _readBytes: number;
}

/** Why content was not taken: a documented error, or a message larger than allowed. */
export type Refused = 'ERR_PACKET' | 'ERR_POSITION' | 'ERR_WINDOW' | 'too large';

/** So many parts are joined to one while their message is not complete. */
const MANY_PARTS = 256;

/** What the peer may send: beyond what was acknowledged, and in one message. */
export type InboxLimits = Pick<SessionLimits, 'windowBytes' | 'windowMessages' | 'maxMessageBytes'>;

interface Incoming {
  readonly data: Data;
  readonly bytes: number;
}

/** The receiving half of a session: drops what came before, joins parts, and keeps what the application has not been handed. */
export class Inbox {
  private readonly _limits: InboxLimits;
  private _messages = 0;
  private _bytes = 0;
  private _total = 0;
  private _parts: Data[] = NONE;
  private _partCount = 0;
  private _queue = new Queue<Incoming>();
  /** Handed to the application: messages, and content bytes of them. */
  private _handed = 0;
  /** @internal */ _handedTotal = 0;
  /** The acknowledgement last told: position, content bytes before it. */
  private _told: Position = ZERO;
  private _toldTotal = 0;
  /** The furthest that was ever told, in attaches too: the peer's window may begin there. */
  private _shown: Position = ZERO;
  private _shownTotal = 0;

  constructor(limits: InboxLimits) {
    this._limits = limits;
  }

  get received(): Position {
    return { messages: this._messages, bytes: this._bytes };
  }

  /** How far everything has been handed over; an incomplete message counts once all before it has been. */
  get acked(): Position {
    return { messages: this._handed, bytes: this._handed === this._messages ? this._bytes : 0 };
  }

  private get _ackedTotal(): number {
    return this._handed === this._messages ? this._total : this._handedTotal;
  }

  /** Whole messages handed over that the peer has not been told of. @internal */
  get _untold(): number {
    return this._handed - this._told.messages;
  }

  /** Something was handed over that the peer has not been told. */
  get isUntold(): boolean {
    return this._ackedTotal > this._toldTotal || this._untold > 0;
  }

  /** Something was handed over that has not even been written anywhere. */
  get isUnshown(): boolean {
    return this._ackedTotal > this._shownTotal || this._handed > this._shown.messages;
  }

  /** Half a window is used up: the peer must be told now. */
  get isUrgent(): boolean {
    return (
      2 * (this._ackedTotal - this._toldTotal) >= this._limits.windowBytes ||
      2 * this._untold >= this._limits.windowMessages
    );
  }

  /** The acknowledgement, which counts as told from now on. */
  tell(): Position {
    this._told = this.show();
    this._toldTotal = this._shownTotal;
    return this._told;
  }

  /** The acknowledgement for an attach. That may be lost without any harm to the transport in use, so it is told there all the same. */
  show(): Position {
    const { acked } = this;
    // Never less than before: the part of a message that was acknowledged is not taken back when messages after it wait.
    if (comparePositions(acked, this._shown) > 0) {
      this._shown = acked;
      this._shownTotal = this._ackedTotal;
    }
    return this._shown;
  }

  /** What was told may be lost with the transport it was told on: all of it is told again. */
  retell(): void {
    this._told = ZERO;
    this._toldTotal = 0;
  }

  /** Bytes held here: incomplete or not yet handed over. */
  get bufferedBytes(): number {
    return this._total - this._handedTotal;
  }

  get waiting(): number {
    return this._queue.length;
  }

  /** Takes a part that begins at the transport's read position, and moves that on. */
  take(at: ReadPosition, part: Data, bytes: number, isLast: boolean): Refused | null {
    const messages = at._readMessages;
    const from = at._readBytes;
    at._readMessages = isLast ? messages + 1 : messages;
    at._readBytes = isLast ? 0 : from + bytes;
    if (messages < this._messages) return null;
    if (messages > this._messages || from > this._bytes) return 'ERR_POSITION';
    const known = this._bytes - from;
    // Already here, unless it brings more bytes, or the end of a message whose bytes are all here.
    if (known > bytes || (known === bytes && !isLast)) return isLast ? 'ERR_PACKET' : null;
    return this._append(known === 0 ? part : skip(part, known), bytes - known, isLast);
  }

  private _append(part: Data | null, bytes: number, isLast: boolean): Refused | null {
    if (part === null) return 'ERR_PACKET';
    let parts = this._parts;
    const first = parts[0];
    if (first !== undefined && typeof first !== typeof part) return 'ERR_PACKET';
    if (this._bytes + bytes > this._limits.maxMessageBytes) return 'too large';
    if (
      this._total + bytes - this._shownTotal > this._limits.windowBytes ||
      this._messages - this._shown.messages >= this._limits.windowMessages
    ) {
      return 'ERR_WINDOW';
    }
    this._total += bytes;
    this._bytes += bytes;
    if (!isLast) {
      if (first === undefined) this._parts = parts = [];
      parts.push(part);
      // The peer chooses the size of parts: a million tiny ones must not become as many objects.
      if (++this._partCount % MANY_PARTS === 0) parts.push(join(parts.splice(-MANY_PARTS)));
      return null;
    }
    if (first === undefined) this._queue.push({ data: part, bytes });
    else {
      // Not by `concat`: bytes may be a plain array (engines without typed arrays), whose numbers that would take for parts.
      parts.push(part);
      this._queue.push({ data: join(parts), bytes: this._bytes });
      this._parts = NONE;
    }
    this._messages++;
    this._bytes = 0;
    return null;
  }

  /** Takes out the message that is handed over next; {@link handed} says that it was. */
  next(): Incoming | undefined {
    return this._queue.shift();
  }

  /** The application has returned from a message of so many bytes. */
  handed(bytes: number): void {
    this._handed++;
    this._handedTotal += bytes;
  }

  /** Forgets what was not handed over: nothing will be. */
  clear(): void {
    this._queue = new Queue();
    this._parts = NONE;
  }
}

function skip(part: Data, bytes: number): Data | null {
  if (typeof part !== 'string') return part.subarray(bytes);
  const index = charIndexAt(part, bytes);
  return index < 0 ? null : part.slice(index);
}

function join(parts: readonly Data[]): Data {
  if (typeof parts[0] === 'string') return parts.join('');
  const bytes = parts as readonly Uint8Array[];
  let size = 0;
  for (const part of bytes) size += part.length;
  const whole = new Uint8Array(size);
  let at = 0;
  for (const part of bytes) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
