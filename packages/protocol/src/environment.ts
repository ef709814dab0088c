/** One of the four ways to carry packets, best first: `websocket`, `streaming`, `long-polling`, `polling`. */
export type TransportName = 'websocket' | 'streaming' | 'long-polling' | 'polling';

/** What applications send and receive: text (any well-formed string) or bytes. */
export type Data = string | Uint8Array;

/** A timer as {@link Environment.setTimer} returned it. */
export type Timer = unknown;

/**
 * Everything the deterministic core needs from outside. Real ends pass clocks, timers and a CSPRNG; the simulator passes virtual ones,
 * which is what makes any failure repeatable from its seed.
 */
export interface Environment {
  /** Milliseconds on a clock that never goes back. */
  now(): number;
  /** Calls back once after `delayMs`. */
  setTimer(callback: () => void, delayMs: number): Timer;
  /** Cancels a timer; a fired or cancelled one is ignored. */
  clearTimer(timer: Timer): void;
  /** Calls back when the running code has returned, before any I/O: what was sent in one turn leaves in one write. */
  defer(callback: () => void): void;
  /** Uniform in [0, 1); need not be secure. */
  random(): number;
  /** At least 128 bits from a CSPRNG as 22 to 64 characters of `[A-Za-z0-9_-]`. */
  token(): string;
  /** Whether UTF-8 can carry a text: it holds no lone surrogate. */
  isEncodable(text: string): boolean;
  /** Length of a well-formed text in UTF-8 bytes. */
  utf8Length(text: string): number;
  /** Whether a text has one byte for each code unit and needs no escapes (PROTOCOL.md section 2). */
  isPlain(text: string): boolean;
  /** Standard padded base64. */
  encodeBase64(bytes: Uint8Array): string;
  /** Bytes of standard padded base64, or `null` if malformed. */
  decodeBase64(text: string): Uint8Array | null;
  /** An application listener threw: surface it as an uncaught error of the application's. */
  report(error: unknown): void;
  /** Told of everything that happens, for logs, statistics and the simulator's counters. */
  trace?(event: string, detail?: unknown): void;
}
