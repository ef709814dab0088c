import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeBase64 } from './base64.js';
import { RAW_TEXT_BYTES } from './defaults.js';
import type { Data } from './environment.js';
import { wholeFrame } from './frame.js';
import { Inbox } from './inbox.js';
import { makeMessage } from './message.js';
import { Outbox } from './outbox.js';
import { parsePosition } from './position.js';
import { ManualClock } from './testing/manual-clock.js';
import { packetsOf } from './testing/packets-of.js';
import { unescapeText, utf8Length } from './text.js';

const text = fc.string({ unit: fc.constantFrom('a', '\n', '\\', '\u0000', 'é', '€', '😀', '\u200b'), maxLength: 60 });

const message = fc.oneof(
  { weight: 8, arbitrary: text },
  // So large that it is sent raw where it can be.
  text.map((unit) => unit.repeat(RAW_TEXT_BYTES / 16)),
  fc.uint8Array({ maxLength: 60 }),
);

const step = fc.oneof(
  fc.record({ kind: fc.constant('push' as const), data: message }),
  fc.record({
    kind: fc.constant('carry' as const),
    isRaw: fc.boolean(),
    budget: fc.oneof(fc.integer({ min: 1, max: 120 }), fc.constant(20_000)),
    /** Packets that arrive before the transport dies; all if more than there are. */
    lines: fc.integer({ min: 0, max: 12 }),
    isNewBody: fc.boolean(),
  }),
  fc.record({ kind: fc.constant('reattach' as const) }),
  fc.record({ kind: fc.constant('hand' as const), isTold: fc.boolean() }),
);

/** One transport after another carries what one side sends. */
class Wire {
  readonly outbox = new Outbox(new ManualClock());
  readonly inbox: Inbox;
  readonly arrived: Data[] = [];
  private _at = { _readMessages: 0, _readBytes: 0 };
  private _isDead = false;

  constructor(windowBytes: number, windowMessages: number) {
    this.inbox = new Inbox({ windowBytes, windowMessages, maxMessageBytes: 100_000 });
    this.outbox.windowBytes = windowBytes;
    this.outbox.windowMessages = windowMessages;
  }

  reattach(): void {
    this._isDead = false;
    this._at = { _readMessages: 0, _readBytes: 0 };
    expect(this.outbox.ack(this.inbox.show())).toBe(true);
    expect(this.outbox.rewind(this.inbox.received)).toBe(true);
  }

  carry(isRaw: boolean, budget: number, lines: number): void {
    if (this._isDead) return;
    const pieces: (string | Uint8Array)[] = [];
    for (let piece = this.outbox.pull(isRaw, budget); piece !== ''; piece = this.outbox.pull(isRaw, budget))
      pieces.push(wholeFrame(piece));
    const packets = pieces.flatMap<string | Uint8Array>((piece) =>
      typeof piece === 'string' ? packetsOf([piece]) : [piece],
    );
    this._isDead = lines < packets.length;
    let isPart = false;
    for (const packet of packets.slice(0, lines)) {
      if (typeof packet !== 'string') {
        this._take(packet, !isPart);
        isPart = false;
      } else if (isRaw && packet === 'B') isPart = true;
      else this._line(packet);
    }
  }

  hand(isTold: boolean): void {
    for (let next; (next = this.inbox.next());) {
      this.arrived.push(next.data);
      this.inbox.handed(next.bytes);
    }
    if (isTold) expect(this.outbox.ack(this.inbox.tell())).toBe(true);
  }

  private _line(line: string): void {
    const content = line.slice(1);
    const letter = line.charAt(0);
    if (letter === '@') {
      const position = parsePosition(content);
      this._at = { _readMessages: position?.messages ?? -1, _readBytes: position?.bytes ?? -1 };
      return;
    }
    const kind = letter.toLowerCase();
    const data = kind === 'u' ? content : kind === 't' ? unescapeText(content) : decodeBase64(content);
    expect(data).not.toBeNull();
    if (data !== null) this._take(data, letter === kind);
  }

  private _take(data: Data, isLast: boolean): void {
    const bytes = typeof data === 'string' ? utf8Length(data) : data.length;
    expect(bytes > 0 || isLast).toBe(true);
    expect(this.inbox.take(this._at, data, bytes, isLast)).toBeNull();
  }
}

describe('Outbox to Inbox', () => {
  it('brings exactly the messages, whatever is cut, rewound or told when', () => {
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 60 }),
        fc.oneof(fc.integer({ min: 4, max: 200 }), fc.constant(20_000)),
        fc.integer({ min: 1, max: 6 }),
        (steps, windowBytes, windowMessages) => {
          const wire = new Wire(windowBytes, windowMessages);
          const sent: Data[] = [];
          for (const next of steps) {
            if (next.kind === 'push') {
              sent.push(next.data);
              const { data } = next;
              wire.outbox.push(makeMessage(new ManualClock(), data));
            } else if (next.kind === 'carry') {
              if (next.isNewBody) wire.outbox._announce = true;
              wire.carry(next.isRaw, next.budget, next.lines);
            } else if (next.kind === 'hand') wire.hand(next.isTold);
            else wire.reattach();
          }
          for (let round = 0; wire.arrived.length < sent.length && round < 10_000; round++) {
            wire.reattach();
            wire.carry(round % 2 === 0, 50, Infinity);
            wire.hand(true);
          }
          wire.hand(true);
          expect(wire.arrived).toEqual(sent);
          expect(wire.outbox.count).toBe(0);
          expect(wire.outbox.bufferedBytes).toBe(0);
          expect(wire.inbox.bufferedBytes).toBe(0);
        },
      ),
      { numRuns: 500 },
    );
  });
});
