import type { Data } from '@holdfast/protocol';
import { drawMessage, type Sizes } from './payload.js';
import type { Random } from './random.js';
import type { Stream } from './ledger.js';

/** What both ends' sessions have in common for one who only sends. */
interface Sink {
  send(data: Data): boolean;
}

/** An application that has so many messages to send, and sends them as fast as it is let: it waits for `drain` when it has to. */
export class Speaker {
  /** Messages that are yet to be sent. */
  wanted = 0;
  sentCount = 0;
  refusedCount = 0;
  private readonly _random: Random;
  private readonly _label: string;
  private readonly _sizes: Sizes;
  private _sink: Sink | null = null;
  private _stream: Stream | null = null;
  private _next: Data | null = null;
  private _isWaiting = false;
  private _isSending = false;
  /** Goes on until it is refused. */
  private readonly _isRude: boolean;

  constructor(random: Random, label: string, sizes: Sizes) {
    this._random = random;
    this._label = label;
    this._sizes = sizes;
    this._isRude = random.chance(0.3);
  }

  /** From now on messages go into this session. */
  begin(sink: Sink, stream: Stream): void {
    this._sink = sink;
    this._stream = stream;
    this._isWaiting = false;
    this.speak();
  }

  /** Its session takes no more. */
  stop(sink: Sink): void {
    if (this._sink !== sink) return;
    this._sink = null;
    this._stream = null;
  }

  drained(sink: Sink): void {
    if (this._sink !== sink) return;
    this._isWaiting = false;
    this.speak();
  }

  want(count: number): void {
    this.wanted += count;
    this.speak();
  }

  speak(): void {
    if (this._isSending) return;
    this._isSending = true;
    while (this.wanted > 0 && this._sink && this._stream && !this._isWaiting) {
      const data = this._next ?? drawMessage(this._random, `${this._label}${String(this.sentCount)}|`, this._sizes);
      this._next = data;
      try {
        // Recorded first, because it may be handed over before `send` returns.
        this._stream.send(data);
        const mayGoOn = this._sink.send(data);
        this._next = null;
        this.sentCount++;
        this.wanted--;
        if (!mayGoOn && !this._isRude) this._isWaiting = true;
      } catch (error) {
        this._stream.sent.pop();
        const { code } = error as { code?: string };
        // Its party has closed the session in the meantime; what should have been sent before is missed by the checks.
        if (code === 'ERR_CLOSED') break;
        if (code !== 'ERR_BUFFER_FULL') throw error;
        this.refusedCount++;
        this._isWaiting = true;
      }
    }
    this._isSending = false;
  }

  get describe(): string {
    return `${this._label}: ${String(this.sentCount)} sent, ${String(this.wanted)} to send${this._isWaiting ? ', waits for drain' : ''}${this._sink ? '' : ', has no session'}`;
  }
}
