import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Queue } from './queue.js';

describe('Queue', () => {
  it('does what an array does, through any number of turns', () => {
    const step = fc.oneof(fc.nat(200), fc.constant(-1), fc.constant(-70), fc.constant(-1000));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const queue = new Queue<number>();
        const model: number[] = [];
        let next = 0;
        for (const count of steps) {
          for (let i = 0; i < count; i++) {
            queue.push(next);
            model.push(next++);
          }
          for (let i = 0; i > count; i--) expect(queue.shift()).toBe(model.shift());
          expect(queue.length).toBe(model.length);
          expect(queue.all()).toEqual(model);
          expect(queue.peek(0)).toBe(model[0]);
          expect(queue.peek(3)).toBe(model[3]);
        }
      }),
    );
  });

  it('lets go of what it gave out, and of the slots', () => {
    const queue = new Queue<object>();
    for (let i = 0; i < 1000; i++) queue.push({});
    queue.push({ isLast: true });
    for (let i = 0; i < 1000; i++) queue.shift();
    const { _items: items } = queue as unknown as { _items: unknown[] };
    expect(items.filter((item) => item !== undefined)).toEqual([{ isLast: true }]);
    expect(items.length).toBeLessThan(200);
  });
});
