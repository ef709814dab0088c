export { decodeBase64, encodeBase64 } from './base64.js';
export { CLOSE, isApplicationCode, isFinalError, isRenewable, type ErrorCode } from './codes.js';
export * from './defaults.js';
export type { Data, Environment, Timer, TransportName } from './environment.js';
export { HoldfastError } from './errors.js';
export { LineSplitter } from './lines.js';
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
export { charIndexAt, escapeText, isWellFormed, sliceUtf8, unescapeText, utf8Length } from './text.js';
