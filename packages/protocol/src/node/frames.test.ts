import type { Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import * as ws from 'ws';
import { maskedBinaryFrame, textFrame } from './frames.js';

/** What reads frames in `ws`. Its types don't name it. */
const { Receiver } = ws as unknown as { Receiver: new (options: { isServer: boolean }) => Writable };

const LENGTHS = [0, 1, 2, 3, 4, 5, 125, 126, 127, 255, 256, 1023, 1024, 1025, 65_535, 65_536, 65_537, 200_003];

/** Bytes from the head's first to the payload's first, without a key (RFC 6455, section 5.2). */
function headBytes(bytes: number): number {
  return bytes < 126 ? 2 : bytes < 65_536 ? 4 : 10;
}

/** Distinct all along, so that a mask that is shifted shows. */
function bytesOf(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => (index * 31 + (index >> 8)) & 0xff);
}

describe.each([false, true])('textFrame, masked: %s', (isMasked) => {
  it.each(LENGTHS)('is read by ws, with %i bytes, and has nothing else in it', (bytes) => {
    const text = Array.from({ length: bytes }, (_, index) => String.fromCharCode(32 + (index % 95))).join('');
    const frame = textFrame(text, isMasked);
    expect(read(frame, isMasked)).toEqual([[text, false]]);
    expect(frame.length).toBe(headBytes(bytes) + (isMasked ? 4 : 0) + bytes);
  });

  it.each([10, 1000, 5000, 30_000])('counts bytes, not code units, of %i times the same', (count) => {
    const text = 'grüß 😀\n'.repeat(count);
    expect(read(textFrame(text, isMasked), isMasked)).toEqual([[text, false]]);
  });

  it.each(['', 'k1\n@0\nu', 'k1\ntgrün\nu'])('puts what goes before, %j, there', (before) => {
    for (const text of ['x'.repeat(5000), '漢字'.repeat(5000)])
      expect(read(textFrame(text, isMasked, before), isMasked)).toEqual([[before + text, false]]);
  });
});

describe('maskedBinaryFrame', () => {
  it.each(LENGTHS)('is read by a server of ws, with %i bytes', (length) => {
    const bytes = bytesOf(length);
    expect(read(maskedBinaryFrame(bytes), true)).toEqual([[Buffer.from(bytes).toString('latin1'), true]]);
    expect(bytes).toEqual(bytesOf(length));
  });

  it('takes a view that begins and ends anywhere', () => {
    const bytes = bytesOf(1000);
    expect(read(maskedBinaryFrame(bytes.subarray(3, 998)), true)).toEqual([
      [Buffer.from(bytes.subarray(3, 998)).toString('latin1'), true],
    ]);
  });
});

describe('The key of a masked frame', () => {
  it('is new for each, and never nothing', () => {
    const keys = Array.from({ length: 3000 }, () => textFrame('', true).readUInt32BE(2));
    // Of as many random ones, two are equal once in a thousand runs.
    expect(new Set(keys).size).toBeGreaterThan(2990);
    expect(keys.filter((key) => key === 0).length).toBeLessThan(2);
  });

  it('hides what is sent', () => {
    const zeros = maskedBinaryFrame(new Uint8Array(4096));
    expect(zeros.subarray(8, 12)).toEqual(zeros.subarray(4, 8));
    expect(textFrame('secret', true).includes('secret')).toBe(false);
  });
});

/** What the other end receives: text or bytes as Latin-1, and whether it was binary. */
function read(frame: Buffer, isServer: boolean): unknown[] {
  const received: unknown[] = [];
  const receiver = new Receiver({ isServer });
  receiver.on('message', (data: Buffer, isBinary: boolean) =>
    received.push([data.toString(isBinary ? 'latin1' : 'utf8'), isBinary]),
  );
  receiver.write(Buffer.from(frame));
  return received;
}
