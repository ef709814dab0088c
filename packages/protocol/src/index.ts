export { decodeBase64, encodeBase64 } from './base64.js';
export { CLOSE, isApplicationCode, isFinalError, isRenewable, type ErrorCode } from './codes.js';
export * from './defaults.js';
export type { Data, Environment, Timer, TransportName } from './environment.js';
export { HoldfastError } from './errors.js';
export { frameLength, isRawFrame, wholeFrame, type Frame, type RawFrame } from './frame.js';
export { ownBytes } from './own-bytes.js';
export * from './packets.js';
export {
  comparePositions,
  formatPosition,
  MAX_COUNT,
  parseCount,
  parsePosition,
  type Position,
  ZERO,
} from './position.js';
export type * from './seams.js';
export {
  charIndexAt,
  escapeText,
  isPlain,
  isPlainUnrolled,
  isWellFormed,
  sliceUtf8,
  unescapeText,
  utf8Length,
} from './text.js';
export { tokenMaker } from './token-maker.js';
export { Chooser, type ChooserOptions, type Memory, type Remembered } from './client/chooser.js';
export { Emitter, type Listener } from './emitter.js';
export type { Outgoing, Unconfirmed } from './outbox.js';
export { Hub } from './server/hub.js';
export type { HubCloseOptions, HubHost, HubOptions, Peer, Verdict } from './server/hub-host.js';
export type { ServerSession } from './server/server-session.js';
export type { HubStats } from './server/statistics.js';
export type { CloseEvent, SessionEvents, SessionLimits, SessionState } from './session.js';
export { numbersOf, type ClientNumbers } from './client/client-numbers.js';
export {
  ClientSession,
  type ClientSessionEvents,
  type ClientSessionOptions,
  type ProblemEvent,
  type TransportFactory,
} from './client/client-session.js';
export { longPolling, polling, streaming, type StreamingOptions } from './client/client-exchange.js';
export { websocket } from './client/client-socket.js';
export { ticketed } from './client/ticketed.js';
