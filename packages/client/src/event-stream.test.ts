import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { eventStream } from './event-stream.js';
import { noEvents } from './testing/recording.js';

/** Its events are made by the tests; real ones are driven by test/browsers. */
class FakeSource {
  onmessage: ((event: { data: string }) => void) | null = null;
  onerror: (() => void) | null = null;
  readonly close = vi.fn();
  constructor(
    readonly url: string,
    readonly options: EventSourceInit,
  ) {
    sources.push(this);
  }
}

let sources: FakeSource[];
let happened: string[];

const events = {
  chunk: (text: string) => happened.push(text),
  end: () => happened.push('END'),
  fail: (status: number, hint: string, reached: boolean) => happened.push(`FAIL ${status} ${hint} ${String(reached)}`),
};

beforeEach(() => {
  sources = [];
  happened = [];
  vi.stubGlobal('EventSource', FakeSource);
});
afterEach(() => void vi.unstubAllGlobals());

describe('eventStream', () => {
  it('asks with the ticket in the path, and keeps the query', () => {
    eventStream({ url: 'https://a.example/holdfast', credentials: 'same-origin' })('T1', events);
    eventStream({ url: 'https://a.example/holdfast?room=1', credentials: 'include' })('T2', events);
    expect(sources.map(({ url, options }) => [url, options.withCredentials])).toEqual([
      ['https://a.example/holdfast/T1', false],
      ['https://a.example/holdfast/T2?room=1', true],
    ]);
  });

  it('joins events to lines again, and ends with the end packet', () => {
    eventStream({ url: '/', credentials: 'same-origin' })('T', events);
    sources[0]?.onmessage?.({ data: ': a 1.1' });
    sources[0]?.onmessage?.({ data: '@0\nt1\nt.' });
    sources[0]?.onmessage?.({ data: '.' });
    expect(happened).toEqual([': a 1.1\n', '@0\nt1\nt.\n', '.\n', 'END']);
    expect(sources[0]?.close).toHaveBeenCalled();
    sources[0]?.onmessage?.({ data: 'late' });
    expect(happened).toHaveLength(4);
  });

  it('ends also when the end packet comes with others', () => {
    eventStream({ url: '/', credentials: 'same-origin' })('T', events);
    sources[0]?.onmessage?.({ data: 't1\n.' });
    expect(happened).toEqual(['t1\n.\n', 'END']);
  });

  it('fails, and does not ask again, when the stream breaks', () => {
    eventStream({ url: '/', credentials: 'same-origin' })('T', events);
    sources[0]?.onerror?.();
    expect(happened).toEqual(['FAIL 0 event stream cut true']);
    expect(sources[0]?.close).toHaveBeenCalled();
  });

  it('says nothing after an abort from within a chunk', () => {
    const stream = eventStream({ url: '/', credentials: 'same-origin' })('T', {
      ...noEvents(),
      chunk: () => stream.abort(),
    });
    sources[0]?.onmessage?.({ data: '.' });
    expect(sources[0]?.close).toHaveBeenCalled();
  });
});
