import { describe, expect, it } from 'vitest';
import { describeOwn, useEndpoint, type Endpoint } from './support/endpoint.js';
import { attachExchange, openExchange, post, RawExchange } from './support/raw-http.js';
import { attachSocket, openSession, RawSocket, readMessages, type SocketSession } from './support/raw-socket.js';
import { contentOf, expectError, newAttach, resume, type Attached, type Ending, type Packet } from './support/wire.js';

const FIRST_BYTES = 65_536;

/** A line of padding that makes a text `bytes` long. */
function padTo(bytes: number, text: string, end = ''): string {
  return `${text}${' '.repeat(bytes - Buffer.byteLength(text) - end.length - 1)}\n${end}`;
}

/** The `k` among packets. */
function acksOf(packets: readonly Packet[]): Packet[] {
  return packets.filter((packet) => packet.toString().startsWith('k'));
}

/** A session whose application takes nothing more. */
async function openPaused(endpoint: Endpoint): Promise<SocketSession> {
  const session = await openSession(endpoint.url, {}, '@0', 't!pause 60000');
  expect(acksOf(await session.socket.barrier())).toEqual(['k1']);
  return session;
}

function windowTests(endpoint: Endpoint): void {
  it('takes exactly as many content bytes as its window, and refuses one more', async () => {
    const { socket, a } = await openPaused(endpoint);
    // Of a message that is not complete, the bytes are acknowledged as soon as no other waits before it.
    socket.send('t');
    let left = a.window[0];
    for (; left > 0; left -= Math.min(left, 60_000)) socket.send(`T${'x'.repeat(Math.min(left, 60_000))}`);
    await socket.barrier();
    socket.send('Tx');
    expectError(await socket.find('e'), 'ERR_WINDOW');
    const again = await attachSocket(endpoint.url, a);
    expect(again.a.got).toBe(`2.${a.window[0]}`);
    again.socket.cut();
  });

  it('takes exactly as many messages as its window, empty ones too, and refuses the next', async () => {
    const { socket, a } = await openPaused(endpoint);
    socket.send(...Array.from({ length: a.window[1] }, () => 't'));
    await socket.barrier();
    socket.send('t');
    expectError(await socket.find('e'), 'ERR_WINDOW');
    const again = await attachSocket(endpoint.url, a);
    expect(again.a.got).toBe(`${a.window[1] + 1}`);
    again.socket.cut();
  });

  it('counts a message as soon as it has begun', async () => {
    const { socket, a } = await openPaused(endpoint);
    socket.send(...Array.from({ length: a.window[1] }, () => 't'));
    socket.send('Tx');
    expectError(await socket.find('e'), 'ERR_WINDOW');
    socket.cut();
  });

  it('takes what was there before, whatever the window', async () => {
    const { socket, a } = await openPaused(endpoint);
    socket.send(...Array.from({ length: a.window[1] }, () => 't'));
    socket.send('@1', ...Array.from({ length: a.window[1] }, () => 't'));
    await socket.barrier();
    socket.cut();
  });
}

describe('section 3: limits and flow', () => {
  const endpoint = useEndpoint();

  describe('windows', () => {
    windowTests(endpoint);
  });

  describeOwn('windows of other sizes', { windowBytes: 16_384, windowMessages: 64 }, windowTests);

  describe('the windows of a client', () => {
    it('sends no more messages than the window takes beyond what is acknowledged', async () => {
      const { socket, reader } = await openSession(endpoint.url, { window: [100_000, 5] }, '@0', 't!burst 12');
      reader.take(...(await socket.barrier()));
      expect(reader.messages.length).toBe(5);
      socket.send('k3');
      reader.take(...(await socket.barrier()));
      expect(reader.messages.length).toBe(8);
      socket.send('k8');
      await readMessages(socket, reader, 12);
      socket.cut();
    });

    it('sends no more content bytes than the window takes beyond what is acknowledged', async () => {
      const { socket, reader } = await openSession(endpoint.url, { window: [1000, 1000] }, '@0', 't!big 2500');
      for (const expected of ['0.1000', '0.2000']) {
        reader.take(...(await socket.barrier()));
        expect(reader.received).toBe(expected);
        socket.send(`k${expected}`);
      }
      await readMessages(socket, reader, 1);
      socket.cut();
    });

    it.each([8, 9, 10, 11, 13, 15])(
      'keeps to a window of %i bytes with messages that do not fit evenly',
      async (bytes) => {
        const { socket, reader } = await openSession(
          endpoint.url,
          { window: [bytes, 1000] },
          '@0',
          't!burst 9',
          'tä€😀ä€😀',
        );
        let acked = 0;
        for (let step = 0; step < 40 && reader.messages.length < 10; step++) {
          reader.take(...(await socket.barrier()));
          const [messages = 0, part = 0] = reader.received.split('.').map(Number);
          const total = Math.min(messages, 9) * 7 + part + (messages > 9 ? 18 : 0);
          expect(total - acked).toBeLessThanOrEqual(bytes);
          acked = total;
          socket.send(`k${reader.received}`);
        }
        expect(reader.messages.length).toBe(10);
        socket.cut();
      },
    );

    it('lets control packets flow while its window is closed', async () => {
      const { socket } = await openSession(endpoint.url, { window: [10, 1] }, '@0', 't!burst 5');
      await socket.barrier();
      socket.send('pstill');
      expect(await socket.next()).toBe('ostill');
      socket.cut();
    });

    it('keeps to the window over HTTP', async () => {
      const { exchange, rest } = await openExchange(endpoint.url, { window: [1000, 3] }, '@0', 't!burst 7');
      const count = (packets: readonly Packet[]) =>
        packets.filter((packet) => packet.toString().startsWith('t')).length;
      expect(count([...rest, ...(await exchange.ask('poll'))])).toBe(3);
      expect(count(await exchange.ask('poll'))).toBe(0);
      expect(count(await exchange.ask('poll', ['k2']))).toBe(2);
      expect(count(await exchange.ask('poll', ['k5']))).toBe(2);
    });
  });

  describe('acknowledgements', () => {
    it('come at half a window of messages', async () => {
      const { socket, a } = await openSession(endpoint.url, {}, '@0');
      const half = Math.ceil(a.window[1] / 2);
      const before = Date.now();
      socket.send(...Array.from({ length: half }, () => 't!quiet'));
      expect(await socket.find('k')).toBe(`k${half}`);
      expect(Date.now() - before).toBeLessThan(800);
      socket.cut();
    });

    it('come at half a window of bytes, also of one message', async () => {
      const { socket, a } = await openSession(endpoint.url, {}, '@0');
      const before = Date.now();
      for (let left = a.window[0] / 2; left > 0; left -= 60_000) socket.send(`T${'x'.repeat(Math.min(left, 60_000))}`);
      expect(await socket.find('k')).toMatch(/^k0\./);
      expect(Date.now() - before).toBeLessThan(800);
      socket.cut();
    });

    it('come with the answer to a ping', async () => {
      const { socket } = await openSession(endpoint.url, {}, '@0');
      socket.send('t!quiet', 't!quiet', 'p');
      expect([await socket.next(), await socket.next()].sort()).toEqual(['k2', 'o']);
      socket.cut();
    });

    it('come with the answer to a request', async () => {
      const { exchange } = await openExchange(endpoint.url);
      expect(await exchange.ask('poll', ['@0', 't!quiet'])).toEqual(['k1']);
      expect(await exchange.ask('send', ['@1', 't!quiet'])).toEqual(['k2']);
      expect(await exchange.ask('poll')).toEqual([]);
    });

    it('come within 1 s over WebSocket', async () => {
      const { socket } = await openSession(endpoint.url, {}, '@0', 't!quiet');
      expect(await socket.find('k', 1500)).toBe('k1');
      socket.cut();
    });

    it('come within 5 s over HTTP', async () => {
      const { exchange, a } = await openExchange(endpoint.url);
      const held = exchange.send('hold', [], { hold: 15_000 });
      const other = new RawExchange(endpoint.url, a);
      await other.ask('send', [resume(a), '@0']);
      // Handed over by another transport, whose answers have said so; the one that sends has not.
      const socket = await RawSocket.open(endpoint.url);
      socket.send(resume(a), '@0', 't!quiet');
      expect((await held.whole(6000)).packets).toEqual(['k1']);
      socket.cut();
    });

    it('come with data once for some messages, and not for each', async () => {
      const { socket, reader } = await openSession(endpoint.url, {}, '@0');
      const packets: Packet[] = [];
      for (let index = 0; index < 300; index++) {
        socket.send(`t${index}`);
        while (reader.messages.length <= index) {
          const packet = await socket.next();
          packets.push(packet);
          reader.take(packet);
        }
      }
      // 300 round trips: a `k` with each sixteenth answer, and one where half a second has passed.
      const count = acksOf(packets).length;
      expect(count).toBeGreaterThanOrEqual(18);
      expect(count).toBeLessThan(100);
      socket.cut();
    });

    it('stop while the receiver is paused', async () => {
      const { socket } = await openPaused(endpoint);
      socket.send('tone', 'ttwo');
      expect(acksOf(await socket.barrier())).toEqual([]);
      socket.cut();
    });

    it('go on after the pause', async () => {
      const { socket } = await openSession(endpoint.url, {}, '@0', 't!pause 300', 't!quiet');
      expect(acksOf(await socket.barrier())).toEqual(['k1']);
      expect(await socket.find('k', 2000)).toBe('k2');
      socket.cut();
    });
  });

  describe('sizes', () => {
    it('takes a WebSocket frame of 1 MiB, and ends the transport for a larger one', async () => {
      const { socket, a } = await openSession(endpoint.url);
      socket.sendFrame(padTo(1_048_576, ''));
      await socket.barrier();
      socket.sendFrame(padTo(1_048_577, ''));
      await socket.closed;
      const again = await attachSocket(endpoint.url, a);
      again.socket.cut();
    });

    it('takes a body of its announced size, and refuses a larger one', async () => {
      const { exchange, a } = await openExchange(endpoint.url);
      const full = post(endpoint.url, padTo(a.body, `${exchange.envelope('poll')}\npfull\n`, '.\n'));
      expect((await full.whole()).packets).toContain('ofull');
      const beyond = await post(endpoint.url, padTo(a.body + 1, `${exchange.envelope('poll')}\n`, '.\n')).whole();
      expectError(beyond.packets[0], 'ERR_BODY_SIZE');
      exchange.n--;
      expect(await exchange.ask('poll', ['pagain'])).toContain('oagain');
    });

    it('refuses a body that is too large without a Content-Length', async () => {
      const { exchange, a } = await openExchange(endpoint.url);
      const body = padTo(a.body + 1, `${exchange.envelope('poll')}\n`, '.\n');
      const beyond = await post(endpoint.url, body, { 'Transfer-Encoding': 'chunked' }).whole();
      expectError(beyond.packets[0], 'ERR_BODY_SIZE');
    });

    it.each([
      ['ASCII', ''],
      ['other characters', ` ${'€'.repeat(20_000)}\n`],
    ])('takes a first frame of 65,536 bytes, and refuses a larger one (%s)', async (_name, filler) => {
      const socket = await RawSocket.open(endpoint.url);
      socket.sendFrame(padTo(FIRST_BYTES, `${newAttach()}\n${filler}`));
      contentOf<Attached>('a', await socket.next());
      socket.cut();
      const other = await RawSocket.open(endpoint.url);
      other.sendFrame(padTo(FIRST_BYTES + 1, `${newAttach()}\n${filler}`));
      expectError(await other.next(), 'ERR_BODY_SIZE');
      await other.closed;
    });

    it.each([
      ['ASCII', ''],
      ['other characters', ` ${'€'.repeat(20_000)}\n`],
    ])('takes a first body of 65,536 bytes, and refuses a larger one (%s)', async (_name, filler) => {
      const first = (bytes: number) =>
        padTo(bytes, `${new RawExchange(endpoint.url).envelope('poll')}\n${newAttach()}\n${filler}`, '.\n');
      contentOf<Attached>('a', (await post(endpoint.url, first(FIRST_BYTES)).whole()).packets[0]);
      expectError((await post(endpoint.url, first(FIRST_BYTES + 1)).whole()).packets[0], 'ERR_BODY_SIZE');
    });

    it('takes 16,384 content bytes with an attach', async () => {
      const { socket, reader } = await openSession(endpoint.url, {}, '@0', `t${'x'.repeat(16_384)}`);
      await readMessages(socket, reader, 1);
      socket.cut();
      const { exchange, rest } = await openExchange(endpoint.url, {}, '@0', `t${'x'.repeat(16_384)}`);
      expect([...rest, ...(await exchange.ask('poll'))].some((packet) => packet.length === 16_385)).toBe(true);
    });

    it('refuses more than 65,536 bytes before a slow attach is answered', async () => {
      const socket = await RawSocket.open(endpoint.url);
      socket.send(newAttach({ auth: { delayMs: 2000 } }), '@0');
      for (let part = 0; part < 3; part++) socket.send(`T${'x'.repeat(30_000)}`);
      expectError(await socket.next(1500), 'ERR_BODY_SIZE');
      await socket.closed;
    });
  });

  describeOwn('the largest message', { maxMessageBytes: 100_000 }, (own) => {
    const parts = (bytes: number): string[] => [`T${'x'.repeat(60_000)}`, `t${'x'.repeat(bytes - 60_000)}`];

    it('takes one of maxMessageBytes', async () => {
      const { socket, a, reader } = await openSession(own.url);
      expect(a.max).toBe(100_000);
      socket.send('@0', ...parts(100_000));
      await readMessages(socket, reader, 1);
      socket.cut();
    });

    it('closes the session with 1009 for a larger one', async () => {
      const { socket, a } = await openSession(own.url);
      socket.send('@0', ...parts(100_001));
      expect(contentOf<Ending>('c', await socket.find('c')).code).toBe(1009);
      socket.cut();
      const { exchange, rest } = await attachExchange(own.url, a);
      const packets = [...rest, ...(await exchange.ask('poll'))];
      expect(
        contentOf<Ending>(
          'c',
          packets.find((packet) => packet.toString().startsWith('c')),
        ).code,
      ).toBe(1009);
    });

    it('sends none larger than the client takes', async () => {
      const { socket, reader } = await openSession(own.url, { max: 10 }, '@0', 't0123456789', 't0123456789x', 'tsmall');
      await readMessages(socket, reader, 2);
      expect(reader.messages).toEqual(['0123456789', 'small']);
      socket.cut();
    });
  });
});
