import type { Endpoint } from '../endpoint.js';
import { close, newAttach } from '../wire.js';
import type { Random } from './random.js';

/** What to write, and how long to wait after it. */
export interface Burst {
  readonly bytes: Buffer;
  readonly pauseMs: number;
}

const PACKETS = [
  '@0',
  '@1',
  '@0.5',
  '@9007199254740991',
  'thello',
  'T',
  'Tpart',
  't',
  'bAQID',
  'BAQID',
  'B',
  'b',
  'k0',
  'k1',
  'k0.9',
  'p',
  'pabc',
  'o',
  's1 0',
  's2 0',
  's9007199254740991 0',
  ' ',
  'x{"ack":"0"}',
  'g{}',
  '.',
  '',
  't\\ud800',
  't!burst 50',
  't!big 300000',
  't!close 3000 x',
  't!pause 100',
  't!later 50 x',
  close(),
  close({ at: '99' }),
  'a{}',
  'q{}',
  ':x 1.1',
];

/** What stands where a number should, as JSON. */
export const NUMBERS: readonly string[] = [
  '-1',
  '0',
  '1',
  '1e9',
  '0.5',
  '9007199254740993',
  '1e999',
  'null',
  'true',
  '""',
  '[]',
  '{}',
  '"x"',
  '2147483648',
  '18446744073709551616',
];

const HOSTILE_BYTES = [0, 10, 13, 32, 34, 58, 92, 127, 128, 192, 255];

/** What clients must not send at all: bytes without sense, and requests damaged anywhere, framing included. */
export class Garbage {
  readonly #random: Random;
  readonly #endpoint: Endpoint;

  constructor(random: Random, endpoint: Endpoint) {
    this.#random = random;
    this.#endpoint = endpoint;
  }

  /** Everything that one connection writes. */
  connection(): Burst[] {
    const bytes = this.#pick([
      () => this.#garbage(),
      () => this.#post(),
      () => this.#mutate(this.#post()),
      () => this.#mutate(Buffer.concat([this.#post(), this.#post()])),
      () => this.#wrongLength(),
      () => this.#hugeHeaders(),
      () => this.#chunked(),
      () => this.#webSocket(),
      () => this.#webSocket(),
      () => this.#mutate(this.#webSocket()),
      () => this.#get(),
    ]);
    return this.#cut(bytes);
  }

  #pick(choices: readonly (() => Buffer)[]): Buffer {
    return choices[this.#random.below(choices.length)]?.() ?? Buffer.alloc(0);
  }

  /** Whole, in halves, slowly, or only the beginning. */
  #cut(bytes: Buffer): Burst[] {
    const way = this.#random.below(4);
    if (way === 0) return [{ bytes, pauseMs: 60 }];
    if (way === 1)
      return [
        {
          bytes: bytes.subarray(0, this.#random.below(bytes.length + 1)),
          pauseMs: this.#random.below(10) === 0 ? 700 : 20,
        },
      ];
    const at = this.#random.below(bytes.length + 1);
    if (way === 2)
      return [
        { bytes: bytes.subarray(0, at), pauseMs: this.#random.below(60) },
        { bytes: bytes.subarray(at), pauseMs: 30 },
      ];
    const step = Math.max(1, Math.ceil(bytes.length / (2 + this.#random.below(20))));
    const bursts: Burst[] = [];
    for (let from = 0; from < bytes.length; from += step)
      bursts.push({ bytes: bytes.subarray(from, from + step), pauseMs: this.#random.below(25) });
    return bursts;
  }

  #garbage(): Buffer {
    const bytes = Buffer.alloc(1 + this.#random.below(3000));
    for (let index = 0; index < bytes.length; index++) bytes[index] = this.#random.below(256);
    return bytes;
  }

  /** Some bytes changed, taken out, doubled; some numbers of its JSON swapped for worse. */
  #mutate(original: Buffer): Buffer {
    let bytes: Buffer = Buffer.from(original);
    for (let count = 1 + this.#random.below(6); count > 0; count--) {
      const at = this.#random.below(bytes.length + 1);
      const length = this.#random.below(12);
      const way = this.#random.below(5);
      if (way === 0) bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + length)]);
      else if (way === 1)
        bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at, at + length), bytes.subarray(at)]);
      else if (way === 2)
        bytes = Buffer.concat([
          bytes.subarray(0, at),
          Buffer.from([this.#random.one(HOSTILE_BYTES)]),
          bytes.subarray(at),
        ]);
      else if (way === 3 && at < bytes.length) bytes[at] = this.#random.below(256);
      else bytes = this.#worseNumber(bytes);
    }
    return bytes;
  }

  #worseNumber(bytes: Buffer): Buffer {
    const text = bytes.toString('latin1');
    const places = Array.from(text.matchAll(/":(?:\d+|"[^"]*"|\[[^\]]*\])/g));
    if (places.length === 0) return bytes;
    const place = this.#random.one(places);
    const at = place.index + 2;
    return Buffer.from(
      `${text.slice(0, at)}${this.#random.one(NUMBERS)}${text.slice(place.index + place[0].length)}`,
      'latin1',
    );
  }

  #packets(): string[] {
    return Array.from({ length: this.#random.below(8) }, () => this.#random.one(PACKETS));
  }

  #attach(): string {
    return newAttach({
      window: this.#random.one([
        [1e6, 1e3],
        [0, 0],
        [1, 1],
        [2 ** 52, 2 ** 52],
      ]),
    });
  }

  #body(): string {
    const n = this.#random.one([0, 0, 0, 1, 2, 3]);
    const via = 1 + this.#random.below(20);
    const envelope = {
      v: 1,
      via,
      n,
      as: this.#random.one(['poll', 'hold', 'stream', 'send']),
      hold: this.#random.one([0, 50, 300, 1e15]),
      size: this.#random.one([1024, 65_536, 1e9]),
      pad: this.#random.one([undefined, 0, 4096]),
      get: this.#random.one([undefined, undefined, true]),
    };
    return [
      `q${JSON.stringify(envelope)}`,
      ...(n === 0 ? [this.#attach()] : []),
      ...this.#packets(),
      ...(this.#random.below(5) > 0 ? ['.'] : []),
      '',
    ].join('\n');
  }

  #head(method: string, lines: readonly string[], rest = ''): Buffer {
    const { path, host } = this.#endpoint;
    return Buffer.from([`${method} ${path}${rest} HTTP/1.1`, `Host: ${host}`, ...lines, '', ''].join('\r\n'), 'latin1');
  }

  #post(): Buffer {
    const body = Buffer.from(this.#body());
    return Buffer.concat([this.#head('POST', ['Content-Type: text/plain', `Content-Length: ${body.length}`]), body]);
  }

  #wrongLength(): Buffer {
    const body = Buffer.from(this.#body());
    const length = this.#random.one([
      `${body.length + 1 + this.#random.below(50)}`,
      `${this.#random.below(body.length + 1)}`,
      '-1',
      '99999999999999999999',
      '0',
      'x',
      '1048577',
      `${body.length}\r\nContent-Length: 3`,
    ]);
    return Buffer.concat([this.#head('POST', [`Content-Length: ${length}`]), body]);
  }

  #chunked(): Buffer {
    const body = this.#body();
    const size = this.#random.one([
      body.length.toString(16),
      '0',
      'zz',
      'fffffffffffffffff',
      `${body.length.toString(16)};x=y`,
      '-1',
    ]);
    return Buffer.concat([
      this.#head('POST', ['Transfer-Encoding: chunked']),
      Buffer.from(`${size}\r\n${body}\r\n0\r\n\r\n`),
    ]);
  }

  #hugeHeaders(): Buffer {
    const count = this.#random.one([10, 500, 3000]);
    const name = this.#random.one([
      'X-Filler',
      'Cookie',
      'Origin',
      'Referer',
      'Sec-Fetch-Site',
      'Content-Type',
      'X-Forwarded-For',
      'Host',
      'Upgrade',
    ]);
    const value = this.#random.one(['x', 'x'.repeat(200), '\u00ff\u0001', ',,,,', 'http://[', 'https://a b']);
    return Buffer.concat([
      this.#head(
        this.#random.one(['POST', 'GET', 'OPTIONS', 'HEAD', 'PUT']),
        Array.from({ length: count }, () => `${name}: ${value}`),
      ),
      this.#post(),
    ]);
  }

  #get(): Buffer {
    const rest = this.#random.one([
      '',
      '/',
      '/x',
      '/%',
      `/${'y'.repeat(22)}`,
      `/${'y'.repeat(64)}?callback=holdfast_1`,
      `/${'y'.repeat(22)}?callback=%ff&callback=2`,
      `/${'y'.repeat(22)}/${'y'.repeat(22)}`,
      '?%00',
      `/${'y'.repeat(5000)}`,
    ]);
    return this.#head(
      this.#random.one(['GET', 'HEAD', 'DELETE']),
      this.#random.one([[], ['Connection: Upgrade', 'Upgrade: websocket'], ['Range: bytes=0-1']]),
      rest,
    );
  }

  #webSocket(): Buffer {
    const version = this.#random.one(['13', '13', '13', '13', '8', '99']);
    const head = this.#head('GET', [
      'Connection: Upgrade',
      'Upgrade: websocket',
      `Sec-WebSocket-Version: ${version}`,
      `Sec-WebSocket-Key: ${Buffer.alloc(16, this.#random.below(256)).toString('base64')}`,
    ]);
    const frames = [
      this.#frame(
        0x81,
        Buffer.from(
          `${this.#attach()}\n${this.#packets()
            .map((packet) => `${packet}\n`)
            .join('')}`,
        ),
      ),
    ];
    for (let count = this.#random.below(6); count > 0; count--) frames.push(this.#anyFrame());
    return Buffer.concat([head, ...frames]);
  }

  #anyFrame(): Buffer {
    const text = this.#packets()
      .map((packet) => `${packet}\n`)
      .join('');
    return this.#pick([
      () => this.#frame(0x81, Buffer.from(text)),
      () => this.#frame(0x81, this.#mutate(Buffer.from(`${text}\n`))),
      () => this.#frame(0x82, this.#garbage()),
      () => this.#frame(this.#random.below(256), this.#garbage().subarray(0, this.#random.below(200))),
      () => this.#frame(0x01, Buffer.from(text.slice(0, 10))),
      () => this.#frame(0x80, Buffer.from([0xc3, 0x28])),
      () => this.#frame(0x88, Buffer.from(this.#random.one([[], [3], [3, 232], [0, 0], [255, 255, 120]]))),
      () => this.#frame(0x82, Buffer.alloc(0)),
      () => Buffer.from([0x82, 0xff, 0, 0, 0, 0, 255, 255, 255, 255, 1, 2, 3, 4]),
      () => Buffer.from([0x81, 0xff, 255, 255, 255, 255, 255, 255, 255, 255, 1, 2, 3, 4]),
      () => this.#garbage(),
    ]);
  }

  #frame(first: number, payload: Buffer): Buffer {
    const isMasked = this.#random.below(30) > 0;
    const flag = isMasked ? 0x80 : 0;
    const { length } = payload;
    const head = length < 126 ? [first, flag | length] : [first, flag | 126, (length >> 8) & 255, length & 255];
    const mask = Array.from({ length: isMasked ? 4 : 0 }, () => this.#random.below(256));
    const body = isMasked ? payload.map((byte, index) => byte ^ (mask[index % 4] ?? 0)) : payload;
    return Buffer.concat([Buffer.from(head), Buffer.from(mask), body]);
  }
}
