import buffer from 'node:buffer';
import fc from 'fast-check';
import sinon from 'sinon';
import { afterEach, describe, expect, it } from 'vitest';
import { decodeUtf8, encodeUtf8 } from './utf8.js';

afterEach(() => sinon.restore());

const TEXTS: readonly [string, string][] = [
  ['nothing', ''],
  ['ASCII', 'a'.repeat(70_000)],
  ['two bytes each', 'é'.repeat(70_000)],
  ['three bytes each', '漢'.repeat(70_000)],
  ['pairs', '😀'.repeat(70_000)],
  ['one wide character at the beginning', `é${'a'.repeat(70_000)}`],
  ['one wide character at the end', `${'a'.repeat(70_000)}€`],
  ['a byte order mark, and what follows', `\ufeff${'ä'.repeat(2000)}`],
  ['more than a frame', 'Grüße – '.repeat(200_000)],
];

/** Well-formed, of any length around where things change. */
const texts = fc
  .tuple(fc.string({ unit: 'binary', minLength: 1 }), fc.integer({ min: 0, max: 2000 }))
  .map(([text, length]) => text.repeat(Math.ceil(length / text.length)));

describe('encodeUtf8', () => {
  it.each(TEXTS)('makes UTF-8 of %s', (_what, text) => {
    expect(encodeUtf8(text).equals(Buffer.from(text))).toBe(true);
    expect(encodeUtf8(text, 'grün\n').equals(Buffer.from(`grün\n${text}`))).toBe(true);
  });

  it('replaces half of a pair, as all encoders do', () => {
    for (const text of [`${'a'.repeat(70_000)}\ud83d`, `\ud83d${'é'.repeat(2000)}`])
      expect(encodeUtf8(text).equals(Buffer.from(text))).toBe(true);
  });

  it('leaves room ahead', () => {
    for (const text of ['a'.repeat(2000), 'é'.repeat(2000), '\ud83d'])
      expect(
        encodeUtf8(text, 'x', 16)
          .subarray(16)
          .equals(Buffer.from(`x${text}`)),
      ).toBe(true);
  });

  it('gives each its own memory', () => {
    const first = encodeUtf8('é'.repeat(2000));
    encodeUtf8('ü'.repeat(2000));
    expect(first.toString()).toBe('é'.repeat(2000));
  });
});

describe('decodeUtf8', () => {
  it.each(TEXTS)('makes text of %s', (_what, text) => {
    expect(decodeUtf8(Buffer.from(text))).toBe(text);
  });

  it('is what encodeUtf8 undoes', () => {
    fc.assert(
      fc.property(texts, (text) => {
        expect(decodeUtf8(encodeUtf8(text))).toBe(text);
      }),
    );
  });

  it('reads a view that begins anywhere', () => {
    const text = 'é'.repeat(2000);
    expect(decodeUtf8(Buffer.from(`x${text}`).subarray(1))).toBe(text);
  });
});

describe('Texts in a Node without ICU', () => {
  it.each(TEXTS)('are %s all the same', (_what, text) => {
    // There is no such function there; sinon can't replace one by nothing.
    const transcode = sinon.replace(buffer, 'transcode', sinon.fake.throws(new TypeError('not a function')));
    expect(
      encodeUtf8(text, 'x', 3)
        .subarray(3)
        .equals(Buffer.from(`x${text}`)),
    ).toBe(true);
    expect(decodeUtf8(Buffer.from(text))).toBe(text);
    expect(transcode.called).toBe(Buffer.byteLength(text) > text.length);
  });
});
