import { describe, expect, it } from 'vitest';
import { greetingOf, makeMessage } from './content.js';
import { Tally } from './tally.js';

function message(speaker: number, number: number, isBinary: boolean): string | Uint8Array {
  const stamp = { speaker, number, sentAtMs: 7 };
  return makeMessage(stamp, { atMs: 0, bytes: 50, isBinary }, (length) => new Uint8Array(length)) as
    string | Uint8Array;
}

describe('Tally', () => {
  it.each([false, true])("tells another session's messages from its own (binary: %s)", (isBinary) => {
    const tally = new Tally(2, 0);
    tally.add(message(0, 0, isBinary), 10);
    tally.add(message(1, 1, isBinary), 20);
    tally.add(greetingOf(1), 30);
    expect(tally.count()).toMatchObject({ received: 1, foreign: 2, damaged: 0 });
    expect(tally.isComplete).toBe(false);
  });

  it('finds a message damaged that is made of parts of two sessions', () => {
    const tally = new Tally(2, 0);
    const own = message(0, 1, true);
    const foreign = message(1, 1, true);
    tally.add(Uint8Array.from([...Array.from(own.slice(0, 30), Number), ...Array.from(foreign.slice(30), Number)]), 10);
    const half = (text: string | Uint8Array, from: number, to?: number): string => String(text).slice(from, to);
    tally.add(half(message(0, 1, false), 0, 20) + half(message(1, 1, false), 20), 20);
    expect(tally.count()).toMatchObject({ received: 0, foreign: 0, damaged: 2 });
  });
});
