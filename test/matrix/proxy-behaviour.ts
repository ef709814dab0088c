/** What a {@link HostileProxy} does to what passes through it. */
export interface Behaviour {
  /** Every connection is refused. Setting it breaks those that are open. */
  readonly isDown: boolean;
  /**
   * WebSocket handshakes are answered 403 (`refuse`), never answered (`black-hole`), or answered by the server with a 101 after which nothing
   * passes (`mute`).
   */
  readonly upgrade: 'pass' | 'refuse' | 'black-hole' | 'mute';
  /** A WebSocket that passes is broken after so long. */
  readonly upgradeLifeMs: number;
  /** Nothing of an answer passes before it is complete. */
  readonly isBuffering: boolean;
  /** An answer that is larger is cut there. */
  readonly maxAnswerBytes: number;
  /** A request whose body is larger is answered 413, in HTML. */
  readonly maxRequestBytes: number;
  /** Of every so many requests, one POST is processed by the server and then its connection breaks; 0: none. */
  readonly loseAnswerEvery: number;
  /** Of every so many requests, one POST is sent twice; 0: none. */
  readonly repeatEvery: number;
  /** How long after the first the second is sent. */
  readonly repeatAfterMs: number;
  /** Each request waits for a random time up to this, so that they overtake each other. */
  readonly maxDelayMs: number;
  /** A request waits until the one before it has been answered completely. */
  readonly isOneAtATime: boolean;
}

/** Passes everything as it comes. */
export const CLEAN: Behaviour = {
  isDown: false,
  upgrade: 'pass',
  upgradeLifeMs: Infinity,
  isBuffering: false,
  maxAnswerBytes: Infinity,
  maxRequestBytes: Infinity,
  loseAnswerEvery: 0,
  repeatEvery: 0,
  repeatAfterMs: 0,
  maxDelayMs: 0,
  isOneAtATime: false,
};
