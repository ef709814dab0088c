import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { jsonpPost } from './jsonp-post.js';
import { noEvents } from './testing/recording.js';

let page: Record<string, unknown>;
/** Names that the page was given. */
let made: string[];
let canDelete: boolean;

const post = jsonpPost({ url: '/holdfast', credentials: 'same-origin' });
const askAndGiveUp = (): void => post('q{}\n.\n', false, noEvents()).abort();

beforeEach(() => {
  vi.useFakeTimers();
  page = {};
  made = [];
  canDelete = true;
  const watched = new Proxy(page, {
    set(target, name: string, value) {
      if (typeof value === 'function') made.push(name);
      target[name] = value;
      return true;
    },
    // Strict code throws where this is `false`.
    deleteProperty: (target, name) => canDelete && Reflect.deleteProperty(target, name),
  });
  vi.stubGlobal('window', watched);
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

describe('the callback of a jsonpPost', () => {
  it('is gone when its request is over', () => {
    askAndGiveUp();
    expect(made).toEqual([expect.stringMatching(/^holdfast_\w+$/)]);
    expect(page).toEqual({});
  });

  it('is let go also where the names of a page cannot be deleted', () => {
    canDelete = false;
    askAndGiveUp();
    expect(Object.values(page)).toEqual([undefined]);
  });
});
