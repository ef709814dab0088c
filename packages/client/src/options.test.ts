import { describe, expect, it } from 'vitest';
import { checkOptions, makeTransports, type CommonOptions } from './options.js';

describe('checkOptions', () => {
  it.each([1, 2_147_483_647, undefined])('takes %s for a number', (value) => {
    expect(() => checkOptions({ windowBytes: value } as CommonOptions)).not.toThrow();
  });

  it.each([0, -1, 1.5, 2_147_483_648, NaN, Infinity, '5', null, false])(
    'refuses %s, naming option, range and value',
    (value) => {
      for (const name of ['windowBytes', 'windowMessages', 'closeTimeoutMs']) {
        expect(() => checkOptions({ [name]: value })).toThrow(
          expect.objectContaining({
            code: 'ERR_OPTION',
            message: `Option ${name} must be a whole number from 1 to 2147483647; it is ${String(value)}.`,
          }),
        );
      }
    },
  );

  it('takes pairs that are equal, and refuses those in the wrong order, defaults included', () => {
    expect(() => checkOptions({ pollMinMs: 5, pollMaxMs: 5 })).not.toThrow();
    expect(() => checkOptions({ highWaterMarkBytes: 8_388_608 })).not.toThrow();
    expect(() => checkOptions({ pollMinMs: 5001 })).toThrow('Option pollMinMs must be at most pollMaxMs; it is 5001.');
    expect(() => checkOptions({ highWaterMarkBytes: 8_388_609 })).toThrow('at most maxBufferedBytes');
    expect(() => checkOptions({ maxBufferedBytes: 1_048_576 })).toThrow(
      'Option maxMessageBytes must be at most maxBufferedBytes; it is 4194304.',
    );
  });
});

describe('makeTransports', () => {
  const makers = { websocket: () => 1, streaming: () => 2, 'long-polling': () => 3, polling: () => 4 };

  it('makes all unless told which, in the order told', () => {
    expect(makeTransports(makers)).toEqual([1, 2, 3, 4]);
    expect(makeTransports(makers, ['polling', 'websocket'])).toEqual([4, 1]);
  });

  it.each(['webtransport', 'toString'])('refuses %s, which it does not know', (name) => {
    expect(() => makeTransports(makers, [name as 'websocket'])).toThrow(
      `Option transports must be a list of websocket, streaming, long-polling, polling; it is ${name}.`,
    );
  });
});
