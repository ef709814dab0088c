import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from 'vitest';
import { AddressFinder, type TrustProxy } from './client-address.js';

function from(remoteAddress: string | undefined, forwarded?: string): IncomingMessage {
  return { socket: { remoteAddress }, headers: { 'x-forwarded-for': forwarded } } as unknown as IncomingMessage;
}

function finderOf(trustProxy: TrustProxy): AddressFinder {
  return new AddressFinder(trustProxy, (where) => {
    throw new Error(`complained about ${where}`);
  });
}

describe('AddressFinder', () => {
  it('believes nobody by default', () => {
    expect(finderOf(false).find(from('203.0.113.9', '198.51.100.1')).address).toBe('203.0.113.9');
  });

  it('counts hops from the near end', () => {
    const request = from('10.0.0.1', '6.6.6.6, 198.51.100.1, 10.0.0.2');
    expect(finderOf(0).find(request).address).toBe('10.0.0.1');
    expect(finderOf(1).find(request).address).toBe('10.0.0.2');
    expect(finderOf(2).find(request).address).toBe('198.51.100.1');
    expect(finderOf(9).find(request).address).toBe('6.6.6.6');
  });

  it('asks a function about each hop', () => {
    const seen: [string, number][] = [];
    const finder = finderOf((address, hop) => {
      seen.push([address, hop]);
      return address.startsWith('10.');
    });
    expect(finder.find(from('::ffff:10.0.0.1', '6.6.6.6, 198.51.100.1, 10.0.0.2')).address).toBe('198.51.100.1');
    expect(seen).toEqual([
      ['10.0.0.1', 0],
      ['10.0.0.2', 1],
      ['198.51.100.1', 2],
    ]);
  });

  it('trusts nobody when the function throws, and complains', () => {
    const complaints: unknown[] = [];
    const planted = new Error('planted');
    const finder = new AddressFinder(
      () => {
        throw planted;
      },
      (where, error) => complaints.push([where, error]),
    );
    expect(finder.find(from('10.0.0.1', '198.51.100.1')).address).toBe('10.0.0.1');
    expect(complaints).toEqual([['trustProxy', planted]]);
  });

  it.each(['garbage', '', 'unknown', '1.2.3.4.5', '<script>', '[', '::zz'])(
    'stops at %j, which is no address',
    (entry) => {
      expect(finderOf(1).find(from('10.0.0.1', entry)).address).toBe('10.0.0.1');
    },
  );

  it.each([
    ['::ffff:198.51.100.7', '198.51.100.7'],
    ['198.51.100.7:4711', '198.51.100.7'],
    ['[2001:DB8::1]:443', '2001:db8::1'],
    ['[2001:db8::1]', '2001:db8::1'],
    ['fe80::1%eth0', 'fe80::1'],
  ])('reads %s as %s', (entry, address) => {
    expect(finderOf(1).find(from('10.0.0.1', entry)).address).toBe(address);
  });

  it('reads each request of a connection anew where a proxy is trusted, as that speaks for many clients', () => {
    const finder = finderOf(1);
    const first = from('10.0.0.1', '198.51.100.1');
    const { socket } = first;
    const second = { socket, headers: { 'x-forwarded-for': '198.51.100.2' } } as unknown as IncomingMessage;
    expect([first, second].map((request) => finder.find(request).limitKey)).toEqual(['198.51.100.1', '198.51.100.2']);
  });

  it('finds nothing on a Unix socket', () => {
    expect(finderOf(false).find(from(undefined)).address).toBe('');
    expect(finderOf(1).find(from(undefined, '198.51.100.1')).address).toBe('198.51.100.1');
  });

  it.each([
    '127.0.0.1',
    '10.1.2.3',
    '172.31.0.1',
    '192.168.0.9',
    '100.64.0.1',
    '169.254.1.1',
    '::1',
    'fd00::1',
    'fe80::1',
    '',
  ])('exempts %j unless it knows about proxies', (address) => {
    expect(finderOf(false).find(from(address)).limitKey).toBe('');
  });

  it.each(['172.32.0.1', '11.0.0.1', '192.169.0.1', '100.128.0.1', '198.51.100.1'])('counts %s', (address) => {
    expect(finderOf(false).find(from(address)).limitKey).toBe(address);
  });

  it('counts private addresses too when it knows about proxies', () => {
    expect(finderOf(1).find(from('10.1.2.3')).limitKey).toBe('10.1.2.3');
    expect(finderOf(1).find(from('')).limitKey).toBe('');
  });

  it.each([
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['2001:db8:0:0:1:2:3:4', '2001:db8:0:0::/64'],
    ['2001:db8:0000:0000::9', '2001:db8:0:0::/64'],
    ['2001:db8:a:b:c::', '2001:db8:a:b::/64'],
    ['2001:db8:1::2:3', '2001:db8:1:0::/64'],
    ['64:ff9b::1.2.3.4', '64:ff9b:0:0::/64'],
    ['2001::1:2:3:4:5:6', '2001:0:1:2::/64'],
  ])('counts %s under %s', (address, key) => {
    expect(finderOf(false).find(from(address)).limitKey).toBe(key);
  });
});
