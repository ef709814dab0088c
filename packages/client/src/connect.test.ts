import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  connect as connectOver,
  eventStreaming,
  longPolling,
  polling,
  streaming,
  websocket,
  xhrLongPolling,
  xhrPolling,
  xhrStreaming,
} from './core.js';
import { connect } from './index.js';
import { connect as connectScript } from './script-connect.js';

/** Never opens; keeps what it was made with. */
class FakeSocket {
  constructor(url: string) {
    opened.push(url);
  }
  close(): void {
    opened.push('closed');
  }
}

let opened: string[];
let posted: [url: string, init: RequestInit][];
let storage: Map<string, string>;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance', 'Date'], now: 1_800_000_000_000 });
  opened = [];
  posted = [];
  storage = new Map();
  vi.stubGlobal('location', { href: 'https://shop.example/basket/1?a#b' });
  vi.stubGlobal('WebSocket', FakeSocket);
  vi.stubGlobal('fetch', (url: string, init: RequestInit) => {
    posted.push([url, init]);
    return new Promise(() => {});
  });
  vi.stubGlobal('localStorage', {
    getItem: (key: string) => storage.get(key) ?? null,
    setItem: (key: string, value: string) => void storage.set(key, value),
  });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const XHR = { as: 'stream', size: 262_144, pad: 4096 };
const EVENTS = { as: 'stream', get: true };

function envelopeOf(body: string): Record<string, unknown> {
  return JSON.parse(body.slice(1, body.indexOf('\n'))) as Record<string, unknown>;
}

/** What was begun in this turn of the event loop goes on. */
async function turn(): Promise<void> {
  await vi.advanceTimersByTimeAsync(0);
}

describe('connect in a browser', () => {
  it('returns a session at once, and tries WebSocket first', async () => {
    const session = connect('/holdfast');
    expect(session.state).toBe('connecting');
    expect(opened).toEqual([]);
    await turn();
    expect(opened).toEqual(['wss://shop.example/holdfast']);
    expect(posted).toEqual([]);
    session.close();
  });

  it('begins with what is remembered for this server, and never anything else', async () => {
    storage.set('holdfast https://shop.example', JSON.stringify({ name: 'streaming', at: Date.now() - 1000 }));
    storage.set('holdfast https://other.example', JSON.stringify({ name: 'polling', at: Date.now() - 1000 }));
    const session = connect('/holdfast');
    await turn();
    expect(opened).toEqual([]);
    expect(posted.map(([url]) => url)).toEqual(['https://shop.example/holdfast']);
    session.close();
  });

  it('remembers nothing with memory: false', async () => {
    storage.set('holdfast https://shop.example', JSON.stringify({ name: 'streaming', at: Date.now() - 1000 }));
    connect('/holdfast', { memory: false });
    await turn();
    expect(opened).toHaveLength(1);
  });

  it('does without storage that throws', async () => {
    vi.stubGlobal('localStorage', undefined);
    connect('/holdfast');
    await turn();
    expect(opened).toHaveLength(1);
  });

  it('sends cookies to another origin only if told', async () => {
    connect('http://api.example/holdfast', { transports: ['long-polling'] });
    connect('http://api.example/holdfast', { transports: ['long-polling'], credentials: 'include' });
    await turn();
    expect(posted.map(([, { credentials }]) => credentials)).toEqual(['same-origin', 'include']);
    for (const [, init] of posted) expect(init).toMatchObject({ method: 'POST', cache: 'no-store' });
  });

  it('goes on where WebSocket throws (CSP, or none)', async () => {
    vi.stubGlobal('WebSocket', function WebSocket() {
      throw new Error('refused by the CSP');
    });
    const session = connect('/holdfast');
    const hints: string[] = [];
    session.on('problem', ({ hint }) => hints.push(hint));
    await turn();
    expect(hints).toEqual(['Error: refused by the CSP']);
    expect(posted).toHaveLength(1);
    session.close();
  });

  it('goes on where there is neither WebSocket nor fetch nor XMLHttpRequest', async () => {
    for (const name of ['WebSocket', 'fetch', 'XMLHttpRequest']) vi.stubGlobal(name, undefined);
    const session = connect('/holdfast');
    const problems: string[] = [];
    session.on('problem', ({ transport }) => problems.push(transport));
    await vi.advanceTimersByTimeAsync(1000);
    expect(problems.slice(0, 4)).toEqual(['websocket', 'streaming', 'long-polling', 'polling']);
    session.close();
  });

  it.each(['AbortController', 'TextDecoder', 'fetch'])(
    'says so where there is no %s, and keeps WebSocket',
    async (name) => {
      vi.stubGlobal(name, undefined);
      const session = connect('/holdfast', { transports: ['streaming', 'websocket'] });
      const hints: string[] = [];
      session.on('problem', ({ hint }) => hints.push(hint));
      await vi.advanceTimersByTimeAsync(200);
      expect(hints[0]).toMatch(/^TypeError/);
      expect(opened).toHaveLength(1);
      session.close();
    },
  );

  it('throws at once at a bad address, option or transport', () => {
    expect(() => connect('ftp://shop.example/')).toThrow('give one like');
    expect(() => connect('/holdfast', { pollMinMs: 0 })).toThrow('pollMinMs');
    expect(() => connect('/holdfast', { transports: ['websockets' as 'websocket'] })).toThrow('transports');
    expect(opened).toEqual([]);
  });

  it('resolves addresses where URL is no constructor', async () => {
    vi.stubGlobal('URL', {});
    vi.stubGlobal('document', { createElement: () => ({ href: '' }) });
    connectScript('http://chat.example/holdfast');
    connectOver('http://chat.example/holdfast', { transports: [websocket()] });
    expect(() => connect('http://chat.example/holdfast')).toThrow('give one like');
    await turn();
    expect(opened).toEqual(['ws://chat.example/holdfast', 'ws://chat.example/holdfast']);
  });

  it('resolves addresses where what URL makes is no address (PhantomJS)', async () => {
    vi.stubGlobal('URL', function URL() {
      // It makes an object without members.
    });
    vi.stubGlobal('document', { createElement: () => ({ href: '' }) });
    connectScript('http://chat.example/holdfast');
    await turn();
    expect(opened).toEqual(['ws://chat.example/holdfast']);
  });

  it('tells a trace what happens', async () => {
    const trace = vi.fn();
    const session = connect('/holdfast', { trace });
    await turn();
    session.close(3000, 'enough');
    await vi.advanceTimersByTimeAsync(20_000);
    expect(trace).toHaveBeenCalledWith('attempt', { transport: 'websocket' });
    expect(trace).toHaveBeenCalledWith('close', expect.objectContaining({ code: 3000, reason: 'enough' }));
  });
});

describe('connect of core', () => {
  it('uses the transports given, in their order', async () => {
    const session = connectOver('/holdfast', { transports: [longPolling(), websocket(), polling(), streaming()] });
    await turn();
    expect(opened).toEqual([]);
    expect(posted).toHaveLength(1);
    session.close();
  });

  it('reads streams the way it is told', async () => {
    const sent: string[] = [];
    vi.stubGlobal(
      'XMLHttpRequest',
      class {
        open(): void {}
        setRequestHeader(): void {}
        abort(): void {}
        send(body: string): void {
          sent.push(body);
        }
      },
    );
    const ways = [
      streaming(),
      longPolling(),
      polling(),
      xhrStreaming(),
      eventStreaming(),
      xhrLongPolling(),
      xhrPolling(),
    ];
    for (const transport of ways) {
      connectOver('/holdfast', { transports: [transport] });
      await turn();
    }
    const fetched = posted.map(([, { body }]) => envelopeOf(body as string));
    expect(fetched).toMatchObject([{ as: 'stream' }, { as: 'hold' }, { as: 'poll' }]);
    for (const envelope of fetched) expect(envelope).not.toHaveProperty('pad');
    expect(sent.map(envelopeOf)).toMatchObject([XHR, EVENTS, { as: 'hold' }, { as: 'poll' }]);
    expect(envelopeOf(sent[0] ?? '')).not.toHaveProperty('get');

    sent.length = 0;
    for (const name of ['streaming', 'long-polling', 'polling'] as const) {
      connectScript('/holdfast', { transports: [name] });
      await turn();
    }
    expect(posted).toHaveLength(3);
    expect(sent.map(envelopeOf)).toMatchObject([XHR, { as: 'hold' }, { as: 'poll' }]);
  });
});
