import type { Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import * as ws from 'ws';
import { textFrame } from './text-frame.js';

/** What reads frames in `ws`. Its types don't name it. */
const { Receiver } = ws as unknown as { Receiver: new (options: { isServer: boolean }) => Writable };

describe('textFrame', () => {
  it.each([0, 1, 125, 126, 127, 255, 256, 4096, 65_535])('is read by ws, with %i bytes', (bytes) => {
    expect(read(textFrame('q'.repeat(bytes)))).toEqual([['q'.repeat(bytes), false]]);
  });

  it('counts bytes, not code units', () => {
    const text = 'grüß 😀\n'.repeat(10);
    expect(text.length).toBeLessThan(126);
    expect(read(textFrame(text))).toEqual([[text, false]]);
  });

  it('makes the frame of the same text once', () => {
    const frame = textFrame(['for ', 'all'].join(''));
    expect(textFrame(['for', ' all'].join(''))).toBe(frame);
    expect(textFrame('for others')).not.toBe(frame);
    expect(read(textFrame('for all'))).toEqual([['for all', false]]);
  });
});

/** What a client receives: text, and whether it was binary. */
function read(frame: Buffer): unknown[] {
  const received: unknown[] = [];
  const receiver = new Receiver({ isServer: false });
  receiver.on('message', (data: Buffer, isBinary: boolean) => received.push([data.toString(), isBinary]));
  receiver.write(frame);
  return received;
}
