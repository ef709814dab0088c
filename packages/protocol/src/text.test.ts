import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  charIndexAt,
  escapeText,
  isPlain,
  isPlainUnrolled,
  isWellFormed,
  sliceUtf8,
  surrogateIndex,
  unescapeText,
  utf8Length,
} from './text.js';

/** Characters at the borders of everything that text.ts tells apart. */
const tricky = fc.constantFrom(
  ...['\\', '\n', '\r', '\t', '\0', ' ', 'a', 'n', 'u', '\x7f', '\x80', '\xad', '\u07ff', '\u0800', '\u2028'],
  ...['\ud7ff', '\ue000', '\ufeff', '\uffff', '\u{10000}', '😀', '\u{10ffff}'],
);
const wellFormed = fc.oneof(
  fc.string({ unit: fc.oneof(tricky, fc.string({ unit: 'binary', minLength: 1, maxLength: 1 })) }),
  fc.string({ unit: 'binary' }),
  fc.string({ unit: 'grapheme' }),
);
/** Any code units at all, half of them surrogates. */
const units = fc
  .array(fc.oneof(fc.integer({ min: 0, max: 0xffff }), fc.integer({ min: 0xd800, max: 0xdfff })))
  .map((codes) => String.fromCharCode(...codes));

function charactersOf(text: string): string[] {
  return Array.from(text);
}

/** Code units that PROTOCOL.md section 2 wants escaped. */
function unitsToEscape(): Set<number> {
  const protocol = readFileSync(new URL('../../../PROTOCOL.md', import.meta.url), 'utf8');
  const paragraph = /\*\*Escaping\.\*\*.*?(?=U\+0009 stands for itself)/s.exec(protocol)?.[0] ?? '';
  const found = new Set(['\\'.charCodeAt(0)]);
  for (const [, first = '', last = first] of paragraph.matchAll(/(?:U\+)([0-9A-F]{4})(?:-([0-9A-F]{4}))?/g)) {
    for (let unit = parseInt(first, 16); unit <= parseInt(last, 16); unit++) found.add(unit);
  }
  return found;
}

describe('utf8Length', () => {
  it('counts what Buffer counts', () => {
    fc.assert(
      fc.property(wellFormed, (text) => {
        expect(utf8Length(text)).toBe(Buffer.byteLength(text));
      }),
    );
  });
});

describe.each([
  ['isPlain', isPlain],
  ['isPlainUnrolled', isPlainUnrolled],
])('%s', (_name, looksPlain) => {
  it('is what has one byte for each code unit and needs no escapes, code unit by code unit', () => {
    for (let unit = 0; unit <= 0xffff; unit++) {
      const text = String.fromCharCode(unit);
      const expected = unit < 0x80 && escapeText(text) === text;
      for (const around of [
        text,
        `${text}a`,
        `a${text}`,
        `aa${text}aa`,
        `aaa${text}aaa`,
        `aaaaaaa${text}`,
        `aaaaaaaa${text}`,
      ])
        if (looksPlain(around) !== expected) expect(looksPlain(around), unit.toString(16)).toBe(expected);
    }
    expect(looksPlain('')).toBe(true);
  });

  it('is never what is not', () => {
    fc.assert(
      fc.property(fc.oneof(wellFormed, units), (text) => {
        const expected = isWellFormed(text) && utf8Length(text) === text.length && escapeText(text) === text;
        expect(looksPlain(text)).toBe(expected);
      }),
    );
  });

  it('does not go over a long text again and again that is not plain at its end', () => {
    for (const end of ['\n', '\\', 'ü']) expect(looksPlain('a'.repeat(1_048_576) + end)).toBe(false);
  }, 60_000);
});

describe('isWellFormed', () => {
  it('finds every lone surrogate', () => {
    fc.assert(
      fc.property(fc.oneof(wellFormed, units), (text) => {
        // UTF-8 has no lone surrogates: Buffer puts U+FFFD in their place.
        expect(isWellFormed(text)).toBe(Buffer.from(text).toString() === text);
      }),
    );
  });

  it.each([
    ['', true],
    ['😀', true],
    ['😀😀', true],
    ['\ud83d', false],
    ['\ude00', false],
    ['\ude00\ud83d', false],
    ['😀\ude00', false],
    ['\ud83d😀', false],
    ['a\ud83d\na', false],
    ['a\n\ude00', false],
  ])('takes %j: %s', (text, expected) => {
    expect(isWellFormed(text)).toBe(expected);
  });
});

describe('surrogateIndex', () => {
  it('is where the first surrogate stands, code unit by code unit', () => {
    for (let unit = 0; unit <= 0xffff; unit++) {
      const isSurrogate = unit >= 0xd800 && unit <= 0xdfff;
      for (let before = 0; before < 9; before++) {
        const text = `${'a'.repeat(before)}${String.fromCharCode(unit)}ab`;
        const expected = isSurrogate ? before : text.length;
        if (surrogateIndex(text) !== expected) expect(surrogateIndex(text), unit.toString(16)).toBe(expected);
      }
    }
    expect(surrogateIndex('')).toBe(0);
  });

  it('finds it in any text', () => {
    fc.assert(
      fc.property(fc.oneof(wellFormed, units), (text) => {
        const index = text.search(/[\ud800-\udfff]/);
        expect(surrogateIndex(text)).toBe(index < 0 ? text.length : index);
      }),
    );
  });
});

describe('escapeText', () => {
  it('escapes the characters of PROTOCOL.md and no others', () => {
    const toEscape = unitsToEscape();
    expect(toEscape.size).toBeGreaterThan(90);
    for (let unit = 0; unit <= 0xffff; unit++) {
      const character = String.fromCharCode(unit);
      const hex = unit.toString(16).padStart(4, '0');
      const short = { '\\': '\\\\', '\n': '\\n', '\r': '\\r' }[character];
      const expected = toEscape.has(unit) ? (short ?? `\\u${hex}`) : character;
      // Compared with `!==` first: 65,536 expectations take seconds.
      if (escapeText(character) !== expected) expect(escapeText(character), hex).toBe(expected);
    }
  });

  it('finds what it must escape wherever it looked before', () => {
    // The regular expression is global, and so has a memory.
    expect(escapeText('aaaa\n')).toBe('aaaa\\n');
    expect(escapeText('\naaaa')).toBe('\\naaaa');
    expect(escapeText('aaaaaaaa')).toBe('aaaaaaaa');
    expect(escapeText('\n')).toBe('\\n');
  });

  it('leaves nothing that a carrier mangles', () => {
    fc.assert(
      fc.property(wellFormed, (text) => {
        expect(escapeText(text)).not.toMatch(/[\n\r\0\u2028\ufeff\uffff]/);
      }),
    );
  });
});

describe('unescapeText', () => {
  it('undoes escapeText', () => {
    fc.assert(
      fc.property(wellFormed, (text) => {
        expect(unescapeText(escapeText(text))).toBe(text);
      }),
    );
  });

  it('takes any character but surrogates as \\uXXXX, in either case', () => {
    for (let unit = 0; unit <= 0xffff; unit++) {
      const hex = unit.toString(16).padStart(4, '0');
      const expected = unit >= 0xd800 && unit <= 0xdfff ? null : String.fromCharCode(unit);
      for (const escape of [`\\u${hex}`, `\\u${hex.toUpperCase()}`]) {
        if (unescapeText(escape) !== expected) expect(unescapeText(escape), escape).toBe(expected);
      }
    }
  });

  it('takes characters as they are that should have been escaped', () => {
    const text = '\0\u2028\ufeff\r\x7f\uffff';
    expect(unescapeText(text)).toBe(text);
    expect(unescapeText(`${text}\\n`)).toBe(`${text}\n`);
  });

  it.each([
    ...['\\', 'a\\', '\\\\\\', '\\t', '\\N', '\\R', '\\U0041', '\\/', '\\"', '\\b', '\\0', '\\x41', '\\\n', '\\ '],
    ...['\\u', '\\u004', '\\u 041', '\\u+041', '\\u004g', '\\u{41}', '\\ud83d', '\\ud83d\\ude00', '\\uDFFF', '\\😀'],
  ])('refuses %j', (text) => {
    expect(unescapeText(text)).toBeNull();
    expect(unescapeText(`before${text}`)).toBeNull();
  });

  it('takes garbage without throwing', () => {
    const backslashes = fc.string({ unit: fc.constantFrom('\\', 'u', 'n', 'r', 'd', '8', '0', 'F', ' ', '😀') });
    fc.assert(
      fc.property(fc.oneof(backslashes, units), (text) => {
        const plain = unescapeText(text);
        if (plain !== null && isWellFormed(text)) expect(isWellFormed(plain)).toBe(true);
      }),
    );
  });
});

describe('sliceUtf8', () => {
  it('takes as many whole characters as fit', () => {
    fc.assert(
      fc.property(wellFormed, fc.nat(), fc.nat({ max: 40 }), (text, skip, maxBytes) => {
        const characters = charactersOf(text);
        const before = characters.slice(0, skip % (characters.length + 1)).join('');
        let expected = before;
        for (const character of characters.slice(charactersOf(before).length)) {
          if (Buffer.byteLength(expected + character) - Buffer.byteLength(before) > maxBytes) break;
          expected += character;
        }
        expect(sliceUtf8(text, before.length, maxBytes)).toBe(expected.length);
      }),
    );
  });

  it('goes on with at least one character for 4 bytes', () => {
    fc.assert(
      fc.property(wellFormed, fc.integer({ min: 4, max: 9 }), (text, maxBytes) => {
        let joined = '';
        for (let from = 0; from < text.length;) {
          const to = sliceUtf8(text, from, maxBytes);
          expect(to).toBeGreaterThan(from);
          const part = text.slice(from, to);
          expect(isWellFormed(part)).toBe(true);
          expect(utf8Length(part)).toBeLessThanOrEqual(maxBytes);
          joined += part;
          from = to;
        }
        expect(joined).toBe(text);
      }),
    );
  });

  it.each([
    ['😀😀', 0, 3, 0],
    ['😀😀', 0, 4, 2],
    ['😀😀', 0, 7, 2],
    ['😀😀', 2, 4, 4],
    ['a😀', 0, 3, 1],
    ['é', 0, 1, 0],
    ['', 0, 4, 0],
    ['abc', 3, 4, 3],
    ['abc', 0, 0, 0],
  ])('cuts %j from %i with %i bytes at %i', (text, from, maxBytes, expected) => {
    expect(sliceUtf8(text, from, maxBytes)).toBe(expected);
  });
});

describe('charIndexAt', () => {
  it('finds every character by its bytes, and nothing between', () => {
    fc.assert(
      fc.property(wellFormed, (text) => {
        const expected = new Map<number, number>([[0, 0]]);
        let before = '';
        for (const character of charactersOf(text)) {
          before += character;
          expected.set(Buffer.byteLength(before), before.length);
        }
        for (let bytes = -1; bytes <= Buffer.byteLength(text) + 4; bytes++) {
          expect(charIndexAt(text, bytes)).toBe(expected.get(bytes) ?? -1);
        }
      }),
      { numRuns: 50 },
    );
  });
});
