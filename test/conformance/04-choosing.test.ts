import { describe, expect, it } from 'vitest';
import { useEndpoint } from './support/endpoint.js';
import { attachExchange, openExchange, RawExchange } from './support/raw-http.js';
import { attachSocket, openSession, RawSocket, readMessages } from './support/raw-socket.js';
import { contentOf, expectError, resume, type Attached } from './support/wire.js';

const isData = (packet: { toString(): string }): boolean => /^[@tTbB]/.test(packet.toString());

describe('section 4: attach, the sending side', () => {
  const endpoint = useEndpoint();

  it('answers a candidate and goes on sending where it did', async () => {
    const { socket, a } = await openSession(endpoint.url);
    const newest = await attachSocket(endpoint.url, a);
    newest.socket.send('@0', 'tfrom the newest');
    expect((await newest.socket.barrier()).filter(isData)).toEqual([]);
    expect(await socket.find('t')).toBe('tfrom the newest');
    socket.cut();
    newest.socket.cut();
  });

  it('sends on an attach whose choice is greater than every one before, from where that says', async () => {
    const { socket, a } = await openSession(endpoint.url, {}, '@0', 'tone');
    await socket.find('t');
    const next = await attachSocket(endpoint.url, a, { choice: 2, got: '1' }, '@1', 'ttwo');
    expect(await next.socket.find('@')).toBe('@1');
    expect(await next.socket.next()).toBe('ttwo');
    socket.send('@2', 'tthree');
    expect((await socket.barrier()).filter(isData)).toEqual([]);
    expect(await next.socket.find('t')).toBe('tthree');
    socket.cut();
    next.socket.cut();
  });

  it.each([1, 2])('ignores choice %i of an attach after choice 2', async (choice) => {
    const { socket, a } = await openSession(endpoint.url, { choice: 2 });
    const stale = await attachSocket(endpoint.url, a, { choice });
    stale.socket.send('@0', 'tone');
    expect((await stale.socket.barrier()).filter(isData)).toEqual([]);
    expect(await socket.find('t')).toBe('tone');
    socket.cut();
    stale.socket.cut();
  });

  it('moves with an s, from the position that it names', async () => {
    const { socket, a, reader } = await openSession(endpoint.url, {}, '@0', 't!burst 3');
    await readMessages(socket, reader, 3);
    const next = await attachSocket(endpoint.url, a, { got: '0' });
    next.socket.send('s2 2');
    expect(await next.socket.find('@')).toBe('@2');
    expect(await next.socket.next()).toBe('tburst 2');
    // And back again, with a greater number.
    socket.send('s3 3', '@1', 'tback');
    expect(await socket.find('@')).toBe('@3');
    expect(await socket.next()).toBe('tback');
    socket.cut();
    next.socket.cut();
  });

  it.each(['s1 0', 's2 0'])('ignores %s after choice 2', async (stale) => {
    const { socket, a } = await openSession(endpoint.url, { choice: 2 });
    const other = await attachSocket(endpoint.url, a);
    other.socket.send(stale, '@0', 'tone');
    expect((await other.socket.barrier()).filter(isData)).toEqual([]);
    expect(await socket.find('t')).toBe('tone');
    socket.cut();
    other.socket.cut();
  });

  it('moves once when choices race, to the greatest', async () => {
    const { socket, a } = await openSession(endpoint.url);
    const [five, four] = [await attachSocket(endpoint.url, a), await attachSocket(endpoint.url, a)];
    five.socket.send('s5 0');
    await five.socket.barrier();
    four.socket.send('s4 0', '@0', 'tone');
    await four.socket.barrier();
    expect(await five.socket.find('t')).toBe('tone');
    for (const each of [socket, five.socket, four.socket]) each.cut();
  });

  it('refuses an s that names a position which was never sent', async () => {
    const { socket, a } = await openSession(endpoint.url);
    const other = await attachSocket(endpoint.url, a);
    other.socket.send('s2 1');
    expectError(await other.socket.find('e'), 'ERR_POSITION');
    socket.cut();
  });

  it('sends on an attach without choice when the chosen transport is gone', async () => {
    const { socket, a } = await openSession(endpoint.url, {}, '@0', 'tone');
    await socket.find('t');
    socket.ws.close();
    await socket.closed;
    const next = await attachSocket(endpoint.url, a, { got: '0' });
    expect(await next.socket.find('@')).toBe('@0');
    expect(await next.socket.next()).toBe('tone');
    next.socket.cut();
  });

  it('waits for a choice when the chosen transport is gone and candidates are there', async () => {
    const { socket, a } = await openSession(endpoint.url);
    const candidate = await attachSocket(endpoint.url, a);
    socket.ws.close();
    await socket.closed;
    candidate.socket.send('@0', 'tone');
    expect((await candidate.socket.barrier()).filter(isData)).toEqual([]);
    candidate.socket.send('s2 0');
    expect(await candidate.socket.find('t')).toBe('tone');
    candidate.socket.cut();
  });

  it('moves from WebSocket to HTTP and back', async () => {
    const { socket, a } = await openSession(endpoint.url);
    const { exchange, rest } = await attachExchange(endpoint.url, a, { choice: 2 }, '@0', 'tone');
    expect([...rest, ...(await exchange.ask('poll'))].filter(isData)).toEqual(['@0', 'tone']);
    socket.send('s3 1', '@1', 'ttwo');
    expect(await socket.find('@')).toBe('@1');
    expect(await socket.next()).toBe('ttwo');
    expect((await exchange.ask('poll', ['@2', 'tthree'])).filter(isData)).toEqual([]);
    expect(await socket.find('t')).toBe('tthree');
    socket.cut();
  });

  it('takes data from every attached transport, by position', async () => {
    const { socket, a, reader } = await openSession(endpoint.url);
    const [second, third] = [await attachSocket(endpoint.url, a), await attachSocket(endpoint.url, a)];
    const { exchange } = await attachExchange(endpoint.url, a);
    socket.send('@0', 't0');
    reader.take(...(await socket.barrier()));
    second.socket.send('@0', 't0', 't1');
    await second.socket.barrier();
    await exchange.ask('send', ['@1', 't1', 't2']);
    third.socket.send('@3', 't3');
    socket.send('s2 0');
    await readMessages(socket, reader, 4);
    expect(reader.messages).toEqual(['0', '1', '2', '3']);
    for (const each of [socket, second.socket, third.socket]) each.cut();
  });

  it('ends no transport because another attached', async () => {
    const { socket, a } = await openSession(endpoint.url);
    const second = await attachSocket(endpoint.url, a, { choice: 2 });
    const third = await attachSocket(endpoint.url, a, { choice: 3 });
    for (const each of [socket, second.socket, third.socket]) {
      await each.barrier();
      expect(each.isEnded).toBe(false);
      each.cut();
    }
  });

  it('attaches four transports, and refuses a fifth', async () => {
    const { socket, a } = await openSession(endpoint.url);
    const others = [];
    for (let count = 0; count < 3; count++) others.push(await attachSocket(endpoint.url, a));
    const fifth = await RawSocket.open(endpoint.url);
    fifth.send(resume(a));
    expectError(await fifth.next(), 'ERR_TRANSPORTS');
    await fifth.closed;
    expectError((await new RawExchange(endpoint.url).ask('poll', [resume(a)]))[0], 'ERR_TRANSPORTS');
    for (const each of [socket, ...others.map((other) => other.socket)]) await each.barrier();
    // When one has left there is room again.
    others[0]?.socket.ws.close();
    await others[0]?.socket.closed;
    const sixth = await attachSocket(endpoint.url, a);
    for (const each of [socket, sixth.socket, ...others.map((other) => other.socket)]) each.cut();
  });

  it('gives a fifth the place of requests that were not chosen and have ended', async () => {
    const { socket, a } = await openSession(endpoint.url);
    const { exchange } = await attachExchange(endpoint.url, a);
    const others = [await attachSocket(endpoint.url, a), await attachSocket(endpoint.url, a)];
    const fifth = await attachSocket(endpoint.url, a);
    expectError((await exchange.ask('poll'))[0], 'ERR_TRANSPORT');
    for (const each of [socket, fifth.socket, ...others.map((other) => other.socket)]) {
      await each.barrier();
      each.cut();
    }
  });

  it('gives a fifth whose client holds no other the place of the one that was silent for longest', async () => {
    const { socket, a } = await openSession(endpoint.url);
    const others = [];
    for (let count = 0; count < 3; count++) others.push((await attachSocket(endpoint.url, a)).socket);
    await socket.barrier();
    const fifth = await attachSocket(endpoint.url, a, { choice: 2 }, '@0', 'tmine');
    expect(await fifth.socket.find('t')).toBe('tmine');
    expect(await others[0]?.closed).toBe(1000);
    for (const each of [socket, fifth.socket, ...others]) each.cut();
  });

  it('lets a session begun over HTTP be chosen by its first s', async () => {
    const { exchange, a } = await openExchange(endpoint.url, { choice: undefined });
    const socket = await RawSocket.open(endpoint.url);
    socket.send(resume(a), 's1 0', '@0', 'tup');
    expect(contentOf<Attached>('a', await socket.next()).id).toBe(a.id);
    expect(await socket.find('t')).toBe('tup');
    expect((await exchange.ask('poll')).filter(isData)).toEqual([]);
    socket.cut();
  });
});
