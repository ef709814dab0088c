import { close, type Credentials } from '../wire.js';
import { NUMBERS } from './garbage.js';
import type { Random } from './random.js';

const TEXTS = [
  'hello',
  '',
  'grüße',
  '\\u00e9\\n\\\\',
  '漢字',
  '😀😀',
  'x'.repeat(300),
  '!who',
  '!quiet x',
  'tab\tand "quotes"',
];

const COMMANDS = ['!burst 20', '!big 70000', '!bigbinary 70000', '!pause 40', '!later 20 later', '!quiet'];

/** What no client may say, wherever it stands. */
const NONSENSE = [
  '',
  '.',
  'a{}',
  'q{}',
  'g{}',
  'w1',
  'ytick',
  ':x 1.1',
  'z',
  'n{}',
  'r{}',
  'c{}',
  'x{}',
  'k',
  '@',
  's',
  's0 0',
  'p!',
  'B',
  'T',
  'T\\ud83d',
  't\\x',
  'b===',
  'bAQI',
  '\u0000',
  'e{"code":"ERR_PACKET","message":""}',
];

/** What a client of one session says: grammar first, then lies about it. */
export class Script {
  /** Messages sent so far, as this client believes. */
  at = 0;
  /** Messages that came. */
  seen = 0;
  choice = 1;
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
  }

  /** An `n` packet, nearly always a good one. */
  attach(): string {
    const random = this.#random;
    const members = {
      v: random.once(40) ? random.one([0, 2, '1']) : 1,
      nonce: Array.from({ length: random.one([22, 32, 64]) }, () => random.one('abcdefgXYZ019-_'.split(''))).join(''),
      window: random.one([
        [1_048_576, 1024],
        [1_048_576, 1024],
        [2 ** 52, 2 ** 52],
        [1, 1],
        [0, 0],
        [70_000, 3],
      ]),
      max: random.one([4_194_304, 4_194_304, 100, 0]),
      protocols: random.one([undefined, ['echo.v1'], [], ['x'.repeat(1000)]]),
      auth: random.one([
        undefined,
        undefined,
        null,
        5,
        [],
        { delayMs: 15 },
        { user: 'a' },
        random.once(3) ? { refuse: 'no', retryAfterMs: random.one([undefined, 5]) } : {},
      ]),
      choice: random.once(6) ? undefined : 1,
      age: random.once(20) ? random.one([5, 1e12]) : undefined,
    };
    return this.#perhapsWorse(`n${JSON.stringify(members)}`, 20);
  }

  /** An `r` packet. */
  resume({ id, key }: Credentials): string {
    const random = this.#random;
    this.choice++;
    const got = random.once(4)
      ? random.one(['99', `${this.seen}.7`, `${this.seen + 1}`])
      : `${Math.max(0, this.seen - random.below(3))}`;
    const ack = random.once(6) ? got : `${Math.max(0, this.seen - 3)}`;
    const line = `r${JSON.stringify({ v: 1, id, key: random.once(20) ? 'wrong' : key, got, ack, choice: random.one([undefined, this.choice, 1]), auth: random.once(30) ? { user: 'other' } : undefined })}`;
    return this.#perhapsWorse(line, 20);
  }

  /** Some packets: mostly what a client may say here. */
  packets(): string[] {
    const random = this.#random;
    const way = random.below(20);
    if (way < 11) return this.#valid();
    if (way < 13) return [...this.#again(), ...this.#valid()];
    if (way < 17) return [...this.#valid(), ...this.#lie()];
    return this.#valid().map((line) => this.#perhapsWorse(line, 3));
  }

  #valid(): string[] {
    const random = this.#random;
    const lines = [`@${this.at}`];
    for (let count = random.below(5); count >= 0; count--) lines.push(...this.#message());
    if (random.once(2)) lines.push(`k${this.seen}`);
    if (random.once(3)) lines.push(random.one(['p', 'pabc', 'o', ' padding', `s${++this.choice} ${this.seen}`]));
    if (random.once(40)) lines.push(close({ at: `${this.at}`, ack: `${this.seen}` }));
    return lines;
  }

  #message(): string[] {
    const random = this.#random;
    this.at++;
    switch (random.below(8)) {
      case 0:
        return [`t${random.one(COMMANDS)}`];
      case 1:
        return [`b${Buffer.alloc(random.below(200), random.below(256)).toString('base64')}`];
      case 2:
        return ['Tone part, ', `T${random.one(TEXTS) || 'x'}`, 't'];
      case 3:
        return ['BAQID', `B${Buffer.alloc(1 + random.below(90)).toString('base64')}`, 'bAQ=='];
      case 4:
        return ['Tabcdef', `@${this.at - 1}.3`, 'Tdefghi', 'tj'];
      default:
        return [`t${random.one(TEXTS)}`];
    }
  }

  /** From an earlier position on: what came is dropped. */
  #again(): string[] {
    const from = Math.max(0, this.at - 1 - this.#random.below(4));
    return [`@${from}`, ...Array.from({ length: this.at - from }, () => 'tagain')];
  }

  #lie(): string[] {
    const random = this.#random;
    const { at, seen } = this;
    switch (random.below(16)) {
      case 0:
        return [`@${at + 1}`, 'tgap'];
      case 1:
        return [`@${at}.5`, 'tgap in bytes'];
      case 2:
        return [`k${seen + 5_000}`];
      case 3:
        return [`k${seen}.1`];
      case 4:
        return [`s${random.one(['9007199254740991', '99', '1'])} ${random.one(['0', '99999', '0.1', '-1'])}`];
      case 5:
      case 13:
      case 14:
        // More than its window, while the application takes nothing.
        return ['t!pause 150', ...Array.from({ length: 1100 }, () => 't')];
      case 6:
        return ['Tabc', 'bAQID'];
      case 7:
        return [`T${'x'.repeat(65_537)}`];
      case 8:
        return [close({ at: `${at + random.below(3)}`, ack: random.one(['0', `${seen + 99}`]) }), 'tafter the end'];
      case 9:
        return ['x{"ack":"0"}'];
      case 10:
        return [`t!close ${random.one(['3000 bye', '1000', '4899'])}`];
      case 11:
        return ['@9007199254740991', 't', 't'];
      case 12:
        return Array.from({ length: 3000 }, () => 'p0123456789abcdef');
      default:
        return [random.one(NONSENSE)];
    }
  }

  /** Once in `times`: a character changed, put in, taken out or doubled, or a number that is worse. */
  #perhapsWorse(line: string, times: number): string {
    const random = this.#random;
    if (!random.once(times)) return line;
    const at = random.below(line.length + 1);
    switch (random.below(5)) {
      case 0:
        return (
          line.slice(0, at) + random.one(['\\', '"', '\u0000', '\ud800', '}', '0', '-', '\n', '漢']) + line.slice(at)
        );
      case 1:
        return line.slice(0, at) + line.slice(at + 1 + random.below(4));
      case 2:
        return line + line;
      case 3:
        return line.slice(0, at);
      default:
        return line.replace(/":(?:\d+|"[^"]*"|\[[^\]]*\])/, `":${random.one(NUMBERS)}`);
    }
  }
}
