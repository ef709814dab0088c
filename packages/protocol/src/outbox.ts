import type { Data, Environment } from './environment.js';
import { PART_BYTES, RAW_TEXT_BYTES } from './defaults.js';
import type { Frame } from './frame.js';
import { escapePart } from './message.js';
import { comparePositions, formatPosition, ZERO, type Position } from './position.js';
import { Queue } from './queue.js';
import { charIndexAt, sliceUtf8 } from './text.js';

/** A message that waits to be acknowledged. A broadcast shares one among all sessions. */
export interface Outgoing {
  readonly data: Data;
  readonly bytes: number;
  /** Bytes of memory that it costs the session: none, where many sessions hold this same object. */
  readonly ownBytes: number;
  /** A text that is known to need no escapes, and to have one byte for each code unit. Long ones may as well: nobody has looked. */
  readonly isPlain: boolean;
  /** The whole message as one packet, where somebody has encoded it already. */
  readonly line?: string | undefined;
}

/** A message that is not known to have arrived. */
export interface Unconfirmed {
  readonly data: Data;
  /** `false`: certainly not handed to the peer's application; `true`: it may have been. */
  readonly sent: boolean;
}

/** Below this, what is left of a budget isn't worth a part of its own. */
const WORTHWHILE_BYTES = 1024;

/** The sending half of a session: every message not yet acknowledged, and how far the chosen transport has come. */
export class Outbox {
  windowBytes = 0;
  windowMessages = 0;
  /** The next data packet must say where it begins. @internal */
  _announce = true;
  private readonly _env: Environment;
  private readonly _entries = new Queue<Outgoing>();
  /** Acknowledged position, and content bytes before it. */
  private _acked: Position = ZERO;
  private _ackedTotal = 0;
  /** What is sent next: message, byte and character within it, content bytes before it. */
  private _messages = 0;
  private _bytes = 0;
  private _chars = 0;
  private _total = 0;
  /** Bytes beyond one for each character, of all that was sent. */
  private _wide = 0;
  /** The furthest that was ever handed to a transport. @internal */
  _sent: Position = ZERO;
  /** Content bytes ever pushed. @internal */
  _pushedTotal = 0;
  /** What the messages that are kept cost this session, bytes of memory. */
  ownBytes = 0;
  private _frame: Uint8Array | null = null;

  constructor(env: Environment) {
    this._env = env;
  }

  /** Messages not yet wholly acknowledged. */
  get count(): number {
    return this._entries.length;
  }

  /** Content bytes not yet acknowledged. */
  get bufferedBytes(): number {
    return this._pushedTotal - this._ackedTotal;
  }

  /** Where the next message pushed will end up: the final position when nothing more is pushed. */
  get end(): Position {
    return { messages: this._acked.messages + this.count, bytes: 0 };
  }

  get acked(): Position {
    return this._acked;
  }

  get cursor(): Position {
    return { messages: this._messages, bytes: this._bytes };
  }

  push(message: Outgoing): void {
    this._entries.push(message);
    this._pushedTotal += message.bytes;
    this.ownBytes += message.ownBytes;
  }

  /** Everything pushed has been handed to the chosen transport. */
  get isDrained(): boolean {
    return this._messages === this._acked.messages + this.count && !this._frame;
  }

  /** There is something to send, and the peer's window takes it. */
  get canSend(): boolean {
    return this._frame !== null || (!this.isDrained && this._room(this._entry()) >= 0);
  }

  /** Content bytes that may be sent of `entry`, the next message; -1 if it must wait. */
  private _room({ data, bytes }: Outgoing): number {
    if (this._bytes === 0 && this._messages - this._acked.messages >= this.windowMessages) return -1;
    const room = this.windowBytes - (this._total - this._ackedTotal);
    // A part of a text ends between two characters, and one may take 4 bytes.
    return room >= Math.min(bytes - this._bytes, typeof data === 'string' ? 4 : 1) ? room : -1;
  }

  /** The message that is sent next. */
  private _entry(): Outgoing {
    return this._at(this._messages - this._acked.messages);
  }

  private _at(index: number): Outgoing {
    return this._entries.peek(index) ?? NOTHING;
  }

  /** A binary frame waits that belongs to the text before it. @internal */
  get _hasFrame(): boolean {
    return this._frame !== null;
  }

  /** Whether the peer can have come as far as `position`: that was sent, and lies between two characters of its message. */
  has(position: Position): boolean {
    if (comparePositions(position, this._sent) > 0) return false;
    if (position.bytes === 0 || comparePositions(position, this._acked) <= 0) return true;
    const { data, bytes } = this._at(position.messages - this._acked.messages);
    return position.bytes <= bytes && (typeof data !== 'string' || charIndexAt(data, position.bytes) >= 0);
  }

  /** Takes the peer's acknowledgement; `false` if it is for something that was never sent. Older ones than known change nothing. */
  ack(position: Position): boolean {
    if (!this.has(position)) return false;
    if (comparePositions(position, this._acked) <= 0) return true;
    let total = this._ackedTotal - this._acked.bytes;
    for (let message = this._acked.messages; message < position.messages; message++) {
      const { bytes, ownBytes } = this._entries.shift() ?? NOTHING;
      total += bytes;
      this.ownBytes -= ownBytes;
    }
    this._acked = position;
    this._ackedTotal = total + position.bytes;
    if (comparePositions(this.cursor, position) < 0) this.rewind(position);
    return true;
  }

  /** Continues at `position`, which the peer has received, on whatever transport pulls next; `false` if that was never sent. */
  rewind(position: Position): boolean {
    if (comparePositions(position, this._sent) > 0) return false;
    const to = comparePositions(position, this._acked) < 0 ? this._acked : position;
    let total = this._ackedTotal - this._acked.bytes;
    for (let index = 0; index < to.messages - this._acked.messages; index++) {
      total += this._at(index).bytes;
    }
    this._messages = to.messages;
    this._bytes = to.bytes;
    this._total = total + to.bytes;
    this._chars = 0;
    this._announce = true;
    this._frame = null;
    if (to.bytes > 0) {
      const { data, bytes } = this._entry();
      this._chars = typeof data === 'string' ? charIndexAt(data, to.bytes) : to.bytes;
      if (to.bytes > bytes || this._chars < 0) return false;
    }
    return true;
  }

  /**
   * The next frame or piece of body: packets of about `budget` bytes, or with `isRaw` the bytes of a binary part, or packets that end with raw
   * text. It begins with `control`, and is empty if there is nothing, or the window is closed, or the budget is used up.
   */
  pull(isRaw: boolean, budget: number, control = ''): Frame {
    if (this._frame) {
      const frame = this._frame;
      this._frame = null;
      return frame;
    }
    const pulled = this._gather(isRaw, budget, control);
    const { cursor } = this;
    if (comparePositions(cursor, this._sent) > 0) this._sent = cursor;
    return pulled;
  }

  private _gather(isRaw: boolean, budget: number, control: string): Frame {
    let text = control;
    let left = budget - control.length;
    while (left > 0 && !this.isDrained) {
      const entry = this._entry();
      const open = this._room(entry);
      if (open < 0) break;
      const isText = typeof entry.data === 'string';
      const room = Math.min(open, PART_BYTES, isText || isRaw ? left : Math.floor((left * 3) / 4));
      const rest = entry.bytes - this._bytes;
      // The next frame is as near as the next part of this one.
      if (rest > room && text !== control && (isRaw || left < WORTHWHILE_BYTES)) break;
      if (this._announce) {
        text += `@${formatPosition(this.cursor)}\n`;
        this._announce = false;
      }
      if (isRaw && !isText) {
        const frame = this._binary(entry.data, rest, Math.max(1, room));
        if (frame.length < rest) text += 'B\n';
        if (text === '') return frame;
        this._frame = frame;
        return text;
      }
      const wide = this._wide;
      const isRawText = isRaw && !entry.isPlain && entry.bytes >= RAW_TEXT_BYTES;
      const line = isText
        ? this._text(entry, rest, Math.max(4, room), left, isRawText)
        : this._base64(entry, rest, Math.max(1, room));
      // In mid-message, there is more of it.
      if (isRawText) return { packets: text + (this._bytes > 0 ? 'U' : 'u'), rawText: line };
      text += line;
      // Bytes, not code units: the peer has said how many of them it wants.
      left -= line.length + this._wide - wide;
    }
    return text;
  }

  private _binary(data: Uint8Array, rest: number, room: number): Uint8Array {
    const bytes = Math.min(rest, room);
    const part = bytes === data.length ? data : data.subarray(this._bytes, this._bytes + bytes);
    this._advance(bytes, bytes, bytes === rest);
    return part;
  }

  private _base64(entry: Outgoing, rest: number, room: number): string {
    const part = this._binary(entry.data as Uint8Array, rest, room);
    return `${part.length === rest ? 'b' : 'B'}${this._env.encodeBase64(part)}\n`;
  }

  /** The next packet of a text, or with `isRawText` only its content. */
  private _text(entry: Outgoing, rest: number, room: number, left: number, isRawText: boolean): string {
    const data = entry.data as string;
    const from = this._chars;
    let most = Math.min(rest, room);
    for (;;) {
      const isLast = most === rest;
      const end = entry.bytes === data.length ? from + most : isLast ? data.length : sliceUtf8(data, from, most);
      const part = data.slice(from, end);
      const bytes = isLast ? rest : this._env.utf8Length(part);
      const packet = isRawText
        ? part
        : ((isLast && this._bytes === 0 ? entry.line : undefined) ??
          `${isLast ? 't' : 'T'}${escapePart(this._env, entry, part)}\n`);
      const written = packet.length - 2 - part.length + bytes;
      // Escapes may make six of one: less of it, then.
      if (written > left && bytes > 16) most = Math.max(4, Math.floor(bytes * Math.min(0.9, left / written)));
      else {
        this._advance(bytes, part.length, isLast);
        return packet;
      }
    }
  }

  private _advance(bytes: number, chars: number, isLast: boolean): void {
    this._total += bytes;
    this._wide += bytes - chars;
    this._messages += isLast ? 1 : 0;
    this._bytes = isLast ? 0 : this._bytes + bytes;
    this._chars = isLast ? 0 : this._chars + chars;
  }

  /** What is not known to have arrived. `isFinal`: the peer has said how far it handed over, so nothing of this was. */
  unconfirmed(isFinal: boolean): Unconfirmed[] {
    const begun = this._sent.messages + (this._sent.bytes > 0 ? 1 : 0);
    return this._entries
      .all()
      .map(({ data }, index) => ({ data, sent: !isFinal && this._acked.messages + index < begun }));
  }
}

const NOTHING: Outgoing = { data: '', bytes: 0, ownBytes: 0, isPlain: true };
