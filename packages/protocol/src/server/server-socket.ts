import { FRAME_BYTES, MAX_FIRST_BYTES, MAX_UNDRAINED_BYTES } from '../defaults.js';
import { cutFrame, frameLength, type Frame } from '../frame.js';
import { formatError } from '../packets.js';
import type { ServerSocketEvents, ServerSocketIo } from '../seams.js';
import { Arriving } from './arriving.js';
import type { Hub } from './hub.js';
import type { Peer } from './hub-host.js';

/** A WebSocket on the server. */
export class ServerSocket extends Arriving implements ServerSocketEvents {
  readonly name = 'websocket';
  override readonly isRaw = true;
  override readonly isHttp = false;
  private readonly _io: ServerSocketIo;

  constructor(hub: Hub, io: ServerSocketIo, peer: Peer) {
    super(hub, peer);
    this._io = io;
    this._expect();
  }

  message(frame: string | Uint8Array, bytes: number): void {
    if (this._isFinished) return;
    this._session?._heard(this);
    if (typeof frame !== 'string') {
      if (this._session) this._session._binaryFrame(this, frame);
      else this._arriveBinary(frame);
      return;
    }
    if (bytes > frame.length) this._isAscii = false;
    if (!this._session && bytes > MAX_FIRST_BYTES) {
      this._refuse('ERR_BODY_SIZE', 'the first frame of an attach has more than 65536 bytes');
      return;
    }
    const isWhole = cutFrame(this._hub._env, frame, bytes, (letter, content, rawBytes) => {
      this._take(letter, content, frame.length, rawBytes);
      return !this._isFinished;
    });
    // A frame is whole by itself: whatever has no terminator is malformed.
    if (!isWhole) this._take('?', '', 1);
  }

  closed(): void {
    this._gone('closed');
  }

  drained(): void {
    // The peer takes what we write: it lives.
    this._session?._heard(this);
    this._flush();
  }

  protected override _flush(): void {
    const session = this._session;
    if (!session || this._isFinished) return;
    let isMore = true;
    let room = MAX_UNDRAINED_BYTES - this._io.bufferedAmount();
    while (isMore && room > 0) {
      const frames: Frame[] = [];
      while (isMore && room > 0) {
        const frame = session._pull(this, FRAME_BYTES);
        isMore = session._hasMore(frame);
        if (frame === '') break;
        frames.push(frame);
        room -= frameLength(frame);
      }
      if (frames.length > 0) this._io.send(frames);
      room = MAX_UNDRAINED_BYTES - this._io.bufferedAmount();
    }
    this._countsUnsent(MAX_UNDRAINED_BYTES - room);
  }

  override finish(last: string): void {
    if (this._isFinished) return;
    this._isFinished = true;
    const text = this._control + last;
    this._control = '';
    this._io.close(1000, text);
    this._gone('finished');
  }

  override _refuse(code: string, message: string, more: object = {}): void {
    this._hub._count(code, this._peer);
    this.finish(formatError({ code, message, ...more }));
  }
}
