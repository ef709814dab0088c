import type { Data, TransportName } from './environment.js';
import type { Unconfirmed } from './outbox.js';

/**
 * `connecting`: not yet attached for the first time; `open`: a transport carries it; `away`: none does, but it lives; `closing`: `close` was
 * called and what was sent is still being delivered; `closed`: over.
 */
export type SessionState = 'connecting' | 'open' | 'away' | 'closing' | 'closed';

/** How a session ended, and what of this side's messages is not known to have arrived. */
export interface CloseEvent {
  readonly code: number;
  readonly reason: string;
  readonly unconfirmed: Unconfirmed[];
}

/** Events of a session on both ends. */
export interface SessionEvents {
  /** The session exists on both ends; on the client again after each `reset`. */
  open: undefined;
  /** A message. While there is no listener, none is taken. */
  message: Data;
  /** `send` returned `false`, and may be called again. */
  drain: undefined;
  /** Another transport carries the session, or none (`null`). */
  transport: { readonly name: TransportName | null };
  /** The session is over. Nothing follows. */
  close: CloseEvent;
}

/** What bounds a session; all numbers, bytes and milliseconds as their names say. */
export interface SessionLimits {
  readonly windowBytes: number;
  readonly windowMessages: number;
  readonly maxMessageBytes: number;
  readonly highWaterMarkBytes: number;
  readonly maxBufferedBytes: number;
  readonly maxBufferedMessages: number;
  readonly closeTimeoutMs: number;
}
