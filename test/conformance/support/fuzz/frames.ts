import type { Random } from './random.js';

/** One RFC 6455 frame of a client's: `first` is its first byte. */
function frame(random: Random, first: number, payload: Buffer, isMasked = true): Buffer {
  const flag = isMasked ? 0x80 : 0;
  const { length } = payload;
  const isLong = random.once(30);
  const head =
    length < 126 && !isLong
      ? Buffer.from([first, flag | length])
      : length < 65_536
        ? Buffer.from([first, flag | 126, length >> 8, length & 255])
        : Buffer.concat([Buffer.from([first, flag | 127, 0, 0, 0, 0]), uint32(length)]);
  if (!isMasked) return Buffer.concat([head, payload]);
  const mask = Buffer.from([random.below(256), random.below(256), random.below(256), random.below(256)]);
  return Buffer.concat([head, mask, payload.map((byte, index) => byte ^ (mask[index % 4] ?? 0))]);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** A handshake, nearly always a good one. */
export function handshake(random: Random, path: string, host: string): string {
  const lines = [
    `GET ${path} HTTP/1.1`,
    `Host: ${host}`,
    'Connection: Upgrade',
    'Upgrade: websocket',
    `Sec-WebSocket-Version: ${random.once(60) ? '8' : '13'}`,
    `Sec-WebSocket-Key: ${Buffer.alloc(random.once(60) ? 5 : 16, random.below(256)).toString('base64')}`,
    ...(random.once(12) ? ['Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits'] : []),
    ...(random.once(12) ? ['Sec-WebSocket-Protocol: echo.v1, ,'] : []),
    ...(random.once(20) ? [`Origin: ${random.one(['https://evil.example', 'null', 'https://friend.example'])}`] : []),
  ];
  return `${lines.join('\r\n')}\r\n\r\n`;
}

/** Packets as frames: whole, in fragments with control frames between, as binary parts; or framed wrongly. */
export function frames(random: Random, packets: readonly string[]): Buffer {
  const text = Buffer.from(packets.map((packet) => `${packet}\n`).join(''));
  const whole = (): Buffer => frame(random, 0x81, text);
  switch (random.below(24)) {
    case 0:
    case 1:
      return fragments(random, text);
    case 2:
      return Buffer.concat([whole(), frame(random, 0x82, Buffer.alloc(random.below(300), 7))]);
    case 3:
      return Buffer.concat([frame(random, 0x81, Buffer.from('B\n')), frame(random, 0x82, Buffer.alloc(20)), whole()]);
    case 4:
      return Buffer.concat([frame(random, 0x89, Buffer.alloc(random.one([0, 5, 125, 126]))), whole()]);
    case 5:
      return Buffer.concat([whole(), wrong(random, text)]);
    default:
      return whole();
  }
}

function fragments(random: Random, text: Buffer): Buffer {
  const parts: Buffer[] = [];
  const step = Math.max(1, Math.ceil(text.length / (1 + random.below(6))));
  for (let at = 0; at < text.length; at += step) {
    const opcode = at === 0 ? 1 : 0;
    const isLast = at + step >= text.length && !random.once(15);
    parts.push(frame(random, (isLast ? 0x80 : 0) | opcode, text.subarray(at, at + step)));
    if (random.once(3)) parts.push(frame(random, random.one([0x89, 0x8a]), Buffer.from('between')));
  }
  return Buffer.concat(parts);
}

function wrong(random: Random, text: Buffer): Buffer {
  switch (random.below(10)) {
    case 0:
      return frame(random, 0x81, text, false);
    case 1:
      return frame(random, 0x81 | (random.one([1, 2, 4]) << 4), text);
    case 2:
      return frame(random, 0x80 | random.one([3, 7, 11, 15]), text);
    case 3:
      return frame(random, 0x81, Buffer.from([0x74, 0xc3, 0x28, 10]));
    case 4:
      return frame(
        random,
        0x88,
        Buffer.from(random.one([[], [3], [3, 232], [0, 0], [255, 255, 120], [3, 237], [3, 232, 0xc3, 0x28]])),
      );
    case 5:
      return frame(random, 0x80, text);
    case 6:
      return frame(random, 0x09, Buffer.from('a ping in fragments'));
    case 7:
      return Buffer.from([0x82, 0xff, 0, 0, 0, 0, 0, 255, 255, 255, 1, 2, 3, 4]);
    case 8:
      return Buffer.from([0x81, 0xff, 255, 255, 255, 255, 255, 255, 255, 255, 1, 2, 3, 4]);
    default:
      return frame(random, 0x81, text.subarray(0, Math.max(0, text.length - 1)));
  }
}
