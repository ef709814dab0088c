import { describe, expect, it } from 'vitest';
import { compare, NOTHING_WRONG } from './ledger.js';

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);

describe('compare', () => {
  it('finds nothing wrong with the same messages, repeated ones included', () => {
    expect(compare(['a', '', '', bytes(1, 255)], ['a', '', '', bytes(1, 255)])).toEqual(NOTHING_WRONG);
  });

  it.each([
    { what: 'a lost one', received: ['a', 'c'], lost: 1 },
    { what: 'one that came twice', received: ['a', 'b', 'b', 'c'], duplicated: 1 },
    { what: 'two that changed places', received: ['b', 'a', 'c'], outOfOrder: 2 },
    { what: 'one that was mangled', received: ['a', 'B', 'c'], lost: 1, duplicated: 1 },
    { what: 'bytes in place of text', received: ['a', bytes(98), 'c'], lost: 1, duplicated: 1 },
  ])('counts $what', ({ received, what: _what, ...wrong }) => {
    expect(compare(['a', 'b', 'c'], received)).toEqual({ ...NOTHING_WRONG, ...wrong });
  });
});
