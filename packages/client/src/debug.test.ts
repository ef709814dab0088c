import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { debug } from './debug.js';

beforeEach(() => void vi.useFakeTimers({ now: 5000 }));
afterEach(() => void vi.useRealTimers());

function tell(...happenings: readonly (readonly [event: string, detail?: unknown])[]): string[] {
  const lines: string[] = [];
  const trace = debug((line) => lines.push(line));
  for (const [event, detail] of happenings) trace(event, detail);
  return lines.map((line) => line.replace(/^holdfast \+\S+ m?s: /, ''));
}

describe('debug', () => {
  it('tells the story of a connection', () => {
    expect(
      tell(
        ['attempt', { transport: 'websocket' }],
        ['attempt', { transport: 'streaming' }],
        ['attached', { transport: 'streaming', session: 'kd83', isRaced: false, ms: 8.4 }],
        ['open'],
        ['transport', { name: 'streaming' }],
        ['failed', { transport: 'websocket', why: 'no attach answer', status: 0 }],
        ['lost', { session: 'kd83', transport: 'streaming', why: 'the answer was cut' }],
        ['transport', { name: null }],
        ['problem', { attempt: 2, transport: 'polling', status: 0, nextTryMs: 1234, hint: 'network error' }],
        ['gone', { session: 'kd83', code: 4900, reason: '' }],
        ['reset', { code: 4900, reason: '', unconfirmed: [{ data: 'secret', sent: true }] }],
        ['close', { code: 1000, reason: 'bye', unconfirmed: [] }],
      ),
    ).toEqual([
      'Trying WebSocket.',
      'Trying Streaming.',
      'Streaming attached to session kd83 after 8 ms.',
      'The session is open.',
      'Streaming carries the session.',
      'WebSocket did not attach: no attach answer.',
      'Streaming is lost: the answer was cut.',
      'Nothing carries the session now: messages wait.',
      'Nothing got through (2 in a row): trying again in 1.2 s.',
      'The server does not have session kd83 (4900).',
      'The session has ended (4900), and a new one begins. 1 message is not known to have arrived.',
      'The session is closed (1000: bye). Every message is known to have arrived.',
    ]);
  });

  it('says once that the window is full', () => {
    expect(tell(['window', false], ['window', false], ['window', true], ['drain'], ['window', false])).toEqual([
      'The server takes no more until it has handled what it has.',
      'There is room for messages again.',
      'The server takes no more until it has handled what it has.',
    ]);
  });

  it('leaves out a problem that is being worked on', () => {
    expect(tell(['problem', { attempt: 0, transport: 'websocket', nextTryMs: 0 }])).toEqual([]);
  });

  it('shows as it is what it has no sentence for', () => {
    expect(tell(['novelty', { answer: 42 }], ['toString'])).toEqual(['novelty {"answer":42}', 'toString']);
  });

  it('gives the time since its beginning', () => {
    const lines: string[] = [];
    const trace = debug((line) => lines.push(line));
    trace('open');
    vi.advanceTimersByTime(1500);
    trace('open');
    expect(lines).toEqual(['holdfast +0 ms: The session is open.', 'holdfast +1.5 s: The session is open.']);
  });

  it('writes to the console unless told where', () => {
    const log = vi.spyOn(console, 'log').mockImplementation(() => {});
    debug()('open');
    expect(log).toHaveBeenCalledWith('holdfast +0 ms: The session is open.');
    log.mockRestore();
  });
});
