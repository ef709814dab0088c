import sinon from 'sinon';
import { afterEach, describe, expect, it } from 'vitest';
import { digest, isSameDigest, nodeEnvironment } from './node-environment.js';

const environment = nodeEnvironment();

afterEach(() => sinon.restore());

describe('nodeEnvironment', () => {
  it('defers until the running code has returned, and before any I/O', async () => {
    const order: string[] = [];
    environment.defer(() => order.push('first'));
    environment.defer(() => {
      order.push('second');
      environment.defer(() => order.push('fourth'));
    });
    environment.defer(() => order.push('third'));
    order.push('now');
    await new Promise((resolve) => setImmediate(resolve));
    expect(order).toEqual(['now', 'first', 'second', 'third', 'fourth']);
  });

  it('goes on with what is deferred when one of them throws, and surfaces the error', async () => {
    const thrown = await uncaught(() => {
      environment.defer(() => {
        throw new Error('planted');
      });
      environment.defer(() => order.push('after'));
    });
    expect(thrown).toMatchObject({ message: 'planted' });
    expect(order).toEqual(['after']);
  });

  it('makes tokens of 22 characters that differ', () => {
    const tokens = new Set(Array.from({ length: 100 }, () => environment.token()));
    expect(tokens.size).toBe(100);
    for (const token of tokens) expect(token).toMatch(/^[\w-]{22}$/);
  });

  it.each(['YQ==', 'YWI=', 'YWJj', '', '+/+/'])('decodes %j and encodes it again', (text) => {
    const bytes = environment.decodeBase64(text);
    expect(bytes).not.toBeNull();
    expect(bytes && environment.encodeBase64(bytes)).toBe(text);
  });

  it.each(['YQ', 'YQ=', 'Y', 'YQ==YQ==', 'YW_j', 'Y W=', 'YQ==\n', 'YR==', 'ÿ'])('refuses %j', (text) => {
    expect(environment.decodeBase64(text)).toBeNull();
  });

  it('decodes into memory of its own', () => {
    expect(environment.decodeBase64('YWJj')?.buffer.byteLength).toBe(3);
  });

  it('encodes a view of a larger buffer', () => {
    expect(environment.encodeBase64(new Uint8Array([0, 97, 98, 99, 0]).subarray(1, 4))).toBe('YWJj');
  });

  it('sets timers that can be cancelled', () => {
    const clock = sinon.useFakeTimers();
    const spy = sinon.spy();
    environment.setTimer(spy, 100);
    environment.clearTimer(environment.setTimer(spy, 50));
    environment.clearTimer(undefined);
    clock.tick(99);
    expect(spy.callCount).toBe(0);
    clock.tick(1);
    expect(spy.callCount).toBe(1);
  });
});

describe('The clock', () => {
  it('tells whole milliseconds, and never goes back', () => {
    const times = Array.from({ length: 1000 }, () => environment.now());
    expect(times.every(Number.isInteger)).toBe(true);
    expect(times).toEqual([...times].sort((a, b) => a - b));
  });
});

describe('digest', () => {
  it('is the SHA-256 of the secret', () => {
    expect(Buffer.from(digest('abc'), 'latin1').toString('base64url')).toBe(
      'ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0',
    );
  });

  it('compares', () => {
    expect(isSameDigest(digest('a'), digest('a'))).toBe(true);
    expect(isSameDigest(digest('a'), digest('b'))).toBe(false);
    expect(isSameDigest(digest('a'), '')).toBe(false);
  });
});

const order: string[] = [];

/** The error that surfaces as uncaught after `act`. vitest's own listeners must not see it. */
function uncaught(act: () => void): Promise<unknown> {
  const others = process.listeners('uncaughtException');
  process.removeAllListeners('uncaughtException');
  return new Promise((resolve) => {
    process.once('uncaughtException', (error) => {
      for (const other of others) process.on('uncaughtException', other);
      resolve(error);
    });
    act();
  });
}
