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
  private _isOpen = false;
  private _isOver = false;
  private _hint = '';

  constructor({ url, headers, tls, agent }: Network, events: SocketEvents) {
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
      if (!this._isOver) events.open();
    });
    socket.on('message', (data: Buffer, isBinary: boolean) => {
      if (!this._isOver) events.message(isBinary ? ownBytes(data) : data.toString(), data.length);
    });
    // Always followed by `close`.
    socket.on('error', (error: NodeJS.ErrnoException) => {
      this._hint = describeError(error);
    });
    socket.on('close', (code, reason) => {
      // Nothing is sent before `open`, so nothing can have arrived.
      if (!this._isOver) events.close(this._hint || `WebSocket closed: ${code} ${reason.toString()}`, this._isOpen);
      this._isOver = true;
    });
  }

  send(frame: string | Uint8Array): void {
    this._socket.send(frame);
  }

  bufferedAmount(): number {
    return this._socket.bufferedAmount;
  }

  close(): void {
    this._isOver = true;
    this._socket.close(1000);
  }
}
