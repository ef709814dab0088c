import type { Position } from './position.js';

/** What JSON can say. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** `n`: attach, new session (PROTOCOL.md section 4). */
export interface NewAttach {
  v: number;
  nonce: string;
  /** The client's receive window: bytes, messages. */
  window: readonly [number, number];
  /** Largest message the client takes, bytes. */
  max: number;
  /** Subprotocols offered, in order of preference; empty if absent. */
  protocols: readonly string[];
  /** For the application's `authorize`; `undefined` if absent. */
  auth: unknown;
  /** 0 if absent: the client holds another attached transport. */
  choice: number;
  /** Milliseconds since an attempt of this session first carried messages; 0 if absent: none did. */
  age: number;
}

/** `r`: attach, resume (PROTOCOL.md section 4). */
export interface ResumeAttach {
  v: number;
  id: string;
  key: string;
  /** The client has received up to here. */
  got: Position;
  /** The client acknowledges up to here. */
  ack: Position;
  /** For the application's `authorize`; `undefined` if absent. */
  auth: unknown;
  /** 0 if absent: the client holds another attached transport. */
  choice: number;
}

/** `a`: attached (PROTOCOL.md section 4). */
export interface Attached {
  id: string;
  /** The session's secret; only in the answer to `n`. */
  key?: string | undefined;
  /** The server has received up to here. */
  got: Position;
  /** The server acknowledges up to here. */
  ack: Position;
  /** Names the server process. */
  instance: string;
  /** The server's receive window: bytes, messages. */
  window: readonly [number, number];
  /** Largest message the server takes, bytes. */
  max: number;
  /** Largest HTTP request body, bytes. */
  body: number;
  /** `intervalMs` and `timeoutMs` of PROTOCOL.md section 8. */
  heartbeat: readonly [number, number];
  /** Longest hold of a request, ms. */
  hold: number;
  /** Resume window, ms. */
  resume: number;
  /** The subprotocol chosen, or `''`. */
  protocol: string;
}

/** `c`: close (PROTOCOL.md section 6). */
export interface CloseInfo {
  /** 1000 to 4999, see `CLOSE`. */
  code: number;
  /** At most 123 UTF-8 bytes. */
  reason: string;
  /** The sender's final position. */
  at: Position;
  /** The sender's final acknowledgement. */
  ack: Position;
  retryAfterMs?: number | undefined;
}

/** `x`: close acknowledged (PROTOCOL.md section 6). */
export interface ClosedInfo {
  /** The sender's final acknowledgement. */
  ack: Position;
}

/** `g`: there is no such session (PROTOCOL.md section 6). */
export interface GoneInfo {
  /** 1000 to 4999, see `CLOSE`. */
  code: number;
  reason: string;
  /** The server's final acknowledgement; absent if it is not known. */
  ack?: Position;
  retryAfterMs?: number | undefined;
}

/** `e`: this transport is refused or broken (PROTOCOL.md section 7). */
export interface ErrorInfo {
  /** An `ErrorCode`, or one that a later server has. */
  code: string;
  message: string;
  retryAfterMs?: number | undefined;
  /** With `ERR_VERSION`: those that the server speaks. */
  versions?: readonly number[];
}

/** How an HTTP request is answered (PROTOCOL.md section 5.2). */
export type AnswerMode = 'poll' | 'hold' | 'stream' | 'send';

/** `q`: first line of every HTTP request body (PROTOCOL.md section 5.2). */
export interface RequestEnvelope {
  v: number;
  /** Names the transport: 1 to 2^31 - 1, random. */
  via: number;
  /** The request's number within the transport; 0 is the attach. */
  n: number;
  as: AnswerMode;
  /** Longest time until the answer ends, ms; 0 if absent. */
  hold: number;
  /** Largest answer wanted, bytes; at least 1,024. */
  size: number;
  /** Begin the answer with a padding line of this many spaces, at most 4,096; 0 if absent. */
  pad: number;
  /**
   * The answer is read by a GET: `true` for one whose ticket the server makes (PROTOCOL.md section 5.5), or a ticket of the client's own
   * (section 5.6); `false` if absent.
   */
  get: boolean | string;
  /** `''` if absent. */
  id: string;
  /** `''` if absent. */
  key: string;
}

/** `s`: the transport that carries it is chosen (PROTOCOL.md section 4). */
export interface Choice {
  /** 1 or more. */
  choice: number;
  /** The client has received up to here. */
  got: Position;
}
