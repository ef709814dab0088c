import { afterEach, describe, expect, it } from 'vitest';
import { HostileProxy } from '../matrix/hostile-proxy.js';
import type { Behaviour } from '../matrix/proxy-behaviour.js';
import { ask, HANDSHAKE, PlainServer, RawConnection } from './wire-peer.js';

const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

interface Bench {
  readonly server: PlainServer;
  readonly proxy: HostileProxy;
  readonly port: number;
}

async function start(behaviour: Partial<Behaviour>, seed?: number): Promise<Bench> {
  const server = await PlainServer.start();
  cleanUps.push(() => server.stop());
  const proxy = await HostileProxy.start(server.port, behaviour, seed);
  cleanUps.push(() => proxy.close());
  return { server, proxy, port: proxy.port };
}

function open(port: number, text = HANDSHAKE): RawConnection {
  const raw = new RawConnection(port, text);
  cleanUps.push(() => raw.socket.destroy());
  return raw;
}

describe('HostileProxy and handshakes', () => {
  it('passes them, and bytes both ways', async () => {
    const { port } = await start({});
    const raw = open(port);
    await raw.until(/^HTTP\/1\.1 101 [^]*\r\n\r\n/);
    raw.socket.write('hello');
    await raw.until(/hello$/);
  });

  it('refuses them', async () => {
    const { server, port } = await start({ upgrade: 'refuse' });
    await open(port).until(/^HTTP\/1\.1 403 /);
    expect(server.upgradeCount).toBe(0);
  });

  it('strips what makes them one', async () => {
    const { server, port } = await start({ upgrade: 'strip' });
    await open(port).until(/^HTTP\/1\.1 200 [^]*echo $/);
    expect(server.upgradeCount).toBe(0);
    expect(server.arrived[0]?.incoming.headers).toMatchObject({ connection: 'close', 'sec-websocket-version': '13' });
    expect(server.arrived[0]?.incoming.headers.upgrade).toBeUndefined();
  });

  it('swallows them', async () => {
    const { server, proxy, port } = await start({ upgrade: 'black-hole' });
    const raw = open(port);
    await expect.poll(() => proxy.counts.spoiltUpgrades).toBe(1);
    await ask(port, '/stream');
    expect([server.upgradeCount, raw.text, raw.socket.destroyed]).toEqual([0, '', false]);
  });

  it('passes a 101 and nothing after it', async () => {
    const { port } = await start({ upgrade: 'mute' });
    const raw = open(port);
    const head = await raw.until(/^HTTP\/1\.1 101 [^]*\r\n\r\n$/);
    raw.socket.write('hello');
    await ask(port, '/stream');
    expect([raw.text, raw.socket.destroyed]).toEqual([head, false]);
  });

  it('resets WebSockets after their time', async () => {
    const { proxy, port } = await start({ upgradeLifeMs: 100 });
    const raw = open(port);
    await raw.until(/101/);
    expect(await raw.ended).toBe('ECONNRESET');
    expect(proxy.counts.cuts).toBe(1);
  });
});

describe('HostileProxy and answers', () => {
  it('passes a stream piece by piece, or all at its end', async () => {
    const { proxy, port } = await start({});
    const streamed = await ask(port, '/stream');
    proxy.set({ isBuffering: true });
    const buffered = await ask(port, '/stream');
    expect([streamed.pieceCount, buffered.pieceCount]).toEqual([5, 1]);
    expect(buffered).toMatchObject({ text: streamed.text, isWhole: true });
    expect(proxy.counts.bufferedAnswers).toBe(1);
  });

  it('cuts those that take too long', async () => {
    const { proxy, port } = await start({ maxAnswerMs: 120 });
    const got = await ask(port, '/stream');
    expect(got).toMatchObject({ status: 200, isWhole: false });
    expect(got.text).toMatch(/^piece 1\n/);
    expect(proxy.counts.cuts).toBe(1);
  });

  it('cuts those that are too large', async () => {
    const { port } = await start({ maxAnswerBytes: 65_536 });
    const got = await ask(port, '/large');
    expect([got.text.length, got.isWhole]).toEqual([65_536, false]);
    expect((await ask(port, '/', 'small')).isWhole).toBe(true);
  });

  it('resets them half-way', async () => {
    const { proxy, port } = await start({ resetAnswerShare: 1 });
    const got = await ask(port, '/', 'x'.repeat(995));
    expect([got.text.length, got.isWhole]).toEqual([500, false]);
    expect(await ask(port, '/stream')).toMatchObject({ isWhole: false });
    expect(proxy.counts.cuts).toBe(2);
  });

  it('loses those to POSTs that were processed', async () => {
    const { server, proxy, port } = await start({ loseAnswerShare: 1 });
    expect((await ask(port, '/', 'lost')).status).toBe(0);
    expect((await ask(port, '/')).status).toBe(200);
    expect(server.arrived.map(({ body }) => body.toString())).toEqual(['lost', '']);
    expect(proxy.counts.lostAnswers).toBe(1);
  });

  it('gives what another one was answered', async () => {
    const { server, proxy, port } = await start({ swapShare: 1 });
    expect((await ask(port, '/', 'first')).text).toBe('echo first');
    expect((await ask(port, '/', 'second')).text).toBe('echo first');
    expect([server.arrived.length, proxy.counts.swappedAnswers]).toEqual([2, 1]);
  });

  it('gives it without asking the server', async () => {
    const { server, proxy, port } = await start({ cacheShare: 1 });
    await ask(port, '/', 'first');
    expect((await ask(port, '/', 'second')).text).toBe('echo first');
    expect([server.arrived.length, proxy.counts.cachedAnswers]).toEqual([1, 1]);
  });

  it('caches GET whatever the query', async () => {
    const { server, port } = await start({ isCachingGets: true });
    for (const path of ['/a?x=1', '/a?x=2', '/b']) await ask(port, path);
    expect(server.arrived.map(({ incoming }) => incoming.url)).toEqual(['/a?x=1', '/b']);
  });

  it('adds a script element, and corrects the length', async () => {
    const { proxy, port } = await start({ isAppendingScript: true });
    for (const path of ['/', '/stream']) {
      const { text, isWhole } = await ask(port, path, 'hello');
      expect([text, isWhole]).toEqual([expect.stringMatching(/\n<script .*<\/script>\n$/), true]);
    }
    expect(proxy.counts.appendedScripts).toBe(2);
  });

  it('answers with a login page, at first and some time later', async () => {
    const { server, proxy, port } = await start({ portalMs: 300 });
    const portal = await ask(port, '/', 'hello');
    expect(portal).toMatchObject({ status: 200, headers: { 'content-type': 'text/html' }, isWhole: true });
    await open(port).until(/^HTTP\/1\.1 200 OK[^]*log in/);
    await expect.poll(async () => (await ask(port, '/', 'hello')).text).toBe('echo hello');
    expect(server.upgradeCount).toBe(0);
    proxy.set({ portalMs: 0, portalShare: 1 });
    expect((await ask(port, '/', 'hello')).text).toBe(portal.text);
  });
});

describe('HostileProxy and requests', () => {
  it.each(['refuse', 'cut', 'reset'] as const)('does not let large bodies pass: %s', async (requestOverflow) => {
    const { server, proxy, port } = await start({ maxRequestBytes: 1000, requestOverflow });
    const { status } = await ask(port, '/', 'x'.repeat(1001));
    expect(status).toBe({ refuse: 413, cut: 200, reset: 0 }[requestOverflow]);
    expect(server.arrived.map(({ body }) => body.length)).toEqual(requestOverflow === 'cut' ? [1000] : []);
    expect(proxy.counts.refusedBodies + proxy.counts.cutBodies).toBe(1);
    expect((await ask(port, '/', 'x'.repeat(1000))).text).toHaveLength(1005);
  });

  it.each([
    ['at once', {}],
    ['at the same time', { isRepeatRaced: true }],
    ['later', { repeatAfterMs: 150 }],
    ['after all have gone', { repeatAfterMs: Infinity }],
  ])('repeats POSTs %s', async (_when, behaviour) => {
    const { server, proxy, port } = await start({ repeatShare: 1, ...behaviour });
    expect((await ask(port, '/', 'hello')).text).toBe('echo hello');
    await ask(port, '/');
    const count = (): number => server.arrived.filter(({ body }) => body.toString() === 'hello').length;
    if ('repeatAfterMs' in behaviour) expect(count()).toBe(1);
    await expect.poll(count, { timeout: 10_000 }).toBe(2);
    expect(proxy.counts.repeatedRequests).toBe(1);
  });

  it('lets them overtake each other', async () => {
    const { server, proxy, port } = await start({ maxDelayMs: 200 });
    const bodies = Array.from({ length: 12 }, (_, index) => String(index));
    const answers = await Promise.all(bodies.map((body) => ask(port, '/', body)));
    expect(answers.map(({ text }) => text)).toEqual(bodies.map((body) => `echo ${body}`));
    expect(server.arrived.map(({ body }) => body.toString())).not.toEqual(bodies);
    expect(proxy.counts.reorderedRequests).toBeGreaterThan(0);
  });

  it('holds bodies until they are complete, or passes them as they come', async () => {
    const { server, proxy, port } = await start({ isHoldingBodies: true });
    const head = 'POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 4\r\n\r\nha';
    const held = open(port, head);
    await ask(port, '/stream');
    expect([server.headCount, proxy.counts.requests]).toEqual([1, 2]);
    held.socket.write('lf');
    await held.until(/echo half$/);
    proxy.set({ isHoldingBodies: false });
    open(port, head);
    await expect.poll(() => server.headCount).toBe(3);
  });

  it('drops headers it does not know, both ways', async () => {
    const { server, proxy, port } = await start({});
    expect((await ask(port, '/')).headers['x-own']).toBe('yes');
    proxy.set({ isDroppingHeaders: true });
    expect((await ask(port, '/')).headers['x-own']).toBeUndefined();
    expect(server.arrived.map(({ incoming }) => incoming.headers['x-own'])).toEqual(['yes', undefined]);
    expect(proxy.counts.droppedHeaders).toBeGreaterThan(1);
  });

  it('serves one at a time', async () => {
    const { server, proxy, port } = await start({ isOneAtATime: true });
    const slow = ask(port, '/stream');
    await expect.poll(() => server.arrived.length).toBe(1);
    const order: string[] = [];
    await Promise.all([slow.then(() => order.push('slow')), ask(port, '/', 'x').then(() => order.push('next'))]);
    expect([order, proxy.counts.queuedRequests]).toEqual([['slow', 'next'], 1]);
  });
});

describe('HostileProxy and the network', () => {
  it('lets one connection through at a time', async () => {
    const { server, proxy, port } = await start({ maxConnections: 1 });
    const first = open(port);
    await first.until(/101/);
    const second = ask(port, '/', 'waits');
    await expect.poll(() => proxy.counts.waitingConnections).toBe(1);
    expect(server.arrived).toHaveLength(0);
    first.socket.destroy();
    expect((await second).text).toBe('echo waits');
  });

  it('breaks what is sent into other pieces, down to single bytes', async () => {
    const { proxy, port } = await start({ isChopping: true });
    const raw = open(port);
    await raw.until(/\r\n\r\n/);
    raw.pieces.length = 0;
    const sent = 'ä€🪸'.repeat(1000);
    raw.socket.write(`${sent}!`);
    expect(await raw.until(/!$/)).toBe(`${sent}!`);
    expect(raw.pieces.some(({ length }) => length === 1)).toBe(true);
    expect(raw.pieces.length).toBeGreaterThan(10);
    expect(proxy.counts.splitPieces).toBeGreaterThan(20);
    while (proxy.counts.joinedPieces === 0) expect((await ask(port, '/', 'x')).text).toBe('echo x');
  });

  it('shares a slow link among all, each way', async () => {
    const { proxy, port } = await start({ bitsPerSecond: 800_000 });
    const begun = performance.now();
    const body = 'x'.repeat(10_000);
    const answers = await Promise.all([ask(port, '/', body), ask(port, '/', body)]);
    // 20 KB up, then the last answer down.
    expect(performance.now() - begun).toBeGreaterThan(300);
    expect(answers.map(({ text }) => text.length)).toEqual([10_005, 10_005]);
    expect(proxy.counts.slowBytes).toBeGreaterThan(40_000);
  });

  it('forgets connections that are idle, without a word', async () => {
    const { proxy, port } = await start({ maxIdleMs: 150 });
    const raw = open(port);
    const head = await raw.until(/\r\n\r\n/);
    await expect.poll(() => proxy.counts.halfOpenConnections).toBe(1);
    raw.socket.write('hello?');
    expect((await ask(port, '/', 'x')).text).toBe('echo x');
    expect([raw.text, raw.socket.destroyed]).toEqual([head, false]);
  });

  it.each(['silent', 'reset'] as const)('goes away, and comes back with another address: %s', async (away) => {
    const { server, proxy, port } = await start({});
    const old = open(port);
    const head = await old.until(/\r\n\r\n/);
    proxy.set({ away });
    old.socket.write('hello?');
    const waiting = ask(port, '/', 'meanwhile');
    await expect.poll(() => proxy.counts.waitingConnections).toBe(1);
    expect([server.arrived.length, old.text, old.socket.destroyed]).toEqual([0, head, false]);
    proxy.set({ away: 'no', sourceAddress: '127.0.0.2' });
    expect((await waiting).text).toBe('echo meanwhile');
    expect(server.arrived[0]?.address).toBe('127.0.0.2');
    if (away === 'reset') expect(await old.ended).toBe('ECONNRESET');
    expect(old.text).toBe(head);
  });

  it('strikes at the same places with the same seed, elsewhere with another', async () => {
    const struck = async (seed: number): Promise<string> => {
      const { port } = await start({ portalShare: 0.5 }, seed);
      let pattern = '';
      for (let count = 0; count < 24; count++) pattern += (await ask(port, '/', 'x')).text === 'echo x' ? '.' : 'X';
      return pattern;
    };
    const [first, again, other] = [await struck(7), await struck(7), await struck(8)];
    expect(again).toBe(first);
    expect(other).not.toBe(first);
    expect(first).toMatch(/\.X|X\./);
  });
});
