/** Close codes of PROTOCOL.md section 9. 3000 to 4899 are the application's own. */
export const CLOSE = {
  /** The session was closed as the application wanted. */
  normal: 1000,
  /** The page goes away. */
  goingAway: 1001,
  /** The peer violated the protocol beyond repair. */
  protocol: 1002,
  /** Another user came with this session's key. */
  policy: 1008,
  /** The peer sent a message larger than the receiver takes. */
  tooLarge: 1009,
  /** The application failed while handling a message. */
  failed: 1011,
  /** The server restarts. */
  restart: 1012,
  /** The server is overloaded. */
  overloaded: 1013,
  /** The session is unknown, or its resume window passed. */
  lost: 4900,
  /** A broadcast met a session at its hard limit. */
  full: 4901,
  /** Refused: by `authorize`, origin, host or version. */
  refused: 4902,
} as const;

/** Whether a session that ended with this close code may be followed by a new one: the last column of PROTOCOL.md section 9. */
export function isRenewable(code: number): boolean {
  return code === CLOSE.restart || code === CLOSE.overloaded || code === CLOSE.lost || code === CLOSE.full;
}

/** Whether an application may close a session with this code: 1000, or an integer from 3000 to 4899. */
export function isApplicationCode(code: number): boolean {
  return code === CLOSE.normal || (code >= 3000 && code < CLOSE.lost && code % 1 === 0);
}

/** Codes of an `e` packet (PROTOCOL.md section 7), where each is explained. A later server may send others. */
export type ErrorCode =
  | 'ERR_PACKET'
  | 'ERR_POSITION'
  | 'ERR_WINDOW'
  | 'ERR_BODY_CUT'
  | 'ERR_BODY_SIZE'
  | 'ERR_BODY_TIME'
  | 'ERR_COPY'
  | 'ERR_TRANSPORT'
  | 'ERR_TRANSPORTS'
  | 'ERR_ORDER'
  | 'ERR_VERSION'
  | 'ERR_ORIGIN'
  | 'ERR_HOST'
  | 'ERR_REFUSED'
  | 'ERR_FULL'
  | 'ERR_HANDSHAKE'
  | 'ERR_TICKET';

/** Whether an `e` with this code makes the client give up (PROTOCOL.md section 7). */
export function isFinalError(code: string): boolean {
  return /^ERR_(?:REFUSED|VERSION|ORIGIN|HOST)$/.test(code);
}
