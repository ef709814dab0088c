import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { jsonpPost } from './jsonp-post.js';
import { noEvents } from './testing/recording.js';

type Callback = (text: string) => void;

let page: Record<string, Callback>;

const post = jsonpPost({ url: '/holdfast', credentials: 'same-origin' });
const askAndGiveUp = (): void => post('q{}\n.\n', false, noEvents()).abort();

beforeEach(() => {
  vi.useFakeTimers();
  page = {};
  vi.stubGlobal('self', page);
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

describe('callbacks of jsonpPost', () => {
  it('may still be called when their request is over, however late', () => {
    askAndGiveUp();
    const [name = ''] = Object.keys(page);
    expect(name).toMatch(/^holdfast_\w+$/);
    vi.advanceTimersByTime(3_600_000);
    expect(() => page[name]?.(':public 1.1\n.\n')).not.toThrow();
    expect(page).toHaveProperty(name);
  });

  it('are forgotten when 256 others have gone after them', () => {
    askAndGiveUp();
    const [first = ''] = Object.keys(page);
    for (let count = 0; count < 256; count++) askAndGiveUp();
    expect(page).not.toHaveProperty(first);
    expect(Object.keys(page)).toHaveLength(256);
  });

  it('are let go also where the names of a page cannot be deleted', () => {
    const stubborn = new Proxy(page, { deleteProperty: () => false });
    vi.stubGlobal('self', stubborn);
    for (let count = 0; count < 600; count++) askAndGiveUp();
    expect(Object.values(page).filter((callback) => typeof callback === 'function')).toHaveLength(256);
  });
});
