import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PROTOCOL_VERSION } from './version.js';

describe('PROTOCOL_VERSION', () => {
  it('survives a round trip through its decimal form with any leading zeros', () => {
    fc.assert(
      fc.property(fc.nat({ max: 8 }), (zeroCount) => {
        expect(Number('0'.repeat(zeroCount) + String(PROTOCOL_VERSION))).toBe(PROTOCOL_VERSION);
      }),
    );
  });
});
