import type { TransportName } from '../environment.js';
import type { CloseEvent, SessionLimits } from '../session.js';
import type { ServerSession } from './server-session.js';

/** Where a transport comes from, as the adapter has found out. */
export interface Peer {
  /** What per-address limits count; `''` is exempt. */
  readonly address: string;
  readonly origin: string | null;
  /** Handed to `authorize` as it is. */
  readonly request: unknown;
  /** It can't read the answer to its POST, and names the ticket for it (PROTOCOL.md section 5.6). */
  readonly isForm?: boolean;
}

/** What `authorize` decided. */
export type Verdict = { readonly user: unknown } | { readonly refuse: string; readonly retryAfterMs?: number };

/** What the hub asks of the application and of the platform. */
export interface HubHost {
  /** Calls `attach`, in this turn or a later one: when thousands come at once, all others must have their turn as well. Without it, at once. */
  pace?(attach: () => void): void;
  authorize(peer: Peer, auth: unknown, done: (verdict: Verdict) => void): void;
  sameUser(a: unknown, b: unknown): boolean;
  /** The one of `offered` to use, or `''`. */
  selectProtocol(offered: readonly string[], peer: Peer): string;
  /** A session has begun. Its messages wait for a listener. */
  session(session: ServerSession): void;
  /** A transport carries it now, or could. The first one is told after the session itself. */
  attached?(session: ServerSession, transport: TransportName): void;
  ended(session: ServerSession, event: CloseEvent): void;
  /** Somebody was answered an error, whether or not it belongs to a session. */
  refused?(code: string, peer: Peer): void;
  /** SHA-256 of a secret. */
  digest(secret: string): string;
  /** Compares in constant time. */
  sameDigest(a: string, b: string): boolean;
}

/** All limits and intervals of a server, validated by its adapter. */
export interface HubOptions extends SessionLimits {
  readonly instance: string;
  readonly resumeWindowMs: number;
  readonly heartbeatIntervalMs: number;
  readonly heartbeatTimeoutMs: number;
  readonly holdMs: number;
  readonly maxBodyBytes: number;
  /**
   * What all sessions buffer in both directions, 128 bytes for each message included, at what it costs in memory: two bytes for each character of
   * a text that is not ASCII, if that is more than its UTF-8; twice what has been received and waits. Beyond it `send` throws, and a broadcast
   * ends the fullest sessions. The content of broadcasts is shared: all of it together is at most `maxBufferedBytes` more. Counted as well, and
   * bounded by themselves: 256 KB that a connection has been handed and not taken; 64 KB of each transport that waits for `authorize`; of each
   * HTTP transport (4 for a session) one request that came too early (`maxBodyBytes`) and the answers kept for copies (two or three, 256 KB
   * each; 64 KB of a stream).
   */
  readonly maxTotalBufferedBytes: number;
  readonly maxSessions: number;
  readonly maxSessionsPerAddress: number;
  readonly maxTombstones: number;
  readonly handshakeTimeoutMs: number;
}

/** How a hub stops. */
export interface HubCloseOptions {
  /** How long sessions may take to deliver what was sent, ms. */
  readonly drainMs: number;
  /** When clients may come back at the earliest, ms. */
  readonly retryAfterMs: number;
  /** Over how long their return is spread, ms. */
  readonly spreadMs: number;
}
