import { describe, expect, it } from 'vitest';
import { describeClient } from './core.js';

describe('describeClient', () => {
  it('names the browser unless told otherwise', () => {
    expect(describeClient()).toEqual({ protocolVersion: 1, engine: 'browser' });
  });
});
