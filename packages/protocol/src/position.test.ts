import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  comparePositions,
  formatPosition,
  MAX_COUNT,
  parseCount,
  parsePosition,
  type Position,
  ZERO,
} from './position.js';

const anyPosition = fc.record({ messages: fc.maxSafeNat(), bytes: fc.oneof(fc.constant(0), fc.maxSafeNat()) });

describe('formatPosition', () => {
  it.each([
    [{ messages: 0, bytes: 0 }, '0'],
    [{ messages: 12, bytes: 0 }, '12'],
    [{ messages: 12, bytes: 65_536 }, '12.65536'],
    [{ messages: MAX_COUNT, bytes: MAX_COUNT }, '9007199254740991.9007199254740991'],
  ])('writes %o as %s', (position, text) => {
    expect(formatPosition(position)).toBe(text);
    expect(parsePosition(text)).toEqual(position);
  });
});

describe('parsePosition', () => {
  it('reads what formatPosition writes', () => {
    fc.assert(
      fc.property(anyPosition, (position) => {
        expect(parsePosition(formatPosition(position))).toEqual(position);
      }),
    );
  });

  it.each([
    '',
    '.',
    '1.',
    '.1',
    '1.0',
    '01',
    '00',
    '1.01',
    '-1',
    '+1',
    '1e3',
    '0x1',
    ' 1',
    '1 ',
    '1\n',
    '1.2.3',
    '1,5',
    'NaN',
    'Infinity',
    '٣',
    '9007199254740992',
    '9007199254740993',
    '1.9007199254740992',
    '90071992547409910',
    '9'.repeat(400),
  ])('refuses %j', (text) => {
    expect(parsePosition(text)).toBeNull();
  });

  it('reads nothing that formatPosition would write otherwise', () => {
    const digits = fc.string({ unit: fc.constantFrom('0', '1', '9', '.', '-', 'e', ' '), maxLength: 20 });
    fc.assert(
      fc.property(fc.oneof(digits, fc.string({ unit: 'binary' })), (text) => {
        const position = parsePosition(text);
        if (position !== null) expect(formatPosition(position)).toBe(text);
      }),
    );
  });
});

describe('parseCount', () => {
  it('reads 0 to 2^53 - 1', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), (count) => {
        expect(parseCount(String(count))).toBe(count);
      }),
    );
    expect(MAX_COUNT).toBe(Number.MAX_SAFE_INTEGER);
    expect(parseCount(String(MAX_COUNT))).toBe(MAX_COUNT);
  });

  it.each(['', '1.5', '01', '-1', '9007199254740992'])('refuses %j', (text) => {
    expect(parseCount(text)).toBeNull();
  });
});

describe('comparePositions', () => {
  it('orders by messages, then by bytes', () => {
    const at = (messages: number, bytes: number): Position => ({ messages, bytes });
    const sorted = [ZERO, at(0, 1), at(0, MAX_COUNT), at(1, 0), at(1, 5), at(2, 0), at(MAX_COUNT, MAX_COUNT)];
    sorted.forEach((a, i) => {
      sorted.forEach((b, j) => {
        expect(Math.sign(comparePositions(a, b))).toBe(Math.sign(i - j));
      });
    });
  });
});
