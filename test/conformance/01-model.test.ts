import { describe, expect, it } from 'vitest';
import { useEndpoint } from './support/endpoint.js';
import { attachExchange, openExchange } from './support/raw-http.js';
import { attachSocket, openSession, RawSocket, readMessages } from './support/raw-socket.js';
import { contentOf, expectError, resume, type Attached } from './support/wire.js';

describe('section 1: model', () => {
  const endpoint = useEndpoint();

  it('numbers messages from 0 in each direction', async () => {
    const { socket, reader, a } = await openSession(endpoint.url, {}, '@0', 'tfirst', 'tsecond');
    expect(a.got).toBe('0');
    expect(await socket.find('@')).toBe('@0');
    socket.cut();
    const again = await attachSocket(endpoint.url, a);
    expect(again.a.got).toBe('2');
    await readMessages(again.socket, reader, 2);
    expect(reader.messages).toEqual(['first', 'second']);
    again.socket.cut();
  });

  it('counts UTF-8 bytes of content, before escaping', async () => {
    // 1 + 2 + 3 + 4 bytes, and a line break that is written with two.
    const { socket, a } = await openSession(endpoint.url, {}, '@0', 'Taä€😀\\n');
    await socket.barrier();
    const again = await attachSocket(endpoint.url, a);
    expect(again.a.got).toBe('0.11');
    socket.cut();
    again.socket.cut();
  });

  it('counts the bytes of binary content', async () => {
    const { exchange, a } = await openExchange(endpoint.url, {}, '@0', `B${Buffer.alloc(100).toString('base64')}`);
    const again = await attachExchange(endpoint.url, a);
    expect(again.a.got).toBe('0.100');
    expect(again.exchange.via).not.toBe(exchange.via);
  });

  it('keeps a message until it is wholly acknowledged, and sends it again to whoever has not got it', async () => {
    const { socket, a, reader } = await openSession(endpoint.url, {}, '@0', 't!burst 3');
    await readMessages(socket, reader, 3);
    socket.send('k2');
    await socket.barrier();
    socket.cut();
    const { socket: next } = await attachSocket(endpoint.url, a, { got: '2', ack: '2', choice: 2 });
    expect(await next.find('@')).toBe('@2');
    expect(await next.next()).toBe('tburst 2');
    next.cut();
  });

  it('keeps the part of a message that is not acknowledged', async () => {
    const { socket, a, reader } = await openSession(endpoint.url, {}, '@0', 't!big 100000');
    await readMessages(socket, reader, 1);
    socket.send('k0.65536');
    await socket.barrier();
    const { socket: next } = await attachSocket(endpoint.url, a, { got: '0.65536', ack: '0.65536', choice: 2 });
    expect(await next.find('@')).toBe('@0.65536');
    expect((await next.find('tu')).length).toBe(1 + 100_000 - 65_536);
    socket.cut();
    next.cut();
  });

  it('drops content that comes a second time', async () => {
    const { socket, reader } = await openSession(
      endpoint.url,
      {},
      '@0',
      'tone',
      'ttwo',
      '@0',
      'tone',
      'ttwo',
      'tthree',
    );
    await readMessages(socket, reader, 3);
    socket.send('@2', 'tthree', 'tfour');
    await readMessages(socket, reader, 4);
    expect(reader.messages).toEqual(['one', 'two', 'three', 'four']);
    socket.cut();
  });

  it('acknowledges an incomplete message once every message before it was handed over', async () => {
    const { socket, a } = await openSession(endpoint.url, {}, '@0', 't!quiet', 'Thalf');
    await socket.barrier();
    const again = await attachSocket(endpoint.url, a);
    expect(again.a).toMatchObject({ got: '1.4', ack: '1.4' });
    again.socket.send('@1.4', 't', 't!pause 60000', 't!quiet', 'Thalf');
    await again.socket.barrier();
    const third = await attachSocket(endpoint.url, a);
    expect(third.a).toMatchObject({ got: '4.4', ack: '3' });
    for (const { socket: each } of [again, third]) each.cut();
    socket.cut();
  });

  it.each(['', '-1', '+1', '01', '1.', '1.0', '1.01', '.5', '1.2.3', '1e3', '0x1', '9007199254740992', '1 ', 'NaN'])(
    'refuses the position %j',
    async (position) => {
      const { socket, a } = await openSession(endpoint.url);
      socket.send(`@${position}`, 'tnever');
      expectError(await socket.next(), 'ERR_PACKET');
      const other = await RawSocket.open(endpoint.url);
      other.send(resume(a, { got: position }));
      expectError(await other.next(), 'ERR_PACKET');
      const third = await RawSocket.open(endpoint.url);
      third.send(resume(a));
      expect(contentOf<Attached>('a', await third.next()).got).toBe('0');
      for (const each of [socket, other, third]) each.cut();
    },
  );

  it('orders positions by messages, then by bytes', async () => {
    const { socket, a, reader } = await openSession(endpoint.url, {}, '@0', 't!burst 10', 't!big 20');
    await readMessages(socket, reader, 11);
    // Older than what follows, and so without effect.
    socket.send('k10.9', 'k9', 'k10.10', 'k2.5');
    await socket.barrier();
    const again = await attachSocket(endpoint.url, a, { got: '10.10', ack: '9', choice: 2 });
    expect(await again.socket.find('@')).toBe('@10.10');
    socket.cut();
    again.socket.cut();
  });
});
