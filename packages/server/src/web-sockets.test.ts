import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { formatClose } from '@holdfast/protocol';
import sinon from 'sinon';
import { describe, expect, it, vi } from 'vitest';
import { errorOf, newPacket } from './testing/packets.js';
import type { RawConnection } from './testing/raw-connection.js';
import { RawWebSocket } from './testing/raw-web-socket.js';
import { later, next, open, serve } from './testing/serve.js';
import type { ServerOptions } from './options.js';

const MAX_FRAME_BYTES = 1_048_576;

async function connect(options: ServerOptions = {}, packets = '') {
  const { port, holdfast } = await serve(options);
  const socket = new RawWebSocket(`ws://127.0.0.1:${port}/holdfast`);
  await socket.opened();
  socket.socket.send(newPacket() + packets);
  await socket.until('a{');
  return { port, holdfast, socket };
}

/** A frame as a client sends it, masked with zeros. */
function frame(opcode: number, payload: Buffer, length = payload.length): Buffer {
  const head =
    length < 126
      ? Buffer.from([0x80 | length])
      : Buffer.alloc(length < 65_536 ? 3 : 9, 0x80 | (length < 65_536 ? 126 : 127));
  if (length >= 65_536) head.writeBigUInt64BE(BigInt(length), 1);
  else if (length >= 126) head.writeUInt16BE(length, 1);
  return Buffer.concat([Buffer.from([0x80 | opcode]), head, Buffer.alloc(4), payload]);
}

/** A WebSocket without any library. */
async function handshake(port: number, headers: Record<string, string> = {}) {
  const connection = askToUpgrade(open(port), headers);
  const head = await connection.until('\r\n\r\n');
  connection.received = Buffer.alloc(0);
  return { connection, head };
}

function askToUpgrade(connection: RawConnection, headers: Record<string, string> = {}): RawConnection {
  return connection.request('GET', '/holdfast', {
    Connection: 'Upgrade',
    Upgrade: 'websocket',
    'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Key': randomBytes(16).toString('base64'),
    ...headers,
  });
}

describe('WebSockets', () => {
  it('carries text and bytes', async () => {
    const { socket } = await connect({}, '@0\ntgrüß 😀\n');
    await socket.until('tgrüß 😀\n');
    socket.socket.send(Buffer.from([0, 255, 10]));
    while (!socket.frames.some((each) => typeof each !== 'string')) await once(socket.socket, 'message');
    expect(socket.frames.find((each) => typeof each !== 'string')).toEqual(Buffer.from([0, 255, 10]));
  });

  it('hands over bytes in memory of their own', async () => {
    const { socket, holdfast } = await connect();
    const [session] = holdfast.sessions.values();
    const received: unknown[] = [];
    session?.on('message', (data) => received.push(data));
    socket.socket.send('@0\n');
    for (let i = 0; i < 10; i++) socket.socket.send(Buffer.alloc(5, i));
    while (received.length < 10) await once(socket.socket, 'message');
    for (const data of received as Uint8Array[]) {
      expect(Buffer.isBuffer(data)).toBe(false);
      expect(data.buffer.byteLength).toBe(5);
    }
  });

  it('writes what is sent in one turn in one piece', async () => {
    const { port, holdfast } = await serve();
    const { connection } = await handshake(port);
    const began = next(holdfast, 'session');
    connection.write(frame(1, Buffer.from(newPacket())));
    const session = await began;
    await connection.until('a{');
    const before = connection.pieces;
    for (let i = 0; i < 50; i++) session.send(i % 2 === 0 ? `text ${i}` : new Uint8Array([i]));
    session.send('the end');
    await connection.until('the end');
    expect(connection.pieces - before).toBe(1);
  });

  it('sends large texts among others, in order', async () => {
    const { socket, holdfast } = await connect();
    const [session] = holdfast.sessions.values();
    const raw = '"Grüße – an alle"\\n'.repeat(2000);
    const large = 'a'.repeat(65_536);
    const before = socket.frames.length;
    for (const data of ['first', raw, new Uint8Array([1]), large, 'between', raw, 'last']) session?.send(data);
    await socket.until('tlast\n');
    expect(socket.frames.slice(before)).toEqual([
      `@0\ntfirst\nu${raw}`,
      Buffer.from([1]),
      `u${large}`,
      `tbetween\nu${raw}`,
      'tlast\n',
    ]);
  });

  it('agrees on no subprotocol and no extension', async () => {
    const { port } = await serve();
    const { head } = await handshake(port, {
      'Sec-WebSocket-Protocol': 'chat',
      'Sec-WebSocket-Extensions': 'permessage-deflate',
    });
    expect(head).toMatch(/^HTTP\/1\.1 101 /);
    expect(head).not.toMatch(/sec-websocket-(protocol|extensions)/i);
  });

  it.each([
    ['https://b.example', 'ERR_ORIGIN'],
    ['null', 'ERR_ORIGIN'],
  ])('refuses a page of %s', async (origin, code) => {
    const { port, holdfast } = await serve({ origins: ['https://a.example'] });
    const refused = next(holdfast, 'refused');
    const ending = await new RawWebSocket(`ws://127.0.0.1:${port}/holdfast`, { origin }).closed();
    expect(ending).toMatchObject({ status: 403, text: expect.stringContaining(code) as string });
    expect(await refused).toEqual({ code, origin, address: '127.0.0.1' });
    expect(holdfast.stats().errors).toEqual({ [code]: 1 });
  });

  it('refuses a foreign host', async () => {
    const { port } = await serve();
    const headers = { host: 'evil.example' };
    const ending = await new RawWebSocket(`ws://127.0.0.1:${port}/holdfast`, { headers }).closed();
    expect(ending).toMatchObject({ status: 403, text: expect.stringContaining('ERR_HOST') as string });
  });

  it('lets an allowed page in', async () => {
    const { port } = await serve({ origins: ['https://a.example'] });
    await new RawWebSocket(`ws://127.0.0.1:${port}/holdfast`, { origin: 'https://a.example' }).opened();
  });

  it.each<[string, Record<string, string>, number]>([
    ['without a key', { 'Sec-WebSocket-Key': '' }, 400],
    ['of version 12', { 'Sec-WebSocket-Version': '12' }, 400],
    ['to something else', { Upgrade: 'h2c' }, 400],
  ])('refuses a handshake %s', async (_name, headers, status) => {
    const { port } = await serve();
    const { head, connection } = await handshake(port, headers);
    expect(head).toContain(`HTTP/1.1 ${status} `);
    await connection.closed();
  });

  it('closes a connection that does not attach', async () => {
    const { port, holdfast } = await serve({ handshakeTimeoutMs: 100 });
    const socket = new RawWebSocket(`ws://127.0.0.1:${port}/holdfast`);
    expect(await socket.closed()).toMatchObject({ code: 1000 });
    expect(errorOf(socket.text)).toBe('ERR_HANDSHAKE');
    await vi.waitFor(() => expect(holdfast.stats()).toMatchObject({ webSockets: 0, errors: { ERR_HANDSHAKE: 1 } }));
  });

  it('is gone once both ends have said Close, also if the client never hangs up', async () => {
    const { port, holdfast } = await serve();
    const { connection } = await handshake(port);
    connection.socket.allowHalfOpen = true;
    // By one of these `ws` would cut the connection.
    const clock = sinon.useFakeTimers({ toFake: ['setTimeout'] });
    later(() => clock.restore());
    const at = { messages: 0, bytes: 0 };
    const close = formatClose({ code: 1000, reason: '', at, ack: at });
    connection.write(frame(1, Buffer.from(newPacket() + close)));
    await connection.until('x{');
    connection.write(frame(8, Buffer.from([0x03, 0xe8])));
    await vi.waitFor(() => expect(holdfast.stats().webSockets).toBe(0));
  });

  it('counts open ones', async () => {
    const { socket, holdfast } = await connect();
    expect(holdfast.stats().webSockets).toBe(1);
    socket.socket.close();
    await vi.waitFor(() => expect(holdfast.stats().webSockets).toBe(0));
  });
});

describe('a frame', () => {
  it('of 1 MiB is taken', async () => {
    const { socket } = await connect();
    const padding = ` ${'x'.repeat(MAX_FRAME_BYTES - 2)}\n`;
    socket.socket.send(padding);
    socket.socket.send('p7\n');
    await socket.until('o7\n');
  });

  it('of one byte more is refused, and the session lives on', async () => {
    const { socket, holdfast } = await connect();
    socket.socket.send(` ${'x'.repeat(MAX_FRAME_BYTES - 1)}\n`);
    expect((await socket.closed()).code).toBe(1009);
    expect(errorOf(socket.text)).toBe('ERR_BODY_SIZE');
    expect(holdfast.stats().errors).toEqual({ ERR_BODY_SIZE: 1 });
    expect(holdfast.sessions.size).toBe(1);
  });

  it('that only claims to be larger is refused at once', async () => {
    const { port } = await serve();
    const { connection } = await handshake(port);
    connection.write(frame(1, Buffer.alloc(0), 2 ** 40));
    await connection.until('ERR_BODY_SIZE');
    await connection.closed();
  });

  it('of malformed UTF-8 is refused', async () => {
    const { socket, holdfast } = await connect();
    socket.socket.send(Buffer.from([0x74, 0xff, 0x0a]), { binary: false });
    expect((await socket.closed()).code).toBe(1007);
    expect(errorOf(socket.text)).toBe('ERR_PACKET');
    expect(holdfast.stats().errors).toEqual({ ERR_PACKET: 1 });
  });

  it('of an unknown kind is refused', async () => {
    const { port } = await serve();
    const { connection } = await handshake(port);
    connection.write(frame(5, Buffer.from('x')));
    await connection.until('ERR_PACKET');
    await connection.closed();
  });

  it('without a mask is refused', async () => {
    const { port } = await serve();
    const { connection } = await handshake(port);
    connection.write(Buffer.from([0x81, 1, 0x78]));
    await connection.until('ERR_PACKET');
    await connection.closed();
  });
});

describe('the first frame', () => {
  it('may come in small pieces', async () => {
    const { port } = await serve();
    const { connection } = await handshake(port);
    for (const byte of frame(1, Buffer.from(newPacket()))) connection.write(Buffer.from([byte]));
    await connection.until('a{');
  });

  it('must be whole within 131,072 bytes', async () => {
    const { port, holdfast } = await serve();
    const { connection } = await handshake(port);
    const begun = frame(1, Buffer.alloc(131_072 - 14, 0x20), 1_000_000);
    expect(begun.length).toBe(131_072);
    await new Promise((resolve) => connection.socket.write(begun, resolve));
    await open(port).ask('GET', '/holdfast');
    expect(holdfast.stats()).toMatchObject({ webSockets: 1, errors: {} });
    connection.write(' ');
    await connection.until('ERR_BODY_SIZE');
    connection.socket.destroy();
    expect(holdfast.stats().errors).toEqual({ ERR_BODY_SIZE: 1 });
  });

  it('frees the connection from that limit', async () => {
    const { port } = await serve();
    const { connection } = await handshake(port);
    connection.write(frame(1, Buffer.from(newPacket())));
    await connection.until('a{');
    connection.write(frame(1, Buffer.from(` ${'x'.repeat(500_000)}\n`))).write(frame(1, Buffer.from('p7\n')));
    await connection.until('o7\n');
  });
});

describe('handshakes that come all at once', () => {
  const COUNT = 60;

  /** Connections that the server has: their requests will all be there when it next looks. */
  async function serveMany() {
    const { port, http, holdfast } = await serve();
    let count = 0;
    http.on('connection', () => count++);
    const all = Array.from({ length: COUNT }, () => open(port));
    await vi.waitFor(() => expect(count).toBe(COUNT));
    return { all, holdfast };
  }

  it('are answered a few in each turn of the event loop', async () => {
    const { all, holdfast } = await serveMany();
    // With a clock on which each of them takes 3 ms, and a turn's share is two; a turn has one share while it reads, and one after it.
    let nowMs = performance.now();
    sinon.stub(performance, 'now').callsFake(() => (nowMs += 3));
    later(() => sinon.restore());
    for (const connection of all) askToUpgrade(connection);
    const perTurn: number[] = [];
    for (let before = 0; before < COUNT;) {
      await new Promise((resolve) => setImmediate(resolve));
      const { webSockets } = holdfast.stats();
      perTurn.push(webSockets - before);
      before = webSockets;
    }
    expect(Math.max(...perTurn)).toBeLessThanOrEqual(4);
  });

  it('lose nothing that was sent while they waited, and leave nothing of those that went away', async () => {
    const { all, holdfast } = await serveMany();
    let nowMs = performance.now();
    sinon.stub(performance, 'now').callsFake(() => (nowMs += 1));
    later(() => sinon.restore());
    const text = 'x'.repeat(20_000);
    for (const connection of all) {
      askToUpgrade(connection).write(frame(1, Buffer.from(newPacket())));
      setImmediate(() => connection.write(frame(1, Buffer.from(`@0\nt${text}\n`))));
    }
    const [gone, here] = [all.slice(0, 30), all.slice(30)];
    setImmediate(() => {
      for (const { socket } of gone) socket.resetAndDestroy();
    });
    for (const connection of here) await connection.until(`u${text}`);
    await vi.waitFor(() => expect(holdfast.stats().webSockets).toBe(here.length));
  });
});
