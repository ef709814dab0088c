import type { PlannedMessage } from './plan.js';

/** Bytes as an engine has them: `Uint8Array`, or a plain array where there are none. */
export type Bytes = ArrayLike<number>;

/** What a numbered message says of itself. */
export interface Stamp {
  /** Which of the cell's sessions it belongs to. */
  readonly speaker: number;
  readonly number: number;
  /** When it was sent, ms since its sender's begin. */
  readonly sentAtMs: number;
}

const HEADER_BYTES = 16;
/** Ten bytes of UTF-8, behind a letter that tells sessions apart: characters of one to four bytes. */
const UNIT = '\u00e4\u20ac\ud83e\udeb8';
const FIRST_LETTER = 97;
/** What packets, transports and proxies could take for their own. */
const TRAPS = '\n\r\n.\n\u001e\u2028\\u0041 "<b>&amp;%00';

/** The first message of a session: it is sent back as it is. */
export function greetingOf(speaker: number): string {
  return `hello ${String(speaker)}`;
}

/** Whose greeting that is; `null`: it is none. */
export function greeterOf(data: string | Bytes): number | null {
  const match = typeof data === 'string' ? /^hello (\d+)$/.exec(data) : null;
  return match && Number(match[1]);
}

/** A message that can be told from every other, and from a damaged copy of itself. `fresh` makes room for bytes. */
export function makeMessage(
  stamp: Stamp,
  planned: PlannedMessage,
  fresh: (length: number) => Bytes & Record<number, number>,
): string | Bytes {
  const header = [stamp.speaker, stamp.number, stamp.sentAtMs, planned.bytes];
  if (!planned.isBinary) return `${header.join('|')}|${textPattern(stamp, planned.bytes)}`;
  const bytes = fresh(HEADER_BYTES + planned.bytes);
  header.forEach((value, index) => writeNumber(bytes, 4 * index, value));
  for (let index = 0; index < planned.bytes; index++) bytes[HEADER_BYTES + index] = bytePattern(stamp, index);
  return bytes;
}

/** What a received message says of itself; `null` if it isn't what was sent, byte for byte. */
export function readMessage(data: string | Bytes): Stamp | null {
  return typeof data === 'string' ? readText(data) : readBytes(data);
}

function readText(text: string): Stamp | null {
  const match = /^(\d+)\|(\d+)\|(\d+)\|(\d+)\|/.exec(text);
  if (!match) return null;
  const stamp = { speaker: Number(match[1]), number: Number(match[2]), sentAtMs: Number(match[3]) };
  return text.slice(match[0].length) === textPattern(stamp, Number(match[4])) ? stamp : null;
}

function readBytes(bytes: Bytes): Stamp | null {
  if (bytes.length < HEADER_BYTES || readNumber(bytes, 12) !== bytes.length - HEADER_BYTES) return null;
  const stamp = { speaker: readNumber(bytes, 0), number: readNumber(bytes, 4), sentAtMs: readNumber(bytes, 8) };
  for (let index = HEADER_BYTES; index < bytes.length; index++) {
    if (bytes[index] !== bytePattern(stamp, index - HEADER_BYTES)) return null;
  }
  return stamp;
}

// Both depend on the speaker: a message that is put together of parts of two sessions is damaged.

function textPattern({ speaker, number }: Stamp, bytes: number): string {
  let text = number % 3 === 0 ? TRAPS : '';
  let unit = String.fromCharCode(FIRST_LETTER + speaker) + UNIT;
  for (let count = Math.ceil(bytes / 10); count > 0; count >>= 1) {
    if (count & 1) text += unit;
    unit += unit;
  }
  return text;
}

function bytePattern({ speaker, number }: Stamp, index: number): number {
  return (speaker * 97 + number * 31 + index * index + (index >> 8)) & 255;
}

function writeNumber(bytes: Record<number, number>, at: number, value: number): void {
  for (let index = 0; index < 4; index++) bytes[at + index] = (value >> (8 * index)) & 255;
}

function readNumber(bytes: Bytes, at: number): number {
  let value = 0;
  for (let index = 3; index >= 0; index--) value = value * 256 + (bytes[at + index] ?? 0);
  return value;
}
