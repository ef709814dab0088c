const FIN_AND_TEXT = 0x81;

/** Lengths from here on take two more bytes of the head (RFC 6455, section 5.2). */
const LONG_BYTES = 126;

let newest = { text: '', frame: makeFrame('') };

/**
 * A WebSocket frame with this text, of 65,535 bytes at most, head and content in one piece: that is one `write` of the system instead of one
 * `writev`, which is most of what a small message costs. The newest is kept, as a broadcast sends the same text to one session after the other.
 */
export function textFrame(text: string): Buffer {
  if (text !== newest.text) newest = { text, frame: makeFrame(text) };
  return newest.frame;
}

function makeFrame(text: string): Buffer {
  const bytes = Buffer.byteLength(text);
  const isLong = bytes >= LONG_BYTES;
  const frame = Buffer.allocUnsafe((isLong ? 4 : 2) + bytes);
  frame[0] = FIN_AND_TEXT;
  frame[1] = isLong ? LONG_BYTES : bytes;
  if (isLong) frame.writeUInt16BE(bytes, 2);
  frame.write(text, frame.length - bytes);
  return frame;
}
