import type { PostRequest, RequestEvents, TransportFactory } from '@holdfast/protocol';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { oneOf } from './one-of.js';
import { noEvents } from './testing/recording.js';

let asked: { by: string; events: RequestEvents }[];

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: 1_800_000_000_000 });
  asked = [];
});
afterEach(() => void vi.useRealTimers());

const way = (by: string): { post: PostRequest } => ({
  post: (_body, _isStream, events) => {
    asked.push({ by, events });
    return { abort: () => undefined };
  },
});

/** Stands for a transport: `_create` is an attempt, and its first request. */
function attempts(count: number): { attempt: () => { abort(): void } } {
  const ways = Array.from({ length: count }, (_, index) => way(`way ${index}`)) as [{ post: PostRequest }];
  const make = (post: PostRequest): TransportFactory => ({
    name: 'polling',
    _create: () => post('', true, { ...noEvents(), chunk: () => undefined, fail: () => undefined }) as never,
  });
  const factory = oneOf(make, ways);
  expect(factory.name).toBe('polling');
  return { attempt: () => factory._create(undefined as never) as unknown as { abort(): void } };
}

const by = (): string[] => asked.map((request) => request.by);

describe('oneOf', () => {
  it('keeps to a way that has shown something, whatever happens later', () => {
    const { attempt } = attempts(2);
    attempt();
    asked[0]?.events.chunk(':');
    asked[0]?.events.fail(0, 'cut', true);
    attempt();
    expect(by()).toEqual(['way 0', 'way 0']);
  });

  it('is not content with a sign that something has come', () => {
    const { attempt } = attempts(2);
    attempt();
    asked[0]?.events.chunk('');
    asked[0]?.events.fail(0, 'no script', true);
    attempt();
    expect(by()).toEqual(['way 0', 'way 1']);
  });

  it('goes on to the next way when a request has failed, and to the first after the last', () => {
    const { attempt } = attempts(2);
    for (let count = 0; count < 3; count++) {
      attempt();
      asked[count]?.events.fail(0, 'no answer', true);
    }
    expect(by()).toEqual(['way 0', 'way 1', 'way 0']);
  });

  it('never comes back to a way in which nothing could be asked, as long as there is another', () => {
    const { attempt } = attempts(3);
    const failures = [true, false, true, true, false, false, true];
    for (const [index, reached] of failures.entries()) {
      attempt();
      asked[index]?.events.fail(0, 'no answer', reached);
    }
    expect(by()).toEqual(['way 0', 'way 1', 'way 2', 'way 0', 'way 2', 'way 0', 'way 0']);
  });

  it('does not blame the engine for an answer that it could read', () => {
    const { attempt } = attempts(2);
    attempt();
    asked[0]?.events.fail(502, 'HTTP status 502', true);
    attempt();
    expect(by()).toEqual(['way 0', 'way 0']);
  });

  it('goes on when nothing had shown for two seconds when the attempt was given up', () => {
    const { attempt } = attempts(2);
    const quick = attempt();
    vi.setSystemTime(Date.now() + 2000);
    quick.abort();
    const slow = attempt();
    vi.setSystemTime(Date.now() + 2001);
    slow.abort();
    attempt();
    expect(by()).toEqual(['way 0', 'way 0', 'way 1']);
  });

  it('goes on by one for all that fail together', () => {
    const { attempt } = attempts(3);
    attempt();
    attempt();
    for (const { events } of asked) events.fail(0, 'no answer', true);
    attempt();
    expect(by()).toEqual(['way 0', 'way 0', 'way 1']);
  });
});
