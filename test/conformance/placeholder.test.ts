import { describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';

describe('conformance', () => {
  it('speaks raw WebSocket', () => {
    expect(WebSocket.OPEN).toBe(1);
  });
});
