import type { PlannedMessage } from './plan.js';

/** Bytes as an engine has them: `Uint8Array`, or a plain array where there are none. */
export type Bytes = ArrayLike<number>;

/** What a numbered message says of itself. */
export interface Stamp {
  readonly number: number;
  /** When it was sent, ms since its sender's begin. */
  readonly sentAtMs: number;
}

const HEADER_BYTES = 12;
/** Ten bytes of UTF-8: characters of one to four bytes. */
const UNIT = 'a\u00e4\u20ac\ud83e\udeb8';
/** What packets, transports and proxies could take for their own. */
const TRAPS = '\n\r\n.\n\u001e\u2028\\u0041 "<b>&amp;%00';

/** A message that can be told from every other, and from a damaged copy of itself. `fresh` makes room for bytes. */
export function makeMessage(
  stamp: Stamp,
  planned: PlannedMessage,
  fresh: (length: number) => Bytes & Record<number, number>,
): string | Bytes {
  const { number, sentAtMs } = stamp;
  if (!planned.isBinary) {
    return `${String(number)}|${String(sentAtMs)}|${String(planned.bytes)}|${textPattern(number, planned.bytes)}`;
  }
  const bytes = fresh(HEADER_BYTES + planned.bytes);
  writeNumber(bytes, 0, number);
  writeNumber(bytes, 4, sentAtMs);
  writeNumber(bytes, 8, planned.bytes);
  for (let index = 0; index < planned.bytes; index++) bytes[HEADER_BYTES + index] = bytePattern(number, index);
  return bytes;
}

/** What a received message says of itself; `null` if it isn't what was sent, byte for byte. */
export function readMessage(data: string | Bytes): Stamp | null {
  return typeof data === 'string' ? readText(data) : readBytes(data);
}

function readText(text: string): Stamp | null {
  const match = /^(\d+)\|(\d+)\|(\d+)\|/.exec(text);
  if (!match) return null;
  const number = Number(match[1]);
  return text.slice(match[0].length) === textPattern(number, Number(match[3]))
    ? { number, sentAtMs: Number(match[2]) }
    : null;
}

function readBytes(bytes: Bytes): Stamp | null {
  const number = readNumber(bytes, 0);
  if (bytes.length < HEADER_BYTES || readNumber(bytes, 8) !== bytes.length - HEADER_BYTES) return null;
  for (let index = HEADER_BYTES; index < bytes.length; index++) {
    if (bytes[index] !== bytePattern(number, index - HEADER_BYTES)) return null;
  }
  return { number, sentAtMs: readNumber(bytes, 4) };
}

function textPattern(number: number, bytes: number): string {
  let text = number % 3 === 0 ? TRAPS : '';
  let unit = UNIT;
  for (let count = Math.ceil(bytes / 10); count > 0; count >>= 1) {
    if (count & 1) text += unit;
    unit += unit;
  }
  return text;
}

function bytePattern(number: number, index: number): number {
  return (number * 31 + index * index + (index >> 8)) & 255;
}

function writeNumber(bytes: Record<number, number>, at: number, value: number): void {
  for (let index = 0; index < 4; index++) bytes[at + index] = (value >> (8 * index)) & 255;
}

function readNumber(bytes: Bytes, at: number): number {
  let value = 0;
  for (let index = 3; index >= 0; index--) value = value * 256 + (bytes[at + index] ?? 0);
  return value;
}
