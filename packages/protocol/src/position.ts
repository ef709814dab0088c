/**
 * How far a stream of messages has come: `messages` whole ones and `bytes` content bytes of the next (UTF-8 bytes for text, before any
 * escaping). Both are integers from 0 to 2^53 - 1. PROTOCOL.md section 1.
 */
export interface Position {
  readonly messages: number;
  readonly bytes: number;
}

/** The beginning of every stream. */
export const ZERO: Position = { messages: 0, bytes: 0 };

/** The largest number on the wire, 2^53 - 1. (`Number.MAX_SAFE_INTEGER` is not in ES5.) */
export const MAX_COUNT = 9007199254740991;

/** Writes a position as PROTOCOL.md section 1 has it: `12` or `12.65536`. */
export function formatPosition(position: Position): string {
  return position.bytes > 0 ? `${position.messages}.${position.bytes}` : `${position.messages}`;
}

/** Reads a decimal number of the wire: no sign, no leading zeros, at most 2^53 - 1; `null` for anything else. */
export function parseCount(text: string): number | null {
  // 2^53 rounds to itself, and so does all that comes after it: none of them can pass for a smaller number.
  return /^(?:0|[1-9]\d{0,15})$/.test(text) && Number(text) <= MAX_COUNT ? Number(text) : null;
}

/** Reads a position; `null` for anything that {@link formatPosition} would not write, such as `1.0`. */
export function parsePosition(text: string): Position | null {
  const dot = text.indexOf('.');
  const messages = parseCount(dot < 0 ? text : text.slice(0, dot));
  const bytes = dot < 0 ? 0 : parseCount(text.slice(dot + 1));
  return messages === null || bytes === null || (dot >= 0 && bytes === 0) ? null : { messages, bytes };
}

/** Orders positions: below 0 if `a` comes before `b`, 0 if they are the same, above 0 otherwise. */
export function comparePositions(a: Position, b: Position): number {
  return a.messages === b.messages ? a.bytes - b.bytes : a.messages - b.messages;
}
