import sinon from 'sinon';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TurnShare } from './turn-share.js';

let clock: sinon.SinonFakeTimers;
let nowMs: number;
beforeEach(() => {
  clock = sinon.useFakeTimers({ toFake: ['setImmediate'] });
  nowMs = 0;
  sinon.stub(performance, 'now').callsFake(() => nowMs);
});
afterEach(() => {
  sinon.restore();
  clock.restore();
});

/** A share, and what was done: each piece of work takes 2 ms. */
function share() {
  const turns = new TurnShare();
  const done: number[] = [];
  const run = (from: number, to: number): void => {
    for (let piece = from; piece <= to; piece++) {
      turns.run(() => {
        nowMs += 2;
        done.push(piece);
      });
    }
  };
  return { turns, done, run };
}

describe('TurnShare', () => {
  it('does at once what the share of this turn has time for, and the rest in the turns after it', () => {
    const { done, run } = share();
    run(1, 8);
    expect(done).toEqual([1, 2, 3]);
    clock.next();
    expect(done).toEqual([1, 2, 3, 4, 5, 6]);
    clock.next();
    expect(done).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  });

  it('lets nobody overtake those who wait', () => {
    const { done, run } = share();
    run(1, 7);
    clock.next();
    run(8, 9);
    clock.next();
    expect(done).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  it('has a whole share again in the next turn, and plans nothing when there is nothing to do', () => {
    const { done, run } = share();
    run(1, 3);
    clock.next();
    expect(clock.countTimers()).toBe(0);
    run(4, 6);
    expect(done).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it('keeps 10,000 at most: what comes then is done as it comes', () => {
    const { done, run } = share();
    run(1, 10_003);
    expect(done).toEqual([1, 2, 3]);
    run(10_004, 10_005);
    expect(done).toEqual([1, 2, 3, 10_004, 10_005]);
  });

  it('takes work that brings more work', () => {
    const { turns, done, run } = share();
    turns.run(() => run(1, 2));
    expect(done).toEqual([1, 2]);
  });

  it('leaves out what has thrown, and goes on', () => {
    const { turns, done, run } = share();
    run(1, 3);
    turns.run(() => {
      throw new Error('planted');
    });
    run(4, 5);
    expect(() => clock.next()).toThrow('planted');
    clock.next();
    expect(done).toEqual([1, 2, 3, 4, 5]);
  });
});
