import type { CloseEvent, Data } from '@holdfast/protocol';
import { describeMessage, isSame } from './payload.js';

/** A promise was broken. */
export class Broken extends Error {}

/** All that was sent and handed over in one session, in one direction. */
export class Stream {
  readonly sent: Data[] = [];
  /** How many were handed over: always the first ones. */
  handed = 0;
  /** How the sender's side ended. */
  end: CloseEvent | null = null;

  constructor(readonly name: string) {}

  send(data: Data): void {
    this.sent.push(data);
  }

  /** The receiving application was handed `data`: it must be the next one. */
  hand(data: Data): void {
    const expected = this.sent[this.handed];
    if (expected === undefined || !isSame(expected, data)) {
      const at = this.sent.findIndex((other) => isSame(other, data));
      throw new Broken(
        `${this.name}: message ${String(this.handed)} handed over is ${describeMessage(data)} (sent as ${String(at)}), expected ${describeMessage(expected)}`,
      );
    }
    this.handed++;
    if (this.end) this._checkUnsent(this.end);
  }

  get isDone(): boolean {
    return this.handed === this.sent.length;
  }

  /** The sender was told of the end: what is listed must be the last messages, and those not listed must have been handed over. */
  close(event: CloseEvent): void {
    if (this.end) throw new Broken(`${this.name}: ended twice`);
    this.end = event;
    const { unconfirmed } = event;
    const confirmed = this.sent.length - unconfirmed.length;
    if (confirmed < 0) throw new Broken(`${this.name}: more unconfirmed than sent`);
    unconfirmed.forEach(({ data }, index) => {
      const sent = this.sent[confirmed + index];
      if (sent === undefined || !isSame(sent, data))
        throw new Broken(
          `${this.name}: unconfirmed ${String(index)} is not what was sent as ${String(confirmed + index)}`,
        );
    });
    if (confirmed > this.handed)
      throw new Broken(
        `${this.name}: ${String(confirmed)} of ${String(this.sent.length)} were confirmed, but only ${String(this.handed)} handed over (code ${String(event.code)} ${event.reason})`,
      );
    this._checkUnsent(event);
  }

  private _checkUnsent(event: CloseEvent): void {
    const confirmed = this.sent.length - event.unconfirmed.length;
    for (let index = confirmed; index < this.handed; index++) {
      if (event.unconfirmed[index - confirmed]?.sent === false)
        throw new Broken(
          `${this.name}: message ${String(index)} was said to have certainly not arrived, but was handed over (code ${String(event.code)} ${event.reason})`,
        );
    }
  }
}

/** One session as both applications saw it. */
export class Life {
  readonly up: Stream;
  down: Stream;
  /** The public ids of server sessions that were made for it: never more than one. */
  readonly ids: string[] = [];
  clientEnd: CloseEvent | null = null;
  serverEnd: CloseEvent | null = null;
  /** When its end called `close`, and the other did not. */
  clientClosedAt = -Infinity;
  serverClosedAt = -Infinity;

  constructor(readonly number: number) {
    this.up = new Stream(`up ${String(number)}`);
    this.down = new Stream(`down ${String(number)}`);
  }

  /** A session was made on the server. Again only if the client can't know of the first, which ended without having been handed anything. */
  begin(id: string): void {
    this.ids.push(id);
    if (this.ids.length === 1) return;
    if (this.serverEnd && this.up.handed === 0) {
      this.serverEnd = null;
      this.serverClosedAt = -Infinity;
      this.down = new Stream(this.down.name);
    } else throw new Broken(`two sessions were made for one: ${this.ids.join(', ')}`);
  }
}
