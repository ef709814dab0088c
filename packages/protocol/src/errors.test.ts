import { describe, expect, it } from 'vitest';
import { HoldfastError } from './errors.js';

describe('HoldfastError', () => {
  it('is an error with a name, a code and a message', () => {
    const error = new HoldfastError('ERR_CLOSED', 'the session is closed');
    expect(error).toBeInstanceOf(Error);
    expect(error).toBeInstanceOf(HoldfastError);
    expect(error.code).toBe('ERR_CLOSED');
    expect(String(error)).toBe('HoldfastError: the session is closed');
    expect(error.stack).toContain('errors.test');
    expect('cause' in error).toBe(false);
  });

  it('keeps its cause', () => {
    const cause = new RangeError('no');
    expect(new HoldfastError('ERR_CLOSED', 'the session is closed', cause)).toHaveProperty('cause', cause);
  });
});
