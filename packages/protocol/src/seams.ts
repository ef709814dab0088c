import type { Frame } from './frame.js';

/**
 * The seams between the deterministic core and the sockets of this world. The client core calls {@link OpenSocket} and {@link PostRequest};
 * the server core is called with a {@link ServerSocketIo} or a {@link Responder}. The simulator implements the same four.
 */

/** How a client socket tells what happens to it. After `close` nothing more is called. */
export interface SocketEvents {
  /** The handshake succeeded. */
  open(): void;
  /** A whole frame of so many bytes: text (in UTF-8), or bytes that belong to the callee from now on. */
  message(frame: string | Uint8Array, bytes: number): void;
  /** The socket failed or ended; `reached` is `false` only if nothing can have arrived at a server. */
  close(hint: string, reached: boolean): void;
}

/** A WebSocket on the client. */
export interface ClientSocket {
  send(frame: Frame): void;
  /** Bytes accepted by `send` and not yet handed to the network. */
  bufferedAmount(): number;
  /** Ends it; no event follows. */
  close(): void;
}

/** Opens a WebSocket to the endpoint. Throws, or calls `close`, where there is none. */
export type OpenSocket = (events: SocketEvents) => ClientSocket;

/** How one HTTP request tells what happens to it. After `end` or `fail` nothing more is called. */
export interface RequestEvents {
  /**
   * Decoded text of a `200 text/plain` answer (or event stream data re-joined to lines), as it arrives; empty if something has arrived that
   * can't be shown yet.
   */
  chunk(text: string): void;
  /** The answer is complete. */
  end(): void;
  /**
   * No answer of ours: network error (`status` 0), another status, another content type. `reached` is `false` only if nothing can have
   * arrived at a server.
   */
  fail(status: number, hint: string, reached: boolean): void;
}

/** A request under way. */
export interface ClientRequest {
  /** Gives it up; no event follows. */
  abort(): void;
}

/** Sends `body` as a POST to the endpoint. With `isStream` the answer's chunks are wanted as they arrive. */
export type PostRequest = (body: string, isStream: boolean, events: RequestEvents) => ClientRequest;

/** One HTTP answer on the server. */
export interface Responder {
  /**
   * Writes a piece of the `200` answer's body, sending headers with the first one. Returns `false` when no more should be written until
   * {@link ResponderEvents.drained}.
   */
  write(text: string): boolean;
  /** Bytes accepted by {@link write} and not yet handed to the network. */
  bufferedAmount(): number;
  /** Writes the last piece, if there is one more, and ends the answer, complete. */
  end(text?: string): void;
  /** Breaks the connection. */
  destroy(): void;
}

/** What the server adapter calls on the object that {@link Responder} was given to. */
export interface ResponderEvents {
  /** The connection of this answer ended, whether the answer was complete or not. */
  closed(): void;
  /** All that was written has left. */
  drained(): void;
}

/** A WebSocket on the server. */
export interface ServerSocketIo {
  /** Sends frames, in one piece. */
  send(frames: readonly Frame[]): void;
  /** Bytes accepted by `send` and not yet handed to the network. */
  bufferedAmount(): number;
  /** Sends one frame more, unless it is empty, and begins the closing handshake with this status code, in one piece. */
  close(code: number, last: string): void;
}

/** What the server adapter calls on the object that {@link ServerSocketIo} was given to. */
export interface ServerSocketEvents {
  /** A whole frame of so many bytes arrived: text (in UTF-8), or bytes that belong to the callee from now on. */
  message(frame: string | Uint8Array, bytes: number): void;
  /** The connection ended. */
  closed(): void;
  /** All that was sent has left. */
  drained(): void;
}
