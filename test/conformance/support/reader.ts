import { comparePositions, type Packet } from './wire.js';

/** What must never stand unescaped in a text packet: PROTOCOL.md section 2. */
const UNSAFE =
  // eslint-disable-next-line no-control-regex -- control characters are the point
  /[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff\ufff0-\uffff]/;

const ESCAPES = /\\(?:\\|n|r|u([0-9a-f]{4}))/g;

interface Part {
  readonly bytes: Buffer;
  readonly isText: boolean;
  readonly isLast: boolean;
}

/**
 * Puts together what a server sends on one session, over any transports, and throws where the server breaks a rule for senders: a part too
 * large or empty, an unsafe character, data without `@`, a gap.
 */
export class Reader {
  readonly messages: Packet[] = [];
  #parts: Part[] = [];
  #at: string | null = null;
  #isPartNext = false;

  /** The received position. */
  get received(): string {
    const bytes = this.#parts.reduce((sum, part) => sum + part.bytes.length, 0);
    return bytes > 0 ? `${this.messages.length}.${bytes}` : `${this.messages.length}`;
  }

  /** From here on packets come on a new transport, or in a new answer. */
  begin(): this {
    this.#at = null;
    this.#isPartNext = false;
    return this;
  }

  /** Takes packets; those that carry no data are passed over. */
  take(...packets: Packet[]): this {
    for (const packet of packets) {
      if (typeof packet !== 'string') this.#data({ bytes: packet, isText: false, isLast: !this.#isPartNext });
      else this.#line(packet.charAt(0), packet.slice(1));
    }
    return this;
  }

  #line(letter: string, content: string): void {
    if (letter === '@') this.#at = content;
    else if (letter === 'B' && content === '') this.#isPartNext = true;
    else if (letter === 't' || letter === 'T') {
      this.#data({ bytes: Buffer.from(unescape(content)), isText: true, isLast: letter === 't' });
    } else if (letter === 'u' || letter === 'U') {
      this.#data({ bytes: Buffer.from(content), isText: true, isLast: letter === 'u' });
    } else if (letter === 'b' || letter === 'B') {
      this.#data({ bytes: Buffer.from(content, 'base64'), isText: false, isLast: letter === 'b' });
    }
  }

  #data(part: Part): void {
    this.#isPartNext = false;
    if (this.#at === null) throw new Error('data without @');
    if (part.bytes.length > 65_536) throw new Error(`a part of ${part.bytes.length} bytes`);
    if (part.bytes.length === 0 && !part.isLast) throw new Error('an empty part that is not the last');
    const order = comparePositions(this.#at, this.received);
    if (order > 0) throw new Error(`a gap: data at ${this.#at} after ${this.received}`);
    const [messages = '0', bytes = '0'] = this.#at.split('.');
    this.#at = part.isLast ? `${Number(messages) + 1}` : `${messages}.${Number(bytes) + part.bytes.length}`;
    if (order < 0) throw new Error(`sent a second time: ${this.received} was received, and data came before it`);
    this.#append(part);
  }

  #append(part: Part): void {
    const [first] = this.#parts;
    if (first && first.isText !== part.isText) throw new Error('a message of two kinds');
    this.#parts.push(part);
    if (!part.isLast) return;
    const whole = Buffer.concat(this.#parts.map(({ bytes }) => bytes));
    this.messages.push(part.isText ? whole.toString('utf8') : whole);
    this.#parts = [];
  }
}

function unescape(content: string): string {
  if (UNSAFE.test(content)) throw new Error(`an unsafe character unescaped: ${JSON.stringify(content)}`);
  if (content.replace(ESCAPES, '').includes('\\')) throw new Error(`a wrong escape: ${JSON.stringify(content)}`);
  return content.replace(ESCAPES, (escape, code: string | undefined) => {
    if (code !== undefined) return String.fromCharCode(parseInt(code, 16));
    return escape === '\\\\' ? '\\' : escape === '\\n' ? '\n' : '\r';
  });
}
