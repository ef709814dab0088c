import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LineSplitter } from './lines.js';

describe('LineSplitter', () => {
  it('gives the same lines for any chunking', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', '\n', '\r', '😀', '\u2028'), maxLength: 60 });
    fc.assert(
      fc.property(text, fc.array(fc.nat({ max: 120 })), (all, cuts) => {
        const splitter = new LineSplitter();
        const expected = all.split('\n');
        const rest = expected.pop() ?? '';
        const borders = [0, ...cuts.filter((cut) => cut <= all.length).sort((a, b) => a - b), all.length];
        const lines: string[] = [];
        borders.forEach((from, index) => {
          lines.push(...splitter.push(all.slice(from, borders[index + 1] ?? from)));
          const given = all.slice(0, borders[index + 1] ?? from);
          expect(splitter.pendingLength).toBe(given.length - (given.lastIndexOf('\n') + 1));
        });
        expect(lines).toEqual(expected);
        expect(splitter.pendingLength).toBe(rest.length);
        expect(splitter.push('\n')).toEqual([rest]);
      }),
    );
  });

  it('joins more chunks than it keeps apart', () => {
    fc.assert(
      fc.property(fc.integer({ min: 250, max: 1100 }), (chunkCount) => {
        const splitter = new LineSplitter();
        let expected = '';
        for (let index = 0; index < chunkCount; index++) {
          expected += String(index);
          expect(splitter.push(String(index))).toEqual([]);
        }
        expect(splitter.pendingLength).toBe(expected.length);
        expect(splitter.push('end\nnext\nrest')).toEqual([`${expected}end`, 'next']);
        expect(splitter.pendingLength).toBe(4);
        expect(splitter.push('\n')).toEqual(['rest']);
      }),
      { numRuns: 20 },
    );
  });

  it('takes empty chunks and empty lines', () => {
    const splitter = new LineSplitter();
    expect(splitter.push('')).toEqual([]);
    expect(splitter.push('\n\n')).toEqual(['', '']);
    expect(splitter.push('')).toEqual([]);
    expect(splitter.pendingLength).toBe(0);
  });

  it('takes time in proportion to a line, whatever its chunks are', () => {
    // 4 million chunks of one character: anything quadratic takes hours.
    const splitter = new LineSplitter();
    for (let index = 0; index < 4_194_304; index++) splitter.push('x');
    expect(splitter.push('\n')[0]?.length).toBe(4_194_304);
  });
});
