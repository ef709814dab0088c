import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from 'vitest';
import { AddressFinder, type TrustProxy } from './client-address.js';
import { OriginPolicy, type Origins } from './origin-policy.js';

type Headers = Record<string, string>;

function isAllowed(
  headers: Headers,
  origins: Origins = [],
  options: { isTls?: boolean; trustProxy?: TrustProxy } = {},
) {
  const complain = (where: string, error: unknown): never => {
    throw new Error(`complained about ${where}`, { cause: error });
  };
  const { isTls = false, trustProxy = false } = options;
  const request = {
    headers: { host: 'shop.example', ...headers },
    socket: { remoteAddress: '10.0.0.1', ...(isTls && { encrypted: true }) },
  } as unknown as IncomingMessage;
  return new OriginPolicy(origins, new AddressFinder(trustProxy, complain), complain).decide(request).isAllowed;
}

describe('OriginPolicy', () => {
  it.each<[string, Headers, boolean]>([
    ['http://shop.example', {}, true],
    ['http://shop.example', { host: 'shop.example:80' }, true],
    ['http://shop.example', { host: 'SHOP.example' }, true],
    ['http://shop.example:3000', { host: 'shop.example:3000' }, true],
    ['http://[::1]:3000', { host: '[::1]:3000' }, true],
    ['http://shop.example:3000', {}, false],
    ['http://shop.example', { host: 'shop.example:3000' }, false],
    ['http://www.shop.example', {}, false],
    ['http://shop.example.evil.example', {}, false],
    ['http://evil.example', { host: 'shop.example', 'sec-fetch-site': 'same-origin' }, false],
    ['null', {}, false],
    ['', {}, false],
    ['shop.example', {}, false],
    ['http://shop.example, http://evil.example', {}, false],
    ['app://shop.example', {}, false],
  ])('on plain HTTP takes %s with %o for its own: %s', (origin, headers, expected) => {
    expect(isAllowed({ origin, ...headers })).toBe(expected);
  });

  it('knows its own scheme', () => {
    expect(isAllowed({ origin: 'https://shop.example' }, [], { isTls: true })).toBe(true);
    expect(isAllowed({ origin: 'https://shop.example', host: 'shop.example:443' }, [], { isTls: true })).toBe(true);
    expect(isAllowed({ origin: 'http://shop.example' }, [], { isTls: true })).toBe(false);
  });

  it('takes secure pages for its own behind a proxy that ends TLS', () => {
    expect(isAllowed({ origin: 'https://shop.example' })).toBe(true);
  });

  it.each(['https', 'https, http', 'wss', 'HTTPS'])('refuses insecure pages when a proxy says %s', (proto) => {
    expect(isAllowed({ origin: 'https://shop.example', 'x-forwarded-proto': proto })).toBe(true);
    expect(isAllowed({ origin: 'http://shop.example', 'x-forwarded-proto': proto })).toBe(false);
  });

  it('believes X-Forwarded-Host from proxies of ours only', () => {
    const headers = {
      origin: 'https://shop.example',
      host: '127.0.0.1:3000',
      'x-forwarded-host': 'shop.example, inner',
    };
    expect(isAllowed(headers)).toBe(false);
    expect(isAllowed(headers, [], { trustProxy: 1 })).toBe(true);
    expect(isAllowed(headers, [], { trustProxy: (address) => address === '10.0.0.1' })).toBe(true);
    expect(isAllowed(headers, [], { trustProxy: () => false })).toBe(false);
  });

  it.each<[string, Headers, boolean]>([
    ['a client that is no browser', {}, true],
    ['a page of our own, or the address bar', { 'sec-fetch-site': 'same-origin', cookie: 'c=1' }, true],
    ['the address bar', { 'sec-fetch-site': 'none', cookie: 'c=1' }, true],
    ['a page of the same site', { 'sec-fetch-site': 'same-site' }, false],
    ['a page of another site', { 'sec-fetch-site': 'cross-site' }, false],
    ['who knows', { 'sec-fetch-site': '' }, false],
    [
      'a page of another site that hides it',
      { 'sec-fetch-site': 'cross-site', referer: 'http://shop.example/' },
      false,
    ],
    ['an old browser with cookies', { cookie: 'c=1' }, false],
    ['an old browser on our page', { cookie: 'c=1', referer: 'http://shop.example/a?b' }, true],
    ['an old browser on a foreign page', { cookie: 'c=1', referer: 'http://evil.example/' }, false],
    [
      'an old browser on a page that looks like ours',
      { cookie: 'c=1', referer: 'http://shop.example@evil.example/' },
      false,
    ],
    ['an old browser on no page', { cookie: 'c=1', referer: 'about:blank' }, false],
    ['an old browser on nonsense', { cookie: 'c=1', referer: 'shop.example' }, false],
    ['an old browser on an allowed page', { cookie: 'c=1', referer: 'https://a.example/' }, true],
  ])('without Origin, from %s (%o): %s', (_who, headers, expected) => {
    expect(isAllowed(headers, ['https://a.example'])).toBe(expected);
  });

  it('takes lists, functions, and everybody', () => {
    expect(isAllowed({ origin: 'https://a.example' }, ['https://a.example'])).toBe(true);
    expect(isAllowed({ origin: 'https://b.example' }, ['https://a.example'])).toBe(false);
    expect(isAllowed({ origin: 'null' }, ['null'])).toBe(true);
    expect(isAllowed({ origin: 'capacitor://localhost' }, ['capacitor://localhost'])).toBe(true);
    expect(isAllowed({ origin: 'https://x.a.example' }, (origin) => origin.endsWith('.a.example'))).toBe(true);
    expect(isAllowed({ origin: 'https://x.b.example' }, (origin) => origin.endsWith('.a.example'))).toBe(false);
    expect(isAllowed({ origin: 'https://b.example' }, '*')).toBe(true);
    expect(isAllowed({ origin: 'null' }, '*')).toBe(true);
  });

  it('takes nothing but true for yes', () => {
    for (const answer of [1, 'yes', {}, Promise.resolve(true), undefined]) {
      expect(isAllowed({ origin: 'https://b.example' }, () => answer as boolean)).toBe(false);
    }
  });

  it('refuses, and complains, when the function throws', () => {
    expect(() => isAllowed({ origin: 'null' }, (origin) => new URL(origin).hostname === 'x')).toThrow(
      'complained about origins',
    );
  });

  it('reads the origin that drafts of the WebSocket protocol sent', () => {
    expect(isAllowed({ 'sec-websocket-origin': 'http://evil.example' })).toBe(false);
    expect(isAllowed({ 'sec-websocket-origin': 'http://shop.example' })).toBe(true);
  });
});
