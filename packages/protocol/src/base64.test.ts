import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeBase64, encodeBase64 } from './base64.js';

describe('encodeBase64', () => {
  it('writes what Buffer writes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        expect(encodeBase64(bytes)).toBe(Buffer.from(bytes).toString('base64'));
      }),
    );
  });

  it('writes a view without what lies around it', () => {
    expect(encodeBase64(new Uint8Array([9, 1, 2, 9]).subarray(1, 3))).toBe('AQI=');
  });
});

describe('decodeBase64', () => {
  it('undoes encodeBase64', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        expect(decodeBase64(encodeBase64(bytes))).toEqual(bytes);
      }),
    );
  });

  it('undoes encodeBase64 for a part of the largest size', () => {
    const bytes = Uint8Array.from({ length: 65_536 }, (_, index) => index * 7 + (index >> 8));
    expect(decodeBase64(encodeBase64(bytes))).toEqual(bytes);
  });

  it.each([
    ...['A', 'AA', 'AAA', 'AAAAA', '=', '==', '===', '====', 'A===', 'AA=', 'AAA==', 'AAAA=', 'AAAA==', 'AAAA===='],
    ...['AA=A', 'A=AA', 'AA==AAAA', 'AAA=AAAA', ' AAA', 'AAA\n', 'AAAA\n', 'AA A', 'A-AA', 'A_AA', 'AAé=', 'ＡAAA'],
    ...['AB==', 'A/==', 'AAB=', 'AAD=', '//9=', 'AAA@', 'AAA[', 'AAA`', 'AAA{', 'AAA:', 'AAA,', 'AA\0A', '😀AA'],
  ])('refuses %j', (text) => {
    expect(decodeBase64(text)).toBeNull();
  });

  it('takes one way only to write any bytes', () => {
    const anyText = fc.string({
      unit: fc.constantFrom('A', 'B', 'Q', 'w', '4', '+', '/', '=', '-', ' '),
      maxLength: 9,
    });
    fc.assert(
      fc.property(fc.oneof(anyText, fc.string({ unit: 'binary' })), (text) => {
        const isCanonical = Buffer.from(text, 'base64').toString('base64') === text;
        expect(decodeBase64(text) !== null).toBe(isCanonical);
      }),
      { numRuns: 1000 },
    );
  });
});
