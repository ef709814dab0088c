import { describe, expect, it } from 'vitest';
import { Emitter } from './emitter.js';

class Bell extends Emitter<{ ring: number }> {
  readonly errors: unknown[] = [];
  readonly listening: string[] = [];

  ring(times: number): boolean {
    return this._emit('ring', times);
  }

  protected override _listening(name: 'ring'): void {
    this.listening.push(name);
  }

  protected override _threw(error: unknown): void {
    this.errors.push(error);
  }
}

describe('Emitter', () => {
  it('calls listeners in the order in which they were added', () => {
    const heard: string[] = [];
    const bell = new Bell().on('ring', () => heard.push('first')).on('ring', () => heard.push('second'));
    bell.ring(1);
    expect(heard).toEqual(['first', 'second']);
  });

  it('calls a listener of once a single time', () => {
    const heard: number[] = [];
    const bell = new Bell().once('ring', (times) => heard.push(times));
    bell.ring(1);
    bell.ring(2);
    expect(heard).toEqual([1]);
  });

  it('removes a listener, however it was added', () => {
    const heard: number[] = [];
    const listener = (times: number): void => void heard.push(times);
    const bell = new Bell().on('ring', listener).once('ring', listener).off('ring', listener);
    bell.ring(1);
    expect(heard).toEqual([]);
  });

  it('calls the others when a listener throws, and says so', () => {
    const heard: number[] = [];
    const bell = new Bell();
    bell.on('ring', () => {
      throw new Error('broken');
    });
    bell.on('ring', (times) => heard.push(times));
    expect(bell.ring(3)).toBe(false);
    expect(heard).toEqual([3]);
    expect(bell.errors).toEqual([new Error('broken')]);
  });

  it('calls those that were there when the event began', () => {
    const heard: string[] = [];
    const bell = new Bell();
    bell.on('ring', () => bell.on('ring', () => heard.push('late')));
    bell.ring(1);
    expect(heard).toEqual([]);
  });

  it('takes an event without listeners for a success', () => {
    expect(new Bell().ring(1)).toBe(true);
  });

  it('tells that somebody listens', () => {
    expect(new Bell().on('ring', () => undefined).listening).toEqual(['ring']);
  });
});
