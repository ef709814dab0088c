/** What a {@link HostileProxy} does to what passes through it. Shares are 0 (never) to 1 (always), struck by the proxy's seeded dice. */
export interface Behaviour {
  // ---- the network

  /** Every connection is refused. Setting it breaks those that are open. */
  readonly isDown: boolean;
  /**
   * Nothing passes, and new connections wait. Connections that were open when it began are half-open for good (`silent`), or reset for the
   * client once it is over while the server hears nothing (`reset`).
   */
  readonly away: 'no' | 'silent' | 'reset';
  /** The address from which the server is reached: the client's, as the server sees it. */
  readonly sourceAddress: string;
  /** Speed of the link, each way, shared by all connections. */
  readonly bitsPerSecond: number;
  /** Bytes arrive in other pieces than they were sent in, many of them single. */
  readonly isChopping: boolean;
  /** A connection on which nothing passed for so long is half-open from then on. */
  readonly maxIdleMs: number;
  /** Further connections wait until one closes; a connection serves one request. */
  readonly maxConnections: number;

  // ---- WebSockets

  /**
   * WebSocket handshakes are answered 403 (`refuse`), arrive as plain requests (`strip`), are never answered (`black-hole`), or are answered by
   * the server with a 101 after which nothing passes (`mute`).
   */
  readonly upgrade: 'pass' | 'refuse' | 'strip' | 'black-hole' | 'mute';
  /** A WebSocket that passes is reset after so long. */
  readonly upgradeLifeMs: number;

  // ---- requests

  /** A login page with status 200 answers everything, handshakes included, for so long after the proxy's first connection. */
  readonly portalMs: number;
  /** It answers this share of all requests and handshakes later on, too. */
  readonly portalShare: number;
  /** A request goes on only when all of its body is here. */
  readonly isHoldingBodies: boolean;
  /** A request whose body is larger is answered 413 in HTML, loses the rest, or has its connection reset. */
  readonly maxRequestBytes: number;
  readonly requestOverflow: 'refuse' | 'cut' | 'reset';
  /** This share of POSTs is sent twice. */
  readonly repeatShare: number;
  /** How long after the first the second is sent; `Infinity`: once no client has been connected for a second. */
  readonly repeatAfterMs: number;
  /** The answer that begins first is handed on; otherwise that to the first request. */
  readonly isRepeatRaced: boolean;
  /** Each request waits for a random time up to this, so that they overtake each other. */
  readonly maxDelayMs: number;
  /** A request waits until the one before it has been answered completely. */
  readonly isOneAtATime: boolean;
  /** Only headers that every proxy knows pass, both ways. */
  readonly isDroppingHeaders: boolean;

  // ---- answers

  /** Nothing of an answer passes before it is complete. */
  readonly isBuffering: boolean;
  /** An answer that is larger is cut there. */
  readonly maxAnswerBytes: number;
  /** An answer that takes longer is cut then. */
  readonly maxAnswerMs: number;
  /** This share of answers is reset half-way. */
  readonly resetAnswerShare: number;
  /** This share of POSTs is processed by the server; then the connection breaks, without answer. */
  readonly loseAnswerShare: number;
  /** This share of POSTs gets the answer to an earlier request of anyone. */
  readonly swapShare: number;
  /** So does this share, without reaching the server. */
  readonly cacheShare: number;
  /** GET is answered from a cache that ignores the query string and all that was said about caching. */
  readonly isCachingGets: boolean;
  /** A script element is added to every text. */
  readonly isAppendingScript: boolean;
}

/** Passes everything as it comes. */
export const CLEAN: Behaviour = {
  isDown: false,
  away: 'no',
  sourceAddress: '127.0.0.1',
  bitsPerSecond: Infinity,
  isChopping: false,
  maxIdleMs: Infinity,
  maxConnections: Infinity,
  upgrade: 'pass',
  upgradeLifeMs: Infinity,
  portalMs: 0,
  portalShare: 0,
  isHoldingBodies: false,
  maxRequestBytes: Infinity,
  requestOverflow: 'refuse',
  repeatShare: 0,
  repeatAfterMs: 0,
  isRepeatRaced: false,
  maxDelayMs: 0,
  isOneAtATime: false,
  isDroppingHeaders: false,
  isBuffering: false,
  maxAnswerBytes: Infinity,
  maxAnswerMs: Infinity,
  resetAnswerShare: 0,
  loseAnswerShare: 0,
  swapShare: 0,
  cacheShare: 0,
  isCachingGets: false,
  isAppendingScript: false,
};
