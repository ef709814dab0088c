import { PROTOCOL_VERSION } from '@holdfast/protocol';
import { describe, expect, it } from 'vitest';

describe('simulation', () => {
  it('sees the protocol', () => {
    expect(PROTOCOL_VERSION).toBe(1);
  });
});
