import { describe, expect, it } from 'vitest';
import { ownBytes } from './own-bytes.js';

describe('ownBytes', () => {
  it('copies what shares its memory', () => {
    const shared = new Uint8Array([0, 1, 2, 3, 4]);
    const own = ownBytes(shared.subarray(1, 4));
    shared.fill(9);
    expect(own).toEqual(new Uint8Array([1, 2, 3]));
    expect(own.buffer.byteLength).toBe(3);
  });

  it('keeps memory that nobody shares, and makes no Buffer of it', () => {
    const { buffer } = new Uint8Array([1, 2, 3]);
    const own = ownBytes(Buffer.from(buffer));
    expect(own.buffer).toBe(buffer);
    expect(own.constructor).toBe(Uint8Array);
  });
});
