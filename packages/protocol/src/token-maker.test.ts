import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { tokenMaker } from './token-maker.js';

const encode = (bytes: Buffer, from: number, to: number): string => bytes.toString('base64url', from, to);

describe('tokenMaker', () => {
  it('makes every token of 16 bytes of its own', () => {
    const made: Buffer[] = [];
    const token = tokenMaker((size) => {
      const bytes = randomBytes(size);
      made.push(Buffer.from(bytes));
      return bytes;
    }, encode);
    const tokens = Array.from({ length: 1000 }, token);
    const bytes = Buffer.concat(made);
    expect(made.length).toBeGreaterThan(1);
    expect(tokens).toEqual(tokens.map((_, index) => encode(bytes, 16 * index, 16 * (index + 1))));
  });

  it('keeps no bytes of a token that it has made', () => {
    let kept = Buffer.alloc(0);
    const token = tokenMaker((size) => (kept = randomBytes(size)), encode);
    token();
    token();
    expect(kept.subarray(0, 32)).toEqual(Buffer.alloc(32));
    expect(kept.subarray(32)).not.toEqual(Buffer.alloc(kept.length - 32));
  });
});
