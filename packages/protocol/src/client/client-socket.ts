import { FRAME_BYTES, MAX_UNDRAINED_BYTES } from '../defaults.js';
import { cutFrame } from '../frame.js';
import type { ClientSocket, OpenSocket, SocketEvents } from '../seams.js';
import type { TransportFactory } from './client-session.js';
import { ClientTransport } from './client-transport.js';

/** Browsers don't say when a socket has drained. */
const LOOK_AGAIN_MS = 5;

/** Makes the `websocket` transport out of a way to open one. */
export function websocket(open: OpenSocket): TransportFactory {
  return { name: 'websocket', _create: (session) => new SocketTransport(session, open) };
}

class SocketTransport extends ClientTransport implements SocketEvents {
  readonly name = 'websocket';
  override readonly isRaw = true;
  override readonly isHttp = false;
  private readonly _open: OpenSocket;
  private _socket: ClientSocket | null = null;
  private _isWoken = false;
  private _isWaiting = false;

  constructor(session: ClientTransport['_session'], open: OpenSocket) {
    super(session);
    this._open = open;
  }

  override start(): void {
    try {
      this._socket = this._open(this);
    } catch (error) {
      this._die(String(error), 0, false);
    }
  }

  open(): void {
    if (!this._isFinished) this._socket?.send(this._session._attachPackets(this));
  }

  message(frame: string | Uint8Array, bytes: number): void {
    if (this._isFinished) return;
    const session = this._session;
    session._heard(this);
    if (typeof frame !== 'string') {
      session._binaryFrame(this, frame);
      return;
    }
    if (bytes > frame.length) this._isAscii = false;
    const isWhole = cutFrame(session._env, frame, bytes, (letter, content, rawBytes) => {
      session._packet(this, letter, content, rawBytes);
      return !this._isFinished;
    });
    if (!isWhole) this._die('a frame was cut');
  }

  close(hint: string, isReached: boolean): void {
    this._die(hint, 0, isReached);
  }

  override wake(): void {
    if (this._isWoken || this._isFinished) return;
    this._isWoken = true;
    this._session._env.defer(() => {
      this._isWoken = false;
      this._flush();
    });
  }

  private _flush(): void {
    const socket = this._socket;
    if (!socket || this._isFinished || this._attachedAt === 0 || this._isWaiting) return;
    while (socket.bufferedAmount() < MAX_UNDRAINED_BYTES) {
      const frame = this._session._pull(this, FRAME_BYTES);
      if (frame !== '') socket.send(frame);
      if (!this._session._hasMore(frame)) return;
    }
    this._isWaiting = true;
    const before = socket.bufferedAmount();
    this._session._env.setTimer(() => {
      this._isWaiting = false;
      if (this._isFinished) return;
      // The server takes what we write: it lives.
      if (socket.bufferedAmount() < before) this._session._heard(this);
      this._flush();
    }, LOOK_AGAIN_MS);
  }

  override finish(last: string): void {
    const text = this._control + last;
    if (text !== '' && this._attachedAt > 0 && !this._isFinished) this._socket?.send(text);
    this.drop();
  }

  override drop(): void {
    this._isFinished = true;
    this._socket?.close();
  }
}
