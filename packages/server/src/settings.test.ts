import { describe, expect, it } from 'vitest';
import type { ServerOptions } from './options.js';
import { checkPath, settle, settleClose } from './settings.js';

const NUMBERS: [keyof ServerOptions, number, number][] = [
  ['resumeWindowMs', 1000, 86_400_000],
  ['heartbeatIntervalMs', 100, 3_600_000],
  ['heartbeatTimeoutMs', 100, 3_600_000],
  ['holdMs', 1000, 600_000],
  ['handshakeTimeoutMs', 100, 600_000],
  ['bodyTimeoutMs', 100, 600_000],
  ['closeTimeoutMs', 100, 600_000],
  ['maxMessageBytes', 1024, 1_073_741_824],
  ['maxBodyBytes', 65_536, 67_108_864],
  ['maxTotalBodyBytes', 65_536, 1_099_511_627_776],
  ['windowBytes', 16_384, 67_108_864],
  ['windowMessages', 64, 1_048_576],
  ['highWaterMarkBytes', 1, 1_099_511_627_776],
  ['maxBufferedBytes', 1024, 1_099_511_627_776],
  ['maxBufferedMessages', 1, 1_048_576],
  ['maxTotalBufferedBytes', 1024, 1_099_511_627_776],
  ['maxSessions', 1, 10_000_000],
  ['maxSessionsPerAddress', 1, 10_000_000],
  ['maxTombstones', 1, 10_000_000],
];

/** What lets a value at its own limit pass the relations. */
const ROOM: ServerOptions = {
  maxBufferedBytes: 1_099_511_627_776,
  maxTotalBufferedBytes: 1_099_511_627_776,
  maxTotalBodyBytes: 1_099_511_627_776,
};

describe('settle', () => {
  it('fills in defaults that pass its own checks, and freezes', () => {
    const settings = settle({});
    expect(settings).toMatchObject({ path: '/holdfast', origins: [], trustProxy: false, serveClient: false });
    expect(settings.hosts).toBeUndefined();
    expect(Object.isFrozen(settings)).toBe(true);
    for (const [name, min, max] of NUMBERS) {
      expect(settings[name]).toBeGreaterThanOrEqual(min);
      expect(settings[name]).toBeLessThanOrEqual(max);
    }
  });

  it.each(NUMBERS)('takes %s from %i to %i and nothing beyond', (name, min, max) => {
    const room = { ...ROOM, [name]: undefined };
    if (min <= 1024 && /TotalBufferedBytes|^maxBufferedBytes/.test(name))
      expect(settle({ [name]: min })[name]).toBe(min);
    expect(
      settle({ ...room, [name]: max, ...(name === 'maxBufferedBytes' && { maxTotalBufferedBytes: max }) })[name],
    ).toBe(max);
    for (const bad of [min - 1, max + 1, min + 0.5, NaN, Infinity, String(min), null, true]) {
      expect(() => settle({ [name]: bad })).toThrow(
        expect.objectContaining({ code: 'ERR_OPTION', message: expect.stringContaining(name) as unknown }) as Error,
      );
    }
  });

  it('says which option, which value and which range', () => {
    expect(() => settle({ holdMs: 7 })).toThrow('option holdMs must be an integer from 1000 to 600000; it is 7');
  });

  it.each<[string, ServerOptions]>([
    ['maxMessageBytes', { maxMessageBytes: 2049, maxBufferedBytes: 2048 }],
    ['maxMessageBytes', { maxMessageBytes: 100_000_000 }],
    ['highWaterMarkBytes', { highWaterMarkBytes: 2049, maxBufferedBytes: 2048 }],
    ['maxBufferedBytes', { maxBufferedBytes: 2049, maxTotalBufferedBytes: 2048 }],
    ['maxBodyBytes', { maxBodyBytes: 65_537, maxTotalBodyBytes: 65_536 }],
  ])('refuses a %s that contradicts another', (name, options) => {
    expect(() => settle(options)).toThrow(`option ${name} must be at most`);
  });

  it('lowers defaults to the limits given', () => {
    expect(settle({ maxTotalBufferedBytes: 2048 })).toMatchObject({
      maxBufferedBytes: 2048,
      maxMessageBytes: 2048,
      highWaterMarkBytes: 2048,
    });
    expect(settle({ maxTotalBodyBytes: 65_536 }).maxBodyBytes).toBe(65_536);
  });

  it('knows no limit per address as false', () => {
    expect(settle({ maxSessionsPerAddress: false }).maxSessionsPerAddress).toBe(Number.MAX_SAFE_INTEGER);
  });

  it('copies lists', () => {
    const origins = ['https://a.example'];
    const settings = settle({ origins });
    origins.push('https://b.example');
    expect(settings.origins).toEqual(['https://a.example']);
    expect(Object.isFrozen(settings.origins)).toBe(true);
  });

  it.each([
    'https://a.example',
    'http://a.example:8080',
    'http://[::1]:3000',
    'null',
    'capacitor://localhost',
    'file://',
  ])('takes the origin %s', (origin) => {
    expect(settle({ origins: [origin] }).origins).toEqual([origin]);
  });

  it.each([
    'https://a.example/',
    'https://a.example:443',
    'a.example',
    'https://A.example',
    'https://*.example',
    '',
    '*',
    7,
  ])('refuses the origin %s', (origin) => {
    expect(() => settle({ origins: [origin as string] })).toThrow('option origins');
  });

  it.each(['a.example', 'localhost', '127.0.0.1', '::1'])('takes the host %s', (host) => {
    expect(settle({ hosts: [host] }).hosts).toEqual([host]);
  });

  it.each(['a.example:80', 'A.example', 'http://a.example', '', '[::1]', 'a.example/'])(
    'refuses the host %s',
    (host) => {
      expect(() => settle({ hosts: [host] })).toThrow('option hosts');
    },
  );

  it.each<[string, object]>([
    ['origins', { origins: 'https://a.example' }],
    ['hosts', { hosts: true }],
    ['authorize', { authorize: 'yes' }],
    ['sameUser', { sameUser: {} }],
    ['protocols', { protocols: [''] }],
    ['trustProxy', { trustProxy: true }],
    ['trustProxy', { trustProxy: 0 }],
    ['serveClient', { serveClient: '' }],
    ['path', { path: 'holdfast' }],
    ['pathh', { pathh: '/x' }],
    ['path', { path: null }],
  ])('refuses a wrong %s', (name, options) => {
    expect(() => settle(options)).toThrow(`option ${name} `);
  });
});

describe('checkPath', () => {
  it.each(['/holdfast', '/a/b', '/x'])('takes %s', (path) => {
    expect(checkPath(path)).toBe(path);
  });

  it.each(['/', '', 'x', '/x/', '/x?y', '/x#y', '/x y', 7, undefined])('refuses %s', (path) => {
    expect(() => checkPath(path)).toThrow('option path');
  });
});

describe('settleClose', () => {
  it('fills in defaults', () => {
    expect(settleClose({})).toEqual({ drainMs: 5000, retryAfterMs: 1000, spreadMs: 5000 });
  });

  it.each([{ drainMs: -1 }, { drainMs: 600_001 }, { retryAfterMs: 3_600_001 }, { spreadMs: 0.5 }])(
    'refuses %o',
    (options) => {
      expect(() => settleClose(options)).toThrow(`option ${Object.keys(options)[0] ?? ''} must be`);
    },
  );
});
