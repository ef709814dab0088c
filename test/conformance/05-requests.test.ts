import { describe, expect, it } from 'vitest';
import { describeOwn, useEndpoint } from './support/endpoint.js';
import { hasRead, openExchange, post, RawExchange } from './support/raw-http.js';
import { openSession } from './support/raw-socket.js';
import { contentOf, expectError, newAttach, pause, resume, type Attached, type Packet } from './support/wire.js';

const isData = (packet: Packet): boolean => /^[@tTbB]/.test(packet.toString());

describe('section 5.2: HTTP requests', () => {
  const endpoint = useEndpoint();

  describe('envelopes', () => {
    it.each([
      { via: 0 },
      { via: 2 ** 31 },
      { via: '1' },
      { via: 1.5 },
      { n: -1 },
      { n: 0.5 },
      { n: '0' },
      { as: 'peek' },
      { as: undefined },
      { size: 1023 },
      { size: undefined },
      { size: '2048' },
      { hold: -1 },
      { hold: 'long' },
      { pad: 4097 },
      { pad: -1 },
      { get: false },
      { get: 'yes' },
      { id: 5, n: 1 },
      { key: null, n: 1 },
      { v: undefined },
      { v: '1' },
    ])('refuses a q with %j', async (members) => {
      const exchange = new RawExchange(endpoint.url);
      const answer = await exchange.send('poll', [newAttach()], members).whole();
      expect(answer.first).toBe('- -');
      expectError(answer.packets[0], 'ERR_PACKET');
    });

    it.each(['', '.', '\n.', 'p\n.', 'n{}\n.', 'q\n.', 'q{\n.', 'q[]\n.', 'qnull\n.', ' \n.', '<html>\n.'])(
      'refuses the body %j',
      async (body) => {
        const answer = await post(endpoint.url, body === '' ? '' : `${body}\n`).whole();
        expect(answer.first).toBe('- -');
        expectError(answer.packets[0], body === '' ? 'ERR_BODY_CUT' : 'ERR_PACKET');
      },
    );

    it('refuses a body that is not UTF-8', async () => {
      const exchange = new RawExchange(endpoint.url);
      const body = Buffer.from(exchange.body('poll', [newAttach(), '@0', 'tX']));
      body[body.indexOf('tX') + 1] = 0xff;
      expectError((await post(endpoint.url, body).whole()).packets[0], 'ERR_PACKET');
    });

    it('ignores the query string and the charset', async () => {
      const exchange = new RawExchange(endpoint.url);
      const body = exchange.body('poll', [newAttach()]);
      const answer = await post(`${endpoint.url}?t=123&callback=no`, body, {
        'Content-Type': 'text/plain;charset=UTF-8',
      }).whole();
      contentOf<Attached>('a', answer.packets[0]);
    });

    it('begins the answer with padding where that is asked for', async () => {
      const { exchange } = await openExchange(endpoint.url);
      for (const as of ['poll', 'hold', 'send'] as const) {
        const answer = await exchange.send(as, ['p'], { pad: 4096 }).whole();
        expect(answer.packets[0]).toBe(' '.repeat(4096));
      }
    });
  });

  describe('bodies that were cut', () => {
    it('acts on none of them, wherever the cut is', async () => {
      const { exchange } = await openExchange(endpoint.url);
      const body = exchange.body('poll', ['@0', 'tone', 'pcut']);
      // To the byte at both ends, and here and there between them.
      const lengths = [0, 1, 2, body.length >> 1, ...Array.from({ length: 20 }, (_, index) => body.length - 1 - index)];
      for (const length of lengths) {
        const answer = await post(endpoint.url, body.slice(0, length)).whole();
        expect(answer.first).toBe('- -');
        expectError(answer.packets[0], 'ERR_BODY_CUT');
      }
      const whole = (await post(endpoint.url, body).whole()).packets;
      expect(whole).toContain('ocut');
      expect([...whole, ...(await exchange.ask('poll'))].filter(isData)).toEqual(['@0', 'tone']);
    });

    it('refuses what follows the end packet', async () => {
      const { exchange } = await openExchange(endpoint.url);
      expectError((await exchange.ask('poll', ['.', 'tafter'])).at(-1), 'ERR_PACKET');
    });
  });

  describe('order', () => {
    it('acts on requests in the order of their numbers', async () => {
      const { exchange } = await openExchange(endpoint.url);
      const [first, second] = [exchange.body('poll', ['@0', 'tone']), exchange.body('poll', ['@1', 'ttwo'])];
      const early = post(endpoint.url, second);
      await hasRead(endpoint.url, early);
      const late = await post(endpoint.url, first).whole();
      const data = [...late.packets, ...(await early.whole()).packets, ...(await exchange.ask('poll'))].filter(isData);
      expect(data.filter((packet) => packet.startsWith('t'))).toEqual(['tone', 'ttwo']);
    });

    it('lets a request that is too early wait, and does not answer it', async () => {
      const { exchange } = await openExchange(endpoint.url);
      const skipped = exchange.body('poll');
      const early = exchange.send('poll', ['pearly']);
      await hasRead(endpoint.url, early);
      expect(early.drain()).toEqual([]);
      const { packets } = await post(endpoint.url, skipped).whole();
      expect([...packets, ...(await early.whole()).packets]).toContain('oearly');
    });

    it('refuses a request whose number is too far ahead, and does not act on it', async () => {
      const { exchange, a } = await openExchange(endpoint.url);
      for (const n of [3, 4, 1000, 2 ** 53 - 1]) {
        expectError((await exchange.ask('poll', ['@0', 'tnever'], { n }))[0], 'ERR_ORDER');
      }
      exchange.n = 1;
      expect(await exchange.ask('poll', ['p'])).toContain('o');
      const again = await new RawExchange(endpoint.url, a).ask('poll', [resume(a)]);
      expect(contentOf<Attached>('a', again[0]).got).toBe('0');
    });

    it('refuses a request for a transport that it does not know', async () => {
      const { exchange, a } = await openExchange(endpoint.url);
      const unknown = new RawExchange(endpoint.url, a);
      unknown.n = 1;
      expectError((await unknown.ask('poll', ['@0', 'tnever']))[0], 'ERR_TRANSPORT');
      // Nor is another session's any of its.
      const { a: other } = await openExchange(endpoint.url);
      expectError((await exchange.ask('poll', [], { id: other.id, key: other.key }))[0], 'ERR_TRANSPORT');
      expect(await exchange.ask('poll', ['p'], { n: 1 })).toContain('o');
    });

    it('answers g to a request with a wrong key', async () => {
      const { exchange, a } = await openExchange(endpoint.url);
      const packets = await exchange.ask('poll', ['@0', 'tnever'], { key: 'x'.repeat(a.key.length) });
      expect(contentOf<{ code: number }>('g', packets[0]).code).toBe(4900);
      expect(await exchange.ask('poll', ['p'], { n: 1 })).toContain('o');
    });

    it('attaches in the first request only', async () => {
      const { exchange, a } = await openExchange(endpoint.url);
      expectError((await exchange.ask('poll', [resume(a)])).at(-1), 'ERR_PACKET');
      expectError((await new RawExchange(endpoint.url).ask('poll', ['@0', 'tx']))[0], 'ERR_PACKET');
    });
  });

  describe('poll, hold and send', () => {
    it('answers a poll at once, with what waits', async () => {
      const { exchange } = await openExchange(endpoint.url, {}, '@0', 't!later 0 one');
      const before = Date.now();
      await exchange.ask('send');
      expect(Date.now() - before).toBeLessThan(500);
      await pause(50);
      expect((await exchange.ask('poll')).filter(isData)).toEqual(['@0', 'tone']);
    });

    it('answers a hold when there is something to send', async () => {
      const { exchange } = await openExchange(endpoint.url, {}, '@0', 't!later 300 one');
      await exchange.ask('poll');
      const before = Date.now();
      expect((await exchange.ask('hold')).filter(isData)).toEqual(['@0', 'tone']);
      expect(Date.now() - before).toBeGreaterThan(100);
      expect(Date.now() - before).toBeLessThan(1000);
    });

    it.each(['hold', 'poll'] as const)(
      'answers a hold when a later %s arrives, and acknowledges what that brings',
      async (as) => {
        const { exchange } = await openExchange(endpoint.url);
        const held = exchange.send('hold');
        await held.headers;
        const later = exchange.send(as, ['@0', 'tone'], { hold: 1000 });
        const released = (await held.whole(900)).packets;
        expect(released).toContain('k1');
        expect([...released, ...(await later.whole()).packets].filter((packet) => packet === 'tone')).toEqual(['tone']);
      },
    );

    it('answers a hold that is asked for along with data with what that data brings about', async () => {
      const { exchange } = await openExchange(endpoint.url);
      const packets = await exchange.ask('hold', ['@0', 'tone']);
      expect(packets).toEqual(['k1', '@0', 'tone']);
    });

    it('ends a hold after its time, and flushes headers and first line within a second', async () => {
      const { exchange, a } = await openExchange(endpoint.url);
      const before = Date.now();
      const held = exchange.send('hold', [], { hold: 1800 });
      await held.headers;
      expect(await held.next(100)).toBe(`:${a.id} ${exchange.via}.1`);
      expect(Date.now() - before).toBeLessThan(1500);
      expect((await held.whole()).packets).toEqual([]);
      expect(Date.now() - before).toBeGreaterThan(1500);
      expect(Date.now() - before).toBeLessThan(2800);
    });

    it('answers a hold of 0 ms at once', async () => {
      const { exchange } = await openExchange(endpoint.url);
      const before = Date.now();
      await exchange.ask('hold', [], { hold: 0 });
      await exchange.ask('hold', [], { hold: undefined });
      expect(Date.now() - before).toBeLessThan(500);
    });

    it('answers a send at once, with control packets only', async () => {
      const { exchange } = await openExchange(endpoint.url, {}, '@0', 't!later 0 one');
      await pause(50);
      expect(await exchange.ask('send', ['@1', 'ttwo', 'px'])).toEqual(['ox', 'k2']);
      expect((await exchange.ask('poll')).filter(isData)).toEqual(['@0', 'tone', 'ttwo']);
    });

    it('leaves a hold alone when a send arrives', async () => {
      const { exchange } = await openExchange(endpoint.url);
      const held = exchange.send('hold');
      await held.headers;
      await exchange.ask('send', [' padding']);
      expect(held.isEnded).toBe(false);
      await exchange.ask('send', ['@0', 'tone']);
      expect((await held.whole()).packets.filter(isData)).toEqual(['@0', 'tone']);
    });

    it('loses nothing when the connection of a held request breaks', async () => {
      const { exchange } = await openExchange(endpoint.url, {}, '@0', 't!later 200 one');
      await exchange.ask('poll');
      const body = exchange.body('hold');
      const held = post(endpoint.url, body);
      await hasRead(endpoint.url, held);
      held.cut();
      await pause(400);
      expect((await post(endpoint.url, body).whole()).packets.filter(isData)).toEqual(['@0', 'tone']);
    });

    it('keeps an answer to the size that was asked for', async () => {
      const texts = Array.from({ length: 400 }, (_, index) => `t${'€'.repeat(100)}${index}`);
      const { exchange } = await openExchange(endpoint.url);
      await exchange.ask('send', ['@0', ...texts]);
      const packets: string[] = [];
      for (let count = 0; count < 400;) {
        const answer = await exchange
          .send('poll', [`k${packets.filter((packet) => packet.startsWith('t')).length}`], { size: 8192 })
          .whole();
        expect(Buffer.byteLength(answer.text)).toBeLessThan(8192 + 1024);
        packets.push(...answer.packets);
        expect(packets.filter((packet) => packet.startsWith('t')).length).toBeGreaterThan(count);
        count = packets.filter((packet) => packet.startsWith('t')).length;
      }
      expect(packets.filter((packet) => packet.startsWith('t'))).toEqual(texts);
    });
  });

  describeOwn('hold and heartbeat', { holdMs: 1500, heartbeatIntervalMs: 2000, heartbeatTimeoutMs: 500 }, (own) => {
    it('holds no longer than it has announced', async () => {
      const { exchange, a } = await openExchange(own.url);
      expect(a.hold).toBe(1500);
      const before = Date.now();
      await exchange.ask('hold', [], { hold: 60_000 });
      expect(Date.now() - before).toBeLessThan(2400);
      expect(await exchange.ask('poll', ['p'])).toContain('o');
    });

    it('takes an HTTP transport for dead when no request came for as long as a heartbeat', async () => {
      const { exchange, a } = await openExchange(own.url);
      await pause(1900);
      expect(await exchange.ask('poll', ['p'])).toContain('o');
      await pause(3000);
      expectError((await exchange.ask('poll'))[0], 'ERR_TRANSPORT');
      const { socket } = await openSession(own.url);
      expect(a.id).not.toBe('');
      socket.cut();
    });
  });
});
