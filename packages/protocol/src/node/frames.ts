import { randomFillSync } from 'node:crypto';
import { encodeUtf8, DETOUR_LENGTH } from './utf8.js';

// RFC 6455, section 5.2.
const FIN_AND_TEXT = 0x81;
const FIN_AND_BINARY = 0x82;
const MASKED = 0x80;
const LENGTH_16 = 126;
const LENGTH_64 = 127;
const KEY_BYTES = 4;

/** Room for any head, behind which the payload lies where a word may begin. */
const ROOM_BYTES = 16;

const KEYS_AT_ONCE = 1024;
const keys = Buffer.allocUnsafeSlow(KEYS_AT_ONCE * KEY_BYTES);
let nextKey = keys.length;

/**
 * A WebSocket frame with `before` and `text`, head and content in one piece: that is one `write` of the system instead of one `writev`, which is most
 * of what a small message costs. Clients have to mask theirs.
 */
export function textFrame(text: string, isMasked: boolean, before = ''): Buffer {
  if (before !== '' || text.length >= DETOUR_LENGTH)
    return finish(encodeUtf8(text, before, ROOM_BYTES), ROOM_BYTES, FIN_AND_TEXT, isMasked);
  const bytes = Buffer.byteLength(text);
  const from = 2 + extendedBytes(bytes) + (isMasked ? KEY_BYTES : 0);
  const frame = Buffer.allocUnsafe(from + bytes);
  frame.write(text, from);
  return finish(frame, from, FIN_AND_TEXT, isMasked);
}

/** A masked WebSocket frame with these bytes. */
export function maskedBinaryFrame(bytes: Uint8Array): Buffer {
  const frame = Buffer.allocUnsafeSlow(ROOM_BYTES + bytes.length);
  frame.set(bytes, ROOM_BYTES);
  return finish(frame, ROOM_BYTES, FIN_AND_BINARY, true);
}

/** Bytes that a payload's length takes beyond the first two of the head. */
function extendedBytes(bytes: number): number {
  return bytes < LENGTH_16 ? 0 : bytes < 65_536 ? 2 : 8;
}

/** Puts the head in front of a payload that begins at `from`, and masks it. */
function finish(frame: Buffer, from: number, opcode: number, isMasked: boolean): Buffer {
  const bytes = frame.length - from;
  const extended = extendedBytes(bytes);
  const to = isMasked ? from - KEY_BYTES : from;
  const at = to - extended - 2;
  frame[at] = opcode;
  frame[at + 1] = (isMasked ? MASKED : 0) | (extended === 0 ? bytes : extended === 2 ? LENGTH_16 : LENGTH_64);
  if (extended === 2) frame.writeUInt16BE(bytes, at + 2);
  else if (extended === 8) frame.writeBigUInt64BE(BigInt(bytes), at + 2);
  if (isMasked) mask(frame, from);
  return at === 0 ? frame : frame.subarray(at);
}

/** Masks what begins at `from` with a new key in front of it. Byte by byte, as `ws` does, that is half of all that a client does for a large message. */
function mask(frame: Buffer, from: number): void {
  if (nextKey === keys.length) {
    randomFillSync(keys);
    nextKey = 0;
  }
  const key = from - KEY_BYTES;
  for (let index = key; index < from; index++) frame[index] = keys[nextKey++] ?? 0;
  let at = from;
  const offset = frame.byteOffset + key;
  if (offset % 4 === 0) {
    const words = new Int32Array(frame.buffer, offset, (frame.length - key) >> 2);
    const [first = 0] = words;
    for (let index = 1; index < words.length; index++) words[index] = (words[index] ?? 0) ^ first;
    at = key + 4 * words.length;
  }
  for (; at < frame.length; at++) frame[at] = (frame[at] ?? 0) ^ (frame[key + ((at - from) & 3)] ?? 0);
}
