import type { RequestEvents } from '@holdfast/protocol';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { noEvents } from './testing/recording.js';
import { xhrPost } from './xhr-post.js';

/** What XMLHttpRequest does is done by the tests; real ones are driven by test/browsers. */
class FakeRequest {
  readyState = 0;
  status = 0;
  responseText = '';
  withCredentials = false;
  type: string | null = 'text/plain; charset=utf-8';
  onreadystatechange: () => void = () => {};
  onprogress: () => void = () => {};
  readonly calls: string[] = [];

  open(...args: unknown[]): void {
    this.calls.push(`open ${args.join(' ')}`);
  }
  setRequestHeader(name: string, value: string): void {
    this.calls.push(`${name}: ${value}`);
  }
  getResponseHeader(): string | null {
    return this.type;
  }
  send(body: string): void {
    this.calls.push(`send ${body}`);
  }
  abort(): void {
    this.calls.push('abort');
    this.to(4, 0, '');
  }

  to(readyState: number, status: number, responseText: string): void {
    Object.assign(this, { readyState, status, responseText });
    this.onreadystatechange();
  }
}

let request: FakeRequest;
let happened: string[];

const events: RequestEvents = {
  chunk: (text) => happened.push(text),
  end: () => happened.push('END'),
  fail: (status, hint, reached) => happened.push(`FAIL ${status} ${hint} ${String(reached)}`),
};

beforeEach(() => {
  request = new FakeRequest();
  happened = [];
  vi.stubGlobal('XMLHttpRequest', function XMLHttpRequest() {
    return request;
  });
});
afterEach(() => void vi.unstubAllGlobals());

const post = xhrPost({ url: 'https://shop.example/holdfast', credentials: 'same-origin' });

describe('xhrPost', () => {
  it('sends text/plain, with cookies to another origin only if told', () => {
    post('q{}\n.\n', true, events);
    expect(request.calls).toEqual([
      'open POST https://shop.example/holdfast true',
      'Content-Type: text/plain',
      'send q{}\n.\n',
    ]);
    expect(request.withCredentials).toBe(false);
    xhrPost({ url: 'https://shop.example/holdfast', credentials: 'include' })('', true, events);
    expect(request.withCredentials).toBe(true);
  });

  it('hands on whole lines as they come, and tells of parts of them', () => {
    post('', true, events);
    request.to(3, 200, ': - 1');
    request.to(3, 200, ': - 1.0\n@0\nt\ufffd');
    request.responseText = ': - 1.0\n@0\ntö\n';
    request.onprogress();
    request.onprogress();
    request.to(4, 200, ': - 1.0\n@0\ntö\n.\n');
    expect(happened).toEqual(['', ': - 1.0\n@0\n', 'tö\n', '.\n', 'END']);
  });

  it('hands on what comes where no stream is asked for, too', () => {
    post('', false, events);
    request.to(3, 200, ': a\n');
    expect(happened).toEqual([': a\n']);
    request.to(4, 200, ': a\n.\n');
    expect(happened).toEqual([': a\n', '.\n', 'END']);
  });

  it.each([true, false])(
    'tells how far an answer came that was cut, which the engine forgets then (stream: %s)',
    (isStream) => {
      post('', isStream, events);
      request.to(3, 200, ': a\nb12345');
      request.to(4, 0, '');
      expect(happened).toEqual([': a\n', 'b12345', 'FAIL 0 HTTP status 0 true']);
    },
  );

  it('leaves out a line that was cut', () => {
    post('', true, events);
    request.to(4, 200, ': a\nt1');
    expect(happened).toEqual([': a\n', 'END']);
  });

  it('waits for the end where reading before it throws (IE up to 9)', () => {
    post('', true, events);
    const text = vi.fn((): string => {
      throw new Error('The data necessary to complete this operation is not yet available.');
    });
    Object.defineProperty(request, 'responseText', { configurable: true, get: text });
    request.readyState = 3;
    request.onreadystatechange();
    expect(text).toHaveBeenCalledOnce();
    Object.defineProperty(request, 'responseText', { writable: true, value: '' });
    request.to(4, 200, ': a\n');
    expect(happened).toEqual([': a\n', 'END']);
  });

  it('fails on another status, before anything is read', () => {
    post('', true, events);
    request.to(3, 502, ': a\n');
    request.to(4, 502, ': a\n');
    expect(happened).toEqual(['FAIL 502 HTTP status 502 true']);
    expect(request.calls).toContain('abort');
  });

  it('fails on another content type, or none', () => {
    request.type = 'text/html';
    post('', true, events);
    request.to(3, 200, '<html>\n');
    request.type = null;
    post('', true, events);
    request.to(4, 200, ': a\n');
    expect(happened).toEqual(['FAIL 200 content type text/html true', 'FAIL 200 content type null true']);
  });

  it.each([0, 12_029])('fails with status 0 on a network error told as %i', (status) => {
    post('', true, events);
    request.to(3, 200, ': a\n');
    request.to(4, status, '');
    expect(happened).toEqual([': a\n', expect.stringMatching(/^FAIL 0 .*true$/)]);
  });

  it('says nothing after abort', () => {
    const held = post('', true, noEvents());
    held.abort();
    request.to(4, 200, ': a\n');
    held.abort();
  });

  it('says nothing after an abort from within a chunk', () => {
    const held = post('', true, {
      ...noEvents(),
      chunk(text) {
        happened.push(text);
        held.abort();
      },
    });
    request.to(4, 200, ': a\n.\n');
    expect(happened).toEqual([': a\n.\n']);
  });

  it('fails, not before it has returned, where sending throws', async () => {
    request.send = () => {
      throw new Error('Refused to connect because it violates the CSP');
    };
    await new Promise<void>((resolve) => {
      post('', true, {
        ...noEvents(),
        fail(...args) {
          happened.push(args.join(' '));
          resolve();
        },
      });
      expect(happened).toEqual([]);
    });
    expect(happened).toEqual(['0 Error: Refused to connect because it violates the CSP false']);
  });
});
