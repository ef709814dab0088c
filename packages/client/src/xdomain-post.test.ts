import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { RequestEvents } from '@holdfast/protocol';
import { noEvents } from './testing/recording.js';
import { xdomainPost } from './xdomain-post.js';

/** No engine that runs today has one: what it does is done by the tests. */
class FakeRequest {
  responseText = '';
  contentType = 'text/plain; charset=utf-8';
  onload: (() => void) | undefined;
  onerror: (() => void) | undefined;
  onprogress: (() => void) | undefined;
  ontimeout: (() => void) | undefined;
  timeout = 0;
  readonly calls: string[] = [];
  constructor() {
    requests.push(this);
  }
  open(method: string, url: string): void {
    this.calls.push(`${method} ${url}`);
  }
  send(body: string): void {
    this.calls.push(`send ${body}`);
    // One that lacks any of them is aborted.
    expect([this.onload, this.onerror, this.onprogress, this.ontimeout]).toEqual(
      Array.from({ length: 4 }, () => expect.any(Function) as unknown),
    );
  }
  abort(): void {
    this.calls.push('abort');
  }
  grow(text: string): void {
    this.responseText += text;
    this.onprogress?.();
  }
}

let requests: FakeRequest[];
let happened: string[];

const events: RequestEvents = {
  chunk: (text) => happened.push(text),
  end: () => happened.push('END'),
  fail: (status, hint, reached) => happened.push(`FAIL ${status} ${hint} ${String(reached)}`),
};
const post = xdomainPost({ url: 'https://shop.example/holdfast', credentials: 'same-origin' });

/** Begins a request, in the next turn. */
async function begin(isStream: boolean): Promise<FakeRequest> {
  post('q{}\n.\n', isStream, events);
  expect(requests).toEqual([]);
  await new Promise((resolve) => setTimeout(resolve));
  const [request] = requests;
  if (!request) throw new Error('nothing was sent');
  return request;
}

beforeEach(() => {
  requests = [];
  happened = [];
  vi.stubGlobal('XDomainRequest', FakeRequest);
});
afterEach(() => void vi.unstubAllGlobals());

describe('xdomainPost', () => {
  it('hands on whole lines as they come', async () => {
    const request = await begin(true);
    expect(request.calls).toEqual(['POST https://shop.example/holdfast', 'send q{}\n.\n']);
    request.grow(': a 1.0\nt');
    request.grow('one\n');
    request.responseText += '.\n';
    request.onload?.();
    expect(happened).toEqual([': a 1.0\n', 'tone\n', '.\n', 'END']);
  });

  it('waits for the end where no stream is asked for', async () => {
    const request = await begin(false);
    request.grow(': a 1.0\n');
    expect(happened).toEqual([]);
    request.onload?.();
    expect(happened).toEqual([': a 1.0\n', 'END']);
  });

  it('fails on another content type', async () => {
    const request = await begin(false);
    request.contentType = 'text/html';
    request.grow('<html>\n');
    request.onload?.();
    expect(happened).toEqual(['FAIL 200 content type text/html true']);
  });

  it.each(['onerror', 'ontimeout'] as const)('fails by %s', async (name) => {
    const request = await begin(true);
    request[name]?.();
    expect(happened).toEqual(['FAIL 0 XDomainRequest: no answer true']);
  });

  it('fails where it throws, and has reached nobody', async () => {
    vi.stubGlobal('XDomainRequest', function XDomainRequest() {
      throw new Error('Access is denied.');
    });
    post('', true, events);
    await new Promise((resolve) => setTimeout(resolve));
    expect(happened).toEqual(['FAIL 0 XDomainRequest: Error: Access is denied. false']);
  });

  it('says nothing after abort', async () => {
    const held = post('', true, noEvents());
    await new Promise((resolve) => setTimeout(resolve));
    held.abort();
    expect(requests[0]?.calls.pop()).toBe('abort');
    requests[0]?.grow(': a\n');
    requests[0]?.onload?.();
  });

  it('is not begun after an abort in the same turn', async () => {
    post('', true, noEvents()).abort();
    await new Promise((resolve) => setTimeout(resolve));
    expect(requests).toEqual([]);
  });
});
