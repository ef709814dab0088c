import { describe, expect, it } from 'vitest';
import { cutFrame } from './frame.js';
import { ManualClock } from './testing/manual-clock.js';

type Taken = [letter: string, content: string, rawBytes?: number];

/** What is taken of a frame, and whether it was whole; with `most` no more than so many packets are wanted. */
function cut(frame: string, most = Infinity): { taken: Taken[]; isWhole: boolean } {
  const taken: Taken[] = [];
  const isWhole = cutFrame(new ManualClock(), frame, Buffer.byteLength(frame), (...packet) => {
    taken.push(packet.filter((item) => item !== undefined) as Taken);
    return taken.length < most;
  });
  return { taken, isWhole };
}

describe('cutFrame', () => {
  it.each<[frame: string, taken: Taken[], isWhole: boolean]>([
    ['', [], true],
    ['\n', [['\n', '']], true],
    ['p\n', [['p', '']], true],
    [
      '@0\ntä\n',
      [
        ['@', '0'],
        ['t', 'ä'],
      ],
      true,
    ],
    ['tcut', [], false],
    ['ta\ntcut', [['t', 'a']], false],
    ['u', [['u', '', 0]], true],
    [
      '@1\nua\nb\n',
      [
        ['@', '1'],
        ['u', 'a\nb\n', 4],
      ],
      true,
    ],
    [
      'tä\nU€u\n',
      [
        ['t', 'ä'],
        ['U', '€u\n', 5],
      ],
      true,
    ],
  ])('cuts %j', (frame, taken, isWhole) => {
    expect(cut(frame)).toEqual({ taken, isWhole });
  });

  it('stops where nothing more is wanted, whatever follows', () => {
    expect(cut('ta\ntb\ncut', 1)).toEqual({ taken: [['t', 'a']], isWhole: true });
  });
});
