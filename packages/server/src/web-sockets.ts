import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import {
  formatError,
  isRawFrame,
  MAX_FIRST_BYTES,
  MAX_FRAME_BYTES,
  ownBytes,
  type ErrorCode,
  type Frame,
  type Peer,
  type ServerSocketEvents,
  type ServerSocketIo,
} from '@holdfast/protocol';
import { closeWhenEnded, decodeUtf8 } from '@holdfast/protocol/node';
import { WebSocket, WebSocketServer } from 'ws';
import { LARGE_TEXT_LENGTH } from './node-environment.js';
import { sharedTextFrame } from './text-frame.js';
import { TurnShare } from './turn-share.js';

/** How long the closing handshake of a WebSocket may take. `@types/ws` doesn't know the option. */
const CLOSE_TIMEOUT_MS = 5000;

/**
 * What may arrive before the first frame is whole. An attach has at most 65,536 bytes; the rest is room for the headers of its fragments. Without
 * this, whoever has shown nothing yet could have us keep a frame of full size.
 */
const MAX_FIRST_RAW_BYTES = 2 * MAX_FIRST_BYTES;

type Open = (io: ServerSocketIo) => ServerSocketEvents;

type CountError = (code: ErrorCode, peer: Peer) => void;

/** Accepts WebSockets. The only file that knows of `ws`. */
export class WebSockets {
  readonly #server: WebSocketServer;
  readonly #sockets = new Map<WebSocket, Peer>();
  /** When thousands of clients come back at once, handshakes must not keep the sessions that are there from their turn. */
  readonly #handshakes = new TurnShare();

  /** `count` is told of errors that sockets are closed for here. */
  constructor(count: CountError) {
    const options = {
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false,
      maxPayload: MAX_FRAME_BYTES,
      skipUTF8Validation: false,
      handleProtocols: () => false as const,
      closeTimeout: CLOSE_TIMEOUT_MS,
      WebSocket: explainingSocket((code, socket) => {
        const peer = this.#sockets.get(socket);
        if (peer) count(code, peer);
      }),
    };
    this.#server = new WebSocketServer(options);
  }

  /** Open WebSockets. */
  get count(): number {
    return this.#sockets.size;
  }

  /** Answers a handshake, in this turn or a later one; if it is a proper one, `open` is asked who gets the frames. */
  accept(request: IncomingMessage, socket: Duplex, head: Buffer, peer: Peer, open: Open): void {
    this.#handshakes.run(() => this.#accept(request, socket, head, peer, open));
  }

  #accept(request: IncomingMessage, socket: Duplex, head: Buffer, peer: Peer, open: Open): void {
    try {
      this.#server.handleUpgrade(request, socket, head, (webSocket) => {
        this.#sockets.set(webSocket, peer);
        const io = new ServerSocketAdapter(webSocket, socket);
        io.bind(open(io), this.#forget);
        guardFirstFrame(webSocket, socket);
      });
    } catch {
      // `ws` throws for a socket that somebody has upgraded already.
      socket.destroy();
    }
  }

  /** One for all: of many thousand sockets that do nothing, each costs what its closures cost. */
  readonly #forget = (webSocket: WebSocket): void => void this.#sockets.delete(webSocket);

  /** Ends those that nobody has ended yet. */
  close(): void {
    for (const socket of this.#sockets.keys()) if (socket.readyState === WebSocket.OPEN) socket.close(1001);
  }
}

class ServerSocketAdapter implements ServerSocketIo {
  readonly #webSocket: WebSocket;
  readonly #socket: Duplex;

  constructor(webSocket: WebSocket, socket: Duplex) {
    this.#webSocket = webSocket;
    this.#socket = socket;
  }

  /** Calls `closed` when it is; all else is told to `events`. */
  bind(events: ServerSocketEvents, closed: (webSocket: WebSocket) => void): void {
    this.#webSocket.on('message', (data: Buffer, isBinary: boolean) => {
      events.message(isBinary ? ownBytes(data) : decodeUtf8(data), data.length);
    });
    this.#webSocket.on('error', ignore);
    this.#webSocket.on('close', () => {
      closed(this.#webSocket);
      events.closed();
    });
    this.#socket.on('drain', () => events.drained());
  }

  send(frames: readonly Frame[]): void {
    const webSocket = this.#webSocket;
    const socket = this.#socket;
    if (webSocket.readyState !== WebSocket.OPEN) return;
    const isAlone = frames.length === 1 && socket.writableLength === 0;
    if (!isAlone) socket.cork();
    for (const frame of frames) {
      // A small frame of ours is a piece of shared memory, and could keep it company for long while it waits behind others.
      if (typeof frame === 'string' && frame.length < LARGE_TEXT_LENGTH && !isAlone) webSocket.send(frame);
      else if (typeof frame === 'string' || isRawFrame(frame)) socket.write(sharedTextFrame(frame));
      else webSocket.send(frame);
    }
    if (!isAlone) socket.uncork();
  }

  bufferedAmount(): number {
    return this.#socket.writableLength;
  }

  close(code: number, last: string): void {
    const socket = this.#socket;
    socket.cork();
    if (last !== '') this.send([last]);
    this.#webSocket.close(code);
    socket.uncork();
    closeWhenEnded(socket);
  }
}

/** Closes a connection whose first frame takes too many bytes to become whole. */
function guardFirstFrame(webSocket: WebSocket, socket: Duplex): void {
  let receivedBytes = 0;
  const onData = (chunk: Buffer): void => {
    receivedBytes += chunk.length;
    if (receivedBytes <= MAX_FIRST_RAW_BYTES) return;
    socket.off('data', onData);
    webSocket.close(1009);
    // Nothing more is read, so nothing more is kept.
    webSocket.pause();
  };
  socket.on('data', onData);
  webSocket.once('message', () => socket.off('data', onData));
}

/** `ws` ends a connection that breaks RFC 6455 with `close(code)`. Ours first says why, as PROTOCOL.md asks for. */
function explainingSocket(count: (code: ErrorCode, socket: WebSocket) => void): typeof WebSocket {
  return class ExplainingSocket extends WebSocket {
    override close(code?: number, data?: string | Buffer): void {
      // With `data` it is the peer who closes.
      const explanation = data === undefined && code !== undefined ? EXPLANATIONS[code] : undefined;
      if (explanation && this.readyState === WebSocket.OPEN) {
        count(explanation.code, this);
        this.send(formatError(explanation));
      }
      super.close(code, data);
    }
  };
}

const TOO_LARGE = { code: 'ERR_BODY_SIZE', message: 'the frame is larger than allowed' } as const;
const MALFORMED = { code: 'ERR_PACKET', message: 'the WebSocket frame is malformed' } as const;

const EXPLANATIONS: Readonly<Record<number, { readonly code: ErrorCode; readonly message: string }>> = {
  1002: MALFORMED,
  1003: MALFORMED,
  1007: MALFORMED,
  1008: TOO_LARGE,
  1009: TOO_LARGE,
};

function ignore(): void {
  // `close` follows every error of a socket, and is all that matters.
}
