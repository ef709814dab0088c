import { read, type Reading } from './reading.js';
import type { AnswerSeen } from './observations.js';
import type { Answer, PostOptions, Wire } from './wire.js';

/** Headers by which something in between shows in answers. Our server sends none of them by itself. */
const REVEALING = ['via', 'server', 'x-cache', 'x-served-by', 'cf-ray', 'x-amz-cf-id', 'x-azure-ref'] as const;

const TELLING = ['server', 'via', 'location', 'content-type'] as const;

const BEGINNING_LENGTH = 120;

/** A request's answer, and what it says. */
export interface Reply {
  readonly answer: Answer;
  /** `null`: it is not ours. */
  readonly reading: Reading | null;
  /** Ours, complete, and to this request. */
  readonly isGood: boolean;
}

/** Sends requests, and notes by the way what shows in any answer. */
export class Courier {
  readonly wire: Wire;
  swappedCount = 0;
  /** Requests that failed once, and not when they were made again. */
  chanceCount = 0;
  added = '';
  http = '';
  readonly between: Set<string> = new Set<string>();

  constructor(wire: Wire) {
    this.wire = wire;
  }

  /** Sends a body that asks for an answer to `re`. */
  async post(
    url: string,
    body: string,
    re: string,
    timeoutMs: number,
    more: Pick<PostOptions, 'onPiece' | 'origin'> = {},
  ): Promise<Reply> {
    const answer = await this.wire.post(url, body, { timeoutMs, ...more });
    return this.#note(answer, re);
  }

  /** Asks for an event stream; its lines come as those of a POST would. */
  async get(url: string, timeoutMs: number): Promise<Reply> {
    const answer = await this.wire.get(url, timeoutMs);
    const text = answer.text.replace(/^data: (.*)\n\n?/gm, '$1\n');
    const headers = { ...answer.headers };
    if ((headers['content-type'] ?? '').startsWith('text/event-stream')) headers['content-type'] = 'text/plain';
    return { answer, reading: read({ ...answer, text, headers }), isGood: answer.failure === null };
  }

  /** Something in between has a name. */
  noteHeaders(headers: Readonly<Record<string, string>>): void {
    for (const name of REVEALING) {
      const value = headers[name];
      if (value !== undefined) this.between.add(`${name}: ${value.slice(0, 80)}`);
    }
  }

  #note(answer: Answer, re: string): Reply {
    if (answer.http !== '') this.http = answer.http;
    this.noteHeaders(answer.headers);
    const reading = read(answer);
    if (!reading) return { answer, reading, isGood: false };
    const isMine = reading.re === re || reading.re === '-';
    if (!isMine) this.swappedCount++;
    if (reading.tail.trim() !== '') this.added ||= reading.tail.trim().slice(0, BEGINNING_LENGTH);
    return { answer, reading, isGood: isMine && reading.isEnded };
  }
}

/** What of an answer helps to tell whose it is. */
export function describe({ status, headers, text }: Answer): AnswerSeen {
  const told: Record<string, string> = {};
  for (const name of TELLING) {
    const value = headers[name];
    if (value !== undefined) told[name] = value;
  }
  return { status, headers: told, beginning: text.slice(0, BEGINNING_LENGTH).replace(/\s+/g, ' ').trim() };
}
