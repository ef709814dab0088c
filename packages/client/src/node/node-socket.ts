import { MAX_FRAME_BYTES, ownBytes, type ClientSocket, type OpenSocket, type SocketEvents } from '@holdfast/protocol';
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
    socket.on('open', () => {
      this._isOpen = true;
      this._events?.open();
    });
    socket.on('message', (data: Buffer, isBinary: boolean) => {
      this._events?.message(isBinary ? ownBytes(data) : data.toString(), data.length);
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

  send(frame: string | Uint8Array): void {
    this._socket.send(frame);
  }

  bufferedAmount(): number {
    return this._socket.bufferedAmount;
  }

  close(): void {
    this._events = null;
    this._socket.close(1000);
  }
}
