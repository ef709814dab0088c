import { describe, expect, it } from 'vitest';
import { describeOwn, useEndpoint } from './support/endpoint.js';
import { attachExchange, openExchange, RawExchange } from './support/raw-http.js';
import { attachSocket, openSession, RawSocket, readMessages } from './support/raw-socket.js';
import { close, contentOf, expectError, pause, resume, type Credentials, type Ending } from './support/wire.js';

describe('section 6: closing', () => {
  const endpoint = useEndpoint();

  async function goneOf(session: Credentials, url = endpoint.url): Promise<Ending> {
    const socket = await RawSocket.open(url);
    socket.send(resume(session, { choice: 9 }));
    const gone = contentOf<Ending>('g', await socket.next());
    expect(await socket.closed).toBe(1000);
    return gone;
  }

  it('answers c with x and its own final acknowledgement, and has ended', async () => {
    const { socket, a, reader } = await openSession(endpoint.url, {}, '@0', 'tone', 'ttwo');
    await readMessages(socket, reader, 2);
    socket.send(close({ code: 3001, reason: 'done', at: '2', ack: '2' }));
    expect(contentOf<Ending>('x', await socket.find('x'))).toEqual({ ack: '2' });
    expect(await socket.closed).toBe(1000);
    expect(await goneOf(a)).toMatchObject({ code: 3001, reason: 'done', ack: '2' });
  });

  it('takes c with the messages before it, in one frame or body', async () => {
    const { socket } = await openSession(endpoint.url, {}, '@0', 'tone', close({ at: '1' }));
    expect(contentOf<Ending>('x', await socket.find('x'))).toEqual({ ack: '1' });
    const { exchange } = await openExchange(endpoint.url);
    const packets = await exchange.ask('poll', ['@0', 'tone', close({ at: '1' })]);
    expect(
      contentOf<Ending>(
        'x',
        packets.find((packet) => packet.startsWith('x')),
      ),
    ).toEqual({ ack: '1' });
  });

  it('lets c take effect when everything before it has arrived', async () => {
    const { socket, a } = await openSession(endpoint.url, {}, '@0', 'tone', close({ at: '3', code: 3002 }));
    expect((await socket.barrier()).some((packet) => packet.toString().startsWith('x'))).toBe(false);
    const other = await attachSocket(endpoint.url, a);
    other.socket.send('@1', 'ttwo', 'tthree');
    expect(contentOf<Ending>('x', await socket.find('x'))).toEqual({ ack: '3' });
    expect(await goneOf(a)).toMatchObject({ code: 3002, ack: '3' });
    expect(await other.socket.closed).toBe(1000);
  });

  it('lets c take effect when everything before it was handed over', async () => {
    const { socket, a } = await openSession(endpoint.url, {}, '@0', 't!pause 400', 'tone', close({ at: '2' }));
    expect((await socket.barrier()).some((packet) => packet.toString().startsWith('x'))).toBe(false);
    expect(contentOf<Ending>('x', await socket.find('x', 2000))).toEqual({ ack: '2' });
    expect(await goneOf(a)).toMatchObject({ code: 1000 });
  });

  it('refuses a c that acknowledges what was never sent', async () => {
    const { socket, a } = await openSession(endpoint.url, {}, '@0', 't!quiet', close({ at: '1', ack: '9' }));
    expectError(await socket.find('e'), 'ERR_POSITION');
    (await attachSocket(endpoint.url, a)).socket.cut();
  });

  it('sends c with code, reason, final position and acknowledgement, after everything that was sent', async () => {
    const { socket } = await openSession(endpoint.url, {}, '@0', 't!burst 3', 't!close 3456 so be it');
    const packets = [];
    while (!packets.at(-1)?.toString().startsWith('c')) packets.push(await socket.next());
    expect(packets).toContain('tburst 2');
    expect(contentOf<Ending>('c', packets.at(-1))).toEqual({
      code: 3456,
      reason: 'so be it',
      at: '3',
      ack: expect.stringMatching(/^[12]$/) as string,
    });
    socket.cut();
  });

  it('ends when its c was acknowledged, and knows what was not', async () => {
    const { socket, a } = await openSession(endpoint.url, {}, '@0', 't!burst 3', 't!close 3456 bye');
    await socket.find('c');
    socket.send(`x${JSON.stringify({ ack: '2' })}`);
    expect(await socket.closed).toBe(1000);
    expect(await goneOf(a)).toMatchObject({ code: 3456, reason: 'bye' });
  });

  it('refuses an x that acknowledges what was never sent', async () => {
    const { socket, a } = await openSession(endpoint.url, {}, '@0', 't!close 3456 bye');
    await socket.find('c');
    socket.send(`x${JSON.stringify({ ack: '7' })}`);
    expectError(await socket.find('e'), 'ERR_POSITION');
    (await attachSocket(endpoint.url, a)).socket.cut();
  });

  it('ends where two c cross, with x', async () => {
    const { socket, a } = await openSession(endpoint.url, {}, '@0', 't!close 3456 mine');
    await socket.find('c');
    socket.send(close({ code: 3999, reason: 'yours', at: '1' }));
    expect(await socket.find('x')).toMatch(/^x/);
    expect(await socket.closed).toBe(1000);
    expect((await goneOf(a)).ack).toMatch(/^[01]$/);
  });

  it('repeats c on every attach until it was acknowledged', async () => {
    const { socket, a } = await openSession(endpoint.url, {}, '@0', 't!close 3456 bye');
    await socket.find('c');
    socket.cut();
    const { exchange, rest } = await attachExchange(endpoint.url, a);
    const packets = [...rest, ...(await exchange.ask('poll'))];
    expect(
      contentOf<Ending>(
        'c',
        packets.find((packet) => packet.toString().startsWith('c')),
      ).code,
    ).toBe(3456);
    const next = await attachSocket(endpoint.url, a, { choice: 2 });
    expect(contentOf<Ending>('c', await next.socket.find('c')).code).toBe(3456);
    next.socket.send(`x${JSON.stringify({ ack: '0' })}`);
    expect(await next.socket.closed).toBe(1000);
    await goneOf(a);
  });

  it('delivers what was sent before c on another transport', async () => {
    const { socket, a } = await openSession(
      endpoint.url,
      { window: [1_000_000, 2] },
      '@0',
      't!burst 4',
      't!close 3456 bye',
    );
    expect((await socket.barrier()).some((packet) => packet.toString().startsWith('c'))).toBe(false);
    socket.cut();
    const next = await attachSocket(endpoint.url, a, { got: '2', ack: '2', choice: 2 });
    expect(await next.socket.find('@')).toBe('@2');
    expect([await next.socket.next(), await next.socket.next()]).toEqual(['tburst 2', 'tburst 3']);
    expect(contentOf<Ending>('c', await next.socket.find('c')).at).toBe('4');
    next.socket.cut();
  });

  it('hands over and acknowledges nothing after its own c', async () => {
    const { socket } = await openSession(endpoint.url, {}, '@0', 't!close 3456 bye');
    const { ack } = contentOf<Ending>('c', await socket.find('c'));
    socket.send('@1', 'tafter', 'tmore');
    const packets = await socket.barrier();
    expect(packets.filter((packet) => /^[kt]/.test(packet.toString()))).toEqual([]);
    socket.send(close({ at: '3' }));
    expect(contentOf<Ending>('x', await socket.find('x'))).toEqual({ ack });
    await socket.closed;
  });

  it('takes a reason of 123 UTF-8 bytes', async () => {
    const reason = `${'€'.repeat(40)}xyz`;
    const { socket, a } = await openSession(endpoint.url, {}, close({ code: 4899, reason }));
    await socket.find('x');
    expect(await goneOf(a)).toMatchObject({ code: 4899, reason });
    const { socket: other } = await openSession(endpoint.url, {}, close({ reason: `${reason}!` }));
    expectError(await other.find('e'), 'ERR_PACKET');
  });

  it('refuses an x that nobody asked for', async () => {
    const { socket } = await openSession(endpoint.url);
    socket.send(`x${JSON.stringify({ ack: '0' })}`);
    expectError(await socket.find('e'), 'ERR_PACKET');
  });

  describe('tombstones', () => {
    it('answer every attach and request with g', async () => {
      const { exchange, a } = await openExchange(endpoint.url, {}, '@0', 'tone');
      await exchange.ask('poll', [close({ code: 3005, reason: 'ended', at: '1' })]);
      for (const packets of [
        await exchange.ask('poll'),
        await exchange.ask('hold', ['@1', 'tx']),
        await new RawExchange(endpoint.url).ask('poll', [resume(a)]),
      ]) {
        expect(contentOf<Ending>('g', packets[0])).toEqual({ code: 3005, reason: 'ended', ack: '1' });
      }
      expect(await goneOf(a)).toEqual({ code: 3005, reason: 'ended', ack: '1' });
    });

    it('tell nothing to whoever has not got the key', async () => {
      const { socket, a } = await openSession(endpoint.url, {}, close({ code: 3005, reason: 'private' }));
      await socket.find('x');
      const gone = await goneOf({ id: a.id, key: 'wrong' });
      expect(gone).toEqual(await goneOf({ id: 'unknown', key: 'wrong' }));
      expect(gone).toMatchObject({ code: 4900 });
      expect(gone.ack).toBeUndefined();
    });

    it('answer g to a copy of the request that closed', async () => {
      const { exchange } = await openExchange(endpoint.url);
      await exchange.ask('poll', [close({ code: 3006 })]);
      exchange.n = 1;
      const [packet] = await exchange.ask('poll', [close({ code: 3006 })]);
      expect(packet).toMatch(/^[gx]/);
    });
  });

  describeOwn('time', { closeTimeoutMs: 300, resumeWindowMs: 1000 }, (own) => {
    it('gives a close up after its timeout, and ends', async () => {
      const { socket, a } = await openSession(own.url, {}, '@0', 't!close 3456 bye');
      await socket.find('c');
      await socket.closed;
      expect(await goneOf(a, own.url)).toMatchObject({ code: 3456, reason: 'bye' });
    });

    it('keeps a tombstone for twice the resume window', async () => {
      const { socket, a } = await openSession(own.url, {}, close({ code: 3007 }));
      await socket.find('x');
      await pause(1500);
      expect(await goneOf(a, own.url)).toMatchObject({ code: 3007 });
      await pause(700);
      expect(await goneOf(a, own.url)).toMatchObject({ code: 4900 });
    });
  });

  describeOwn('a server that restarts', {}, (own) => {
    it('closes with 1012 and a time to come back, after what was sent', async () => {
      const { socket, reader } = await openSession(own.url, {}, '@0', 't!burst 3');
      const other = await openExchange(own.url);
      const held = other.exchange.send('hold');
      await held.headers;
      await readMessages(socket, reader, 3);
      const closed = own.order({ close: { drainMs: 1000, retryAfterMs: 2000, spreadMs: 500 } });
      for (const packet of [await socket.find('c'), await held.find('c')]) {
        const ending = contentOf<Ending>('c', packet);
        expect(ending).toMatchObject({ code: 1012 });
        expect(ending.retryAfterMs).toBeGreaterThanOrEqual(2000);
        expect(ending.retryAfterMs).toBeLessThanOrEqual(2500);
      }
      const late = await RawSocket.open(own.url);
      late.send(`n${JSON.stringify({ v: 1, nonce: 'x'.repeat(22), window: [1000, 10], max: 1000 })}`);
      expect(expectError(await late.next(), 'ERR_FULL').retryAfterMs).toBeGreaterThanOrEqual(2000);
      socket.send(`x${JSON.stringify({ ack: '3' })}`);
      await other.exchange.ask('poll', [`x${JSON.stringify({ ack: '0' })}`]);
      expect(await closed).toEqual({ isClosed: true });
      expect(await socket.closed).toBe(1000);
    });
  });
});
