import { MAX_FIRST_BYTES } from '../defaults.js';
import type { Timer } from '../environment.js';
import { NONE } from '../queue.js';
import { Transport } from '../transport.js';
import type { Hub } from './hub.js';
import type { Peer } from './hub-host.js';
import type { ServerSession } from './server-session.js';

/** More than this written and not taken, and connections tell when it has left. */
const COUNTED_UNSENT_BYTES = 32_768;

/** A transport on the server: at first it belongs to nobody, then it waits for `authorize`, then it is attached. */
export abstract class Arriving extends Transport {
  /** @internal */ _session: ServerSession | null = null;
  /** @internal */ readonly _peer: Peer;
  /** Nothing more is taken from it. @internal */
  _isFinished = false;
  protected readonly _hub: Hub;
  private _isWoken = false;
  private _isWaiting = false;
  private _kept: (string | Uint8Array)[] = NONE;
  private _keptBytes = 0;
  /** What the hub's total counts for it. @internal */
  _counted = 0;
  private _timer: Timer;

  constructor(hub: Hub, peer: Peer) {
    super();
    this._hub = hub;
    this._peer = peer;
  }

  /** Whether its client may have left it without a trace. */
  get isAbandoned(): boolean {
    // A connection that ends says so.
    return this._isFinished;
  }

  /** What is written in one turn leaves at its end, in one piece. */
  override wake(): void {
    if (this._isWoken || this._isFinished) return;
    this._isWoken = true;
    this._hub._env.defer(() => {
      this._isWoken = false;
      this._flush();
    });
  }

  private _stopWaiting(): void {
    this._hub._env.clearTimer(this._timer);
    // A timer that was cleared is still an object, with all that it would have needed.
    this._timer = undefined;
  }

  /** Writes what the session has for it. */
  protected abstract _flush(): void;

  /** Gives the peer the handshake time to attach. */
  protected _expect(): void {
    this._timer = this._hub._env.setTimer(() => {
      if (!this._session && !this._isFinished)
        this._refuse('ERR_HANDSHAKE', 'no attach arrived in time, or it was not decided in time');
    }, this._hub._options.handshakeTimeoutMs);
  }

  /**
   * A packet: the attach, what has to wait until that is decided, or the session's. It was cut from something `wholeLength` code units long.
   * Of raw text it is known how many bytes that is.
   */
  protected _take(letter: string, content: string, wholeLength: number, rawBytes?: number): void {
    if (this._isFinished) return;
    if (this._session) {
      const isShort = 2 * content.length < wholeLength && 'tTuU'.indexOf(letter) >= 0;
      this._session._packet(this, letter, isShort ? copyText(content) : content, rawBytes);
      return;
    }
    const line = letter + content;
    if (this._isWaiting) this._keep(line, line.length);
    else {
      this._isWaiting = true;
      this._hub._arrive(this, line);
    }
  }

  /** The same of a whole line. */
  protected _takeLine(line: string): void {
    this._take(line.charAt(0), line.slice(1), Infinity);
  }

  protected _arriveBinary(frame: Uint8Array): void {
    if (this._isWaiting) this._keep(frame, frame.length);
    else this._refuse('ERR_PACKET', 'the first frame must be text and begin with an attach');
  }

  private _keep(packet: string | Uint8Array, bytes: number): void {
    this._keptBytes += bytes;
    this._counts(this._keptBytes);
    if (this._keptBytes > MAX_FIRST_BYTES)
      this._refuse('ERR_BODY_SIZE', 'more than 65536 bytes came before the attach was answered');
    else if (this._kept.length > 0) this._kept.push(packet);
    else this._kept = [packet];
  }

  /** So many bytes are held here, outside of any session: they count towards the server's total. */
  protected _counts(bytes: number): void {
    this._hub._grow(bytes - this._counted);
    this._counted = bytes;
  }

  /** So many bytes were written that the network has not taken. Few of them are not counted: of those nobody tells when they have left. */
  protected _countsUnsent(bytes: number, others = 0): void {
    this._counts(others + (bytes >= COUNTED_UNSENT_BYTES ? bytes : 0));
  }

  /** The hub has decided: from now on it carries `session`. @internal */
  _belong(session: ServerSession): void {
    this._stopWaiting();
    this._session = session;
  }

  /** Hands the session what came while `authorize` thought. @internal */
  _release(): void {
    const kept = this._kept;
    this._kept = NONE;
    this._keptBytes = 0;
    this._counts(0);
    for (const packet of kept) {
      if (this._isFinished) return;
      if (typeof packet === 'string') this._takeLine(packet);
      else this._session?._binaryFrame(this, packet);
    }
  }

  /** It ended. */
  protected _gone(why: string): void {
    this._isFinished = true;
    this._stopWaiting();
    this._kept = NONE;
    this._counts(0);
    this._hub._left(this);
    this._session?._lost(this, why);
  }

  /** Answers `e` and ends. @internal */
  abstract _refuse(code: string, message: string, more?: object): void;
}

/**
 * The same text in memory of its own. Engines cut strings without copying, so a short message that waits, or that the application keeps, would
 * keep the whole frame or body alive that it came in: a megabyte, for ten bytes that are counted.
 */
function copyText(text: string): string {
  // To cut it, engines make one piece of what was put together.
  return ` ${text}`.slice(1);
}
