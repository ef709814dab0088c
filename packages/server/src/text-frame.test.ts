import { textFrame } from '@holdfast/protocol/node';
import { describe, expect, it } from 'vitest';
import { sharedTextFrame } from './text-frame.js';

describe('sharedTextFrame', () => {
  it('makes the frame of the same text once', () => {
    const frame = sharedTextFrame(['for ', 'all'].join(''));
    expect(sharedTextFrame(['for', ' all'].join(''))).toBe(frame);
    expect(sharedTextFrame('for others')).not.toBe(frame);
    expect(sharedTextFrame('for all')).toEqual(textFrame('for all', false));
  });

  it('tells raw text from what else has the same content', () => {
    const rawText = 'é'.repeat(5000);
    const frame = sharedTextFrame({ packets: 'u', rawText });
    expect(frame).toEqual(textFrame(`u${rawText}`, false));
    expect(sharedTextFrame({ packets: 'u', rawText })).toBe(frame);
    expect(sharedTextFrame({ packets: '@0\nu', rawText })).toEqual(textFrame(`@0\nu${rawText}`, false));
    expect(sharedTextFrame(rawText)).toEqual(textFrame(rawText, false));
  });
});
