import { afterEach, describe, expect, it, vi } from 'vitest';
import { browserEnvironment } from './browser-environment.js';
import { nodeEnvironment } from './node/node-environment.js';

afterEach(() => void vi.unstubAllGlobals());

describe.each([
  ['browserEnvironment', browserEnvironment],
  ['nodeEnvironment', nodeEnvironment],
])('%s', (_name, make) => {
  it('makes tokens of at least 128 bits that differ', () => {
    const environment = make(undefined);
    const tokens = Array.from({ length: 100 }, () => environment.token());
    for (const one of tokens) expect(one).toMatch(/^[\w-]{22,64}$/);
    expect(new Set(tokens).size).toBe(100);
  });

  it('writes and reads base64', () => {
    const environment = make(undefined);
    for (let length = 0; length < 9; length++) {
      const bytes = new Uint8Array(Array.from({ length }, (_, index) => 251 + index));
      const text = environment.encodeBase64(bytes);
      expect(text).toBe(Buffer.from(bytes).toString('base64'));
      expect(environment.decodeBase64(text)).toEqual(bytes);
    }
    expect(environment.encodeBase64(new Uint8Array([9, 8, 7, 6]).subarray(1, 3))).toBe('CAc=');
  });

  it.each(['YQ', 'YQ=', 'Y Q=', 'YQ==\n', 'YR==', 'Y-_=', '====', '%'])('takes %j for no base64', (text) => {
    expect(make(undefined).decodeBase64(text)).toBeNull();
  });

  it('counts UTF-8 bytes', () => {
    expect(make(undefined).utf8Length('aß€😀')).toBe(1 + 2 + 3 + 4);
  });

  it('defers until the running code has returned, and no longer than timers', async () => {
    const order: string[] = [];
    const environment = make(undefined);
    await new Promise<void>((resolve) => {
      environment.setTimer(() => {
        order.push('timer');
        resolve();
      }, 0);
      environment.defer(() => order.push('deferred'));
      order.push('running');
    });
    expect(order).toEqual(['running', 'deferred', 'timer']);
  });

  it('sets timers and clears them', async () => {
    const environment = make(undefined);
    const cleared = environment.setTimer(() => expect.unreachable(), 1);
    environment.clearTimer(cleared);
    environment.clearTimer(undefined);
    await new Promise<void>((resolve) => environment.setTimer(resolve, 5));
    environment.clearTimer(cleared);
  });

  it('passes on a trace if there is one', () => {
    expect(make(undefined)).not.toHaveProperty('trace');
    const trace = vi.fn();
    make(trace).trace?.('lost', { session: 'a' });
    expect(trace).toHaveBeenCalledWith('lost', { session: 'a' });
  });
});

describe('browserEnvironment in an engine that lacks', () => {
  it('a CSPRNG: makes tokens that differ all the same', () => {
    vi.stubGlobal('crypto', undefined);
    const environment = browserEnvironment(undefined);
    const tokens = Array.from({ length: 100 }, () => environment.token());
    for (const one of tokens) expect(one).toMatch(/^[\w-]{22,64}$/);
    expect(new Set(tokens).size).toBe(100);
  });

  it('Promise: defers by a timer', async () => {
    const environment = browserEnvironment(undefined);
    await new Promise<void>((resolve) => {
      // For this call only: vitest can't do without.
      vi.stubGlobal('Promise', undefined);
      environment.defer(resolve);
      vi.unstubAllGlobals();
    });
  });

  it('performance: has a clock that never goes back', () => {
    vi.stubGlobal('performance', undefined);
    const environment = browserEnvironment(undefined);
    const wall = vi.spyOn(Date, 'now');
    try {
      const times = [1000, 1010, 400, 405, 2000].map((time) => {
        wall.mockReturnValue(time);
        return environment.now();
      });
      expect(times).toEqual([1000, 1010, 1010, 1015, 2610]);
    } finally {
      wall.mockRestore();
    }
  });
});
