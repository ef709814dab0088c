import { describe, expect, it } from 'vitest';
import * as defaults from './defaults.js';

const { DEFAULTS, ...constants } = defaults;

function optionName(constant: string): string {
  return constant.toLowerCase().replace(/_(\w)/g, (_match, letter: string) => letter.toUpperCase());
}

describe('DEFAULTS', () => {
  it('holds the constants under the names of options', () => {
    const named = Object.fromEntries(Object.entries(constants).map(([name, value]) => [optionName(name), value]));
    expect(named).toMatchObject(DEFAULTS);
  });

  it('fits together', () => {
    // The largest message must fit into what may wait, and a message into parts and a window.
    expect(DEFAULTS.maxMessageBytes).toBeLessThanOrEqual(DEFAULTS.maxBufferedBytes);
    expect(DEFAULTS.highWaterMarkBytes).toBeLessThan(DEFAULTS.maxBufferedBytes);
    expect(DEFAULTS.partBytes).toBeLessThanOrEqual(DEFAULTS.maxUndrainedBytes);
    expect(DEFAULTS.attachBytes).toBeLessThan(DEFAULTS.maxFirstBytes);
    // Escapes make 6 bytes of one at most, in a text of U+0000, and a part must fit into a frame and a body.
    expect(DEFAULTS.partBytes * 6).toBeLessThan(Math.min(DEFAULTS.maxFrameBytes, DEFAULTS.maxBodyBytes));
    // A held request must end before its silence looks like death.
    expect(DEFAULTS.holdMs).toBeLessThan(DEFAULTS.heartbeatIntervalMs + DEFAULTS.heartbeatTimeoutMs);
    expect(DEFAULTS.heartbeatIntervalMs + DEFAULTS.heartbeatTimeoutMs).toBeLessThan(DEFAULTS.resumeWindowMs);
  });
});
