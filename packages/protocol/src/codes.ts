/** The session was closed as the application wanted. */
export const CLOSE_NORMAL = 1000;
/** The page goes away. */
export const CLOSE_GOING_AWAY = 1001;
/** The peer violated the protocol beyond repair. */
const CLOSE_PROTOCOL = 1002;
/** Another user came with this session's key. */
const CLOSE_POLICY = 1008;
/** The peer sent a message larger than the receiver takes. */
export const CLOSE_TOO_LARGE = 1009;
/** The application failed while handling a message. */
export const CLOSE_FAILED = 1011;
/** The server restarts. */
const CLOSE_RESTART = 1012;
/** The server is overloaded. */
const CLOSE_OVERLOADED = 1013;
/** The session is unknown, or its resume window passed. */
export const CLOSE_LOST = 4900;
/** A broadcast met a session at its hard limit. */
const CLOSE_FULL = 4901;
/** Refused: by `authorize`, origin, host or version. */
export const CLOSE_REFUSED = 4902;

/** Close codes of PROTOCOL.md section 9; whoever counts bytes imports the constants one by one. 3000 to 4899 are the application's own. */
export const CLOSE = {
  normal: CLOSE_NORMAL as number,
  goingAway: CLOSE_GOING_AWAY as number,
  protocol: CLOSE_PROTOCOL as number,
  policy: CLOSE_POLICY as number,
  tooLarge: CLOSE_TOO_LARGE as number,
  failed: CLOSE_FAILED as number,
  restart: CLOSE_RESTART as number,
  overloaded: CLOSE_OVERLOADED as number,
  lost: CLOSE_LOST as number,
  full: CLOSE_FULL as number,
  refused: CLOSE_REFUSED as number,
} as const;

/** Whether a session that ended with this close code may be followed by a new one: the last column of PROTOCOL.md section 9. */
export function isRenewable(code: number): boolean {
  return code === CLOSE_RESTART || code === CLOSE_OVERLOADED || code === CLOSE_LOST || code === CLOSE_FULL;
}

/** Whether an application may close a session with this code: 1000, or an integer from 3000 to 4899. */
export function isApplicationCode(code: number): boolean {
  return code === CLOSE_NORMAL || (code >= 3000 && code < CLOSE_LOST && code % 1 === 0);
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
  | 'ERR_TICKET'
  | 'ERR_JSONP';

/** Whether an `e` with this code makes the client give up (PROTOCOL.md section 7). */
export function isFinalError(code: string): boolean {
  return /^ERR_(?:REFUSED|VERSION|ORIGIN|HOST)$/.test(code);
}
