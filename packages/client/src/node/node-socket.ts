import { MAX_FRAME_BYTES, ownBytes, type OpenSocket } from '@holdfast/protocol';
import { WebSocket } from 'ws';
import { describeError } from './describe-error.js';
import type { Network } from './network.js';

/** How long a peer may take to answer our close, before the connection is cut. `ws` would wait for 30 s, and keep the process. */
const CLOSE_TIMEOUT_MS = 2000;

/** WebSockets by `ws`. The only file that knows it. */
export function nodeSocket({ url, headers, tls, agent }: Network): OpenSocket {
  return (events) => {
    const options: WebSocket.ClientOptions & { closeTimeout: number } = {
      ...tls,
      headers,
      ...(agent && { agent }),
      perMessageDeflate: false,
      closeTimeout: CLOSE_TIMEOUT_MS,
      maxPayload: MAX_FRAME_BYTES,
    };
    const socket = new WebSocket(url.replace('http', 'ws'), options);
    let isOpen = false;
    let isOver = false;
    let hint = '';
    socket.on('open', () => {
      isOpen = true;
      if (!isOver) events.open();
    });
    socket.on('message', (data: Buffer, isBinary: boolean) => {
      if (!isOver) events.message(isBinary ? ownBytes(data) : data.toString(), data.length);
    });
    // Always followed by `close`.
    socket.on('error', (error: NodeJS.ErrnoException) => {
      hint = describeError(error);
    });
    socket.on('close', (code, reason) => {
      // Nothing is sent before `open`, so nothing can have arrived.
      if (!isOver) events.close(hint || `WebSocket closed: ${code} ${reason.toString()}`, isOpen);
      isOver = true;
    });
    return {
      send: (frame) => socket.send(frame),
      bufferedAmount: () => socket.bufferedAmount,
      close() {
        isOver = true;
        socket.close(1000);
      },
    };
  };
}
