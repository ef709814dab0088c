import { describeClient } from '@holdfast/client';
import { SERVER_PROTOCOL_VERSION } from '@holdfast/server';
import { describe, expect, it } from 'vitest';

describe('the packages', () => {
  it('resolve to their sources, the client to its Node entry', () => {
    expect(describeClient()).toEqual({
      protocolVersion: SERVER_PROTOCOL_VERSION,
      engine: `node ${process.versions.node}, WebSocket`,
    });
  });
});
