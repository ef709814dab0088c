import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from 'vitest';
import { HostPolicy } from './host-policy.js';

function from(host: string | undefined, listener: unknown = { address: '127.0.0.1' }): IncomingMessage {
  return { headers: { host }, socket: { server: { address: () => listener } } } as unknown as IncomingMessage;
}

describe('HostPolicy', () => {
  it.each([
    'localhost',
    'localhost:3000',
    'LOCALHOST',
    'a.localhost',
    'localhost.',
    '127.0.0.1:80',
    '10.0.0.7',
    '[::1]:80',
    '[fe80::1]',
  ])('on loopback lets %s in', (host) => {
    expect(new HostPolicy(undefined, [], false).isAllowed(from(host))).toBe(true);
  });

  it.each(['evil.example', 'localhost.evil.example', '127.0.0.1.evil.example', 'xlocalhost', '', '[', ':80', '1.2.3'])(
    'on loopback keeps %j out',
    (host) => {
      expect(new HostPolicy(undefined, [], false).isAllowed(from(host))).toBe(false);
    },
  );

  it.each([{ address: '::1' }, { address: '127.0.0.2' }, { address: '::ffff:127.0.0.1' }])(
    'takes %o for loopback',
    (listener) => {
      expect(new HostPolicy(undefined, [], false).isAllowed(from('evil.example', listener))).toBe(false);
    },
  );

  it.each([{ address: '::' }, { address: '0.0.0.0' }, { address: '10.0.0.1' }, '/run/app.sock', null])(
    'does not take %o for loopback',
    (listener) => {
      expect(new HostPolicy(undefined, [], false).isAllowed(from('shop.example', listener))).toBe(true);
    },
  );

  it('knows the hosts of allowed origins', () => {
    const policy = new HostPolicy(undefined, ['https://shop.example:8443', 'null', 'http://[2001:db8::1]:3000'], false);
    expect(policy.isAllowed(from('shop.example'))).toBe(true);
    expect(policy.isAllowed(from('other.example'))).toBe(false);
  });

  it('does not watch where a proxy stands in front', () => {
    expect(new HostPolicy(undefined, [], true).isAllowed(from('shop.example'))).toBe(true);
  });

  it('holds to a list everywhere', () => {
    const policy = new HostPolicy(['shop.example', '127.0.0.1', '::1'], ['https://other.example'], true);
    for (const host of ['shop.example', 'shop.example:3000', '127.0.0.1', '[::1]:80']) {
      expect(policy.isAllowed(from(host, { address: '::' }))).toBe(true);
    }
    for (const host of ['localhost', 'other.example', '127.0.0.2']) {
      expect(policy.isAllowed(from(host, { address: '::' }))).toBe(false);
    }
  });

  it('can be switched off', () => {
    expect(new HostPolicy(false, [], false).isAllowed(from('evil.example'))).toBe(true);
  });

  it('lets clients in that name no host', () => {
    expect(new HostPolicy(['shop.example'], [], false).isAllowed(from(undefined))).toBe(true);
  });
});
