import type { Socket } from 'node:net';
import {
  isRawFrame,
  MAX_FRAME_BYTES,
  ownBytes,
  type ClientSocket,
  type Frame,
  type OpenSocket,
  type SocketEvents,
} from '@holdfast/protocol';
import { closeWhenEnded, decodeUtf8, maskedBinaryFrame, textFrame } from '@holdfast/protocol/node';
import { WebSocket } from 'ws';
import { describeError } from './describe-error.js';
import type { Network } from './network.js';

/** How long a peer may take to answer our close, before the connection is cut. `ws` would wait for 30 s, and keep the process. */
const CLOSE_TIMEOUT_MS = 2000;

/** WebSockets by `ws`. The only file that knows it. */
export function nodeSocket(network: Network): OpenSocket {
  return (events) => new NodeSocket(network, events);
}

class NodeSocket implements ClientSocket {
  private readonly _socket: WebSocket;
  /** `null` once nobody is told anything any more. The listeners below know it only from here: V8 may keep them for long after that. */
  private _events: SocketEvents | null;
  /** Frames go there without `ws`: see `textFrame`. */
  private _connection: Socket | null = null;
  private _isOpen = false;
  private _hint = '';

  constructor({ url, headers, tls, agent }: Network, events: SocketEvents) {
    this._events = events;
    const options: WebSocket.ClientOptions & { closeTimeout: number } = {
      ...tls,
      headers,
      ...(agent && { agent }),
      perMessageDeflate: false,
      closeTimeout: CLOSE_TIMEOUT_MS,
      maxPayload: MAX_FRAME_BYTES,
    };
    const socket = (this._socket = new WebSocket(url.replace('http', 'ws'), options));
    socket.on('upgrade', (response) => {
      this._connection = response.socket;
    });
    socket.on('open', () => {
      this._isOpen = true;
      this._events?.open();
    });
    socket.on('message', (data: Buffer, isBinary: boolean) => {
      this._events?.message(isBinary ? ownBytes(data) : decodeUtf8(data), data.length);
    });
    // Always followed by `close`.
    socket.on('error', (error: NodeJS.ErrnoException) => {
      this._hint = describeError(error);
    });
    socket.on('close', (code, reason) => {
      // Nothing is sent before `open`, so nothing can have arrived.
      this._events?.close(this._hint || `WebSocket closed: ${code} ${reason.toString()}`, this._isOpen);
      this._events = null;
    });
  }

  send(frame: Frame): void {
    // Where `ws` has closed it, and ended what lies below, a write would be an error, and cut it before the peer has read to the end.
    if (this._socket.readyState === WebSocket.OPEN) this._connection?.write(toMasked(frame));
  }

  bufferedAmount(): number {
    return this._socket.bufferedAmount;
  }

  close(): void {
    this._events = null;
    this._socket.close(1000);
    if (this._connection) closeWhenEnded(this._connection);
  }
}

function toMasked(frame: Frame): Buffer {
  if (typeof frame === 'string') return textFrame(frame, true);
  return isRawFrame(frame) ? textFrame(frame.rawText, true, frame.packets) : maskedBinaryFrame(frame);
}
