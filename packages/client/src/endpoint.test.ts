import { describe, expect, it } from 'vitest';
import { resolveUrl, ticketUrl } from './endpoint.js';

const onPage = (url: string): string => new URL(url, 'https://shop.example/a/b.html').href;

describe('ticketUrl', () => {
  it.each([
    ['https://a.example/holdfast', 'https://a.example/holdfast/T'],
    ['https://a.example/holdfast/', 'https://a.example/holdfast/T'],
    ['https://a.example/', 'https://a.example/T'],
    ['https://a.example/holdfast?at=/x/?y', 'https://a.example/holdfast/T?at=/x/?y'],
    ['https://a.example/holdfast/?at', 'https://a.example/holdfast/T?at'],
  ])('of %s is %s', (url, expected) => {
    expect(ticketUrl({ url, credentials: 'same-origin' }, 'T')).toBe(expected);
  });
});

describe('resolveUrl', () => {
  it.each([
    ['/holdfast', 'https://shop.example/holdfast'],
    ['holdfast?room=1', 'https://shop.example/a/holdfast?room=1'],
    ['https://chat.example', 'https://chat.example/'],
    ['HTTP://chat.example:81/x#y', 'http://chat.example:81/x'],
    ['ws://chat.example/x', 'http://chat.example/x'],
    ['wss://chat.example/x/user@home', 'https://chat.example/x/user@home'],
    ['//chat.example/x', 'https://chat.example/x'],
    ['http://[::1]:3000/x', 'http://[::1]:3000/x'],
  ])('makes of %s %s', (url, expected) => {
    expect(resolveUrl(url, onPage)).toBe(expected);
  });

  it.each(['ftp://a.example/', 'http://', 'https://a.example:99999/', 'https://user:pass@a.example/', 'file:///x', ''])(
    'refuses %j on its own, and says what to give',
    (url) => {
      expect(() => resolveUrl(url, (text) => new URL(text).href)).toThrow(
        expect.objectContaining({
          code: 'ERR_URL',
          message: expect.stringContaining(
            `"${url}" is not a server's address: give one like https://example.com/holdfast`,
          ) as unknown,
        }),
      );
    },
  );
});
