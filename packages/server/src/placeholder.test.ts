import sinon from 'sinon';
import { describe, expect, it } from 'vitest';
import { SERVER_PROTOCOL_VERSION, acceptKind } from './index.js';

describe('placeholder', () => {
  it('names the WebSocket server class', () => {
    const spy = sinon.spy(acceptKind);
    expect(spy()).toBe('WebSocketServer');
    expect(spy.calledOnce).toBe(true);
    expect(SERVER_PROTOCOL_VERSION).toBe(1);
  });
});
