import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { request, type IncomingMessage, type OutgoingHttpHeaders } from 'node:http';
import type { Duplex } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { useEndpoint } from './support/endpoint.js';
import { attachSocket, openSession, RawSocket, readMessages } from './support/raw-socket.js';
import { contentOf, expectError, newAttach, within, type Attached } from './support/wire.js';

/** Shakes hands by hand. */
async function handshake(
  url: string,
  headers: OutgoingHttpHeaders,
): Promise<{ answer: IncomingMessage; socket: Duplex }> {
  const outgoing = request(url, {
    agent: false,
    headers: {
      Connection: 'Upgrade',
      Upgrade: 'websocket',
      'Sec-WebSocket-Version': '13',
      'Sec-WebSocket-Key': randomBytes(16).toString('base64'),
      ...headers,
    },
  });
  outgoing.end();
  const [answer, socket] = (await within(5000, 'an upgrade', once(outgoing, 'upgrade'))) as [IncomingMessage, Duplex];
  return { answer, socket };
}

/** A masked frame of a client's (RFC 6455 section 5.2), with the mask 0. */
function frame(first: number, payload: Buffer, isMasked = true): Buffer {
  const mask = isMasked ? 0x80 : 0;
  const length = payload.length;
  const head = length < 126 ? [first, mask | length] : [first, mask | 126, length >> 8, length & 255];
  return Buffer.concat([Buffer.from(head), Buffer.alloc(isMasked ? 4 : 0), payload]);
}

describe('section 5.1: WebSocket', () => {
  const endpoint = useEndpoint();

  it('accepts the handshake without subprotocol and without extensions, whatever is offered', async () => {
    const { answer, socket } = await handshake(endpoint.url, {
      'Sec-WebSocket-Protocol': 'echo.v1, holdfast',
      'Sec-WebSocket-Extensions': 'permessage-deflate; client_max_window_bits',
    });
    expect(answer.statusCode).toBe(101);
    expect(answer.headers['sec-websocket-protocol']).toBeUndefined();
    expect(answer.headers['sec-websocket-extensions']).toBeUndefined();
    socket.destroy();
  });

  it('ignores the query string', async () => {
    const { socket } = await openSession(`${endpoint.url}?any=thing&callback=none`);
    socket.cut();
  });

  it('takes several packets in one frame, and one packet in each of several', async () => {
    const { socket, reader } = await openSession(endpoint.url, {}, '@0', 'tone', 'ttwo');
    for (const packet of ['@2', 'tthree', '@3', 'tfour']) socket.send(packet);
    await readMessages(socket, reader, 4);
    expect(reader.messages).toEqual(['one', 'two', 'three', 'four']);
    socket.cut();
  });

  it('takes a frame that comes in fragments', async () => {
    const socket = await RawSocket.open(endpoint.url);
    const attach = `${newAttach()}\n@0\ntin pieces\n`;
    for (let at = 0; at < attach.length; at += 7)
      socket.ws.send(attach.slice(at, at + 7), { fin: at + 7 >= attach.length });
    contentOf<Attached>('a', await socket.next());
    expect(await socket.find('t')).toBe('tin pieces');
    socket.cut();
  });

  it('sends whole packets, each with its terminator, but raw text at the end of a frame', async () => {
    const frames: string[] = [];
    const socket = await RawSocket.open(endpoint.url);
    socket.ws.on('message', (data: Buffer, isBinary) => {
      if (!isBinary) frames.push(data.toString('utf8'));
    });
    socket.send(newAttach(), '@0', 't!burst 1000', 't!big 200000', 't!bigbinary 100000');
    await socket.find('a');
    await socket.barrier();
    await socket.barrier();
    expect(frames.length).toBeGreaterThan(2);
    for (const each of frames) expect(each, each.slice(-20)).toMatch(/^(?:[^uU\n].*\n)*(?:[uU][^]*)?$/);
    socket.cut();
  });

  it('sends what was sent in one turn in few frames', async () => {
    const { socket, reader } = await openSession(endpoint.url, {}, '@0');
    const before = socket.frameCount;
    socket.send('t!burst 500');
    await readMessages(socket, reader, 500);
    expect(socket.frameCount - before).toBeLessThan(5);
    socket.cut();
  });

  it('keeps each frame within 1 MiB', async () => {
    const { socket, reader } = await openSession(endpoint.url, { window: [8_000_000, 1024] }, '@0', 't!big 3000000');
    let longest = 0;
    socket.ws.on('message', (data: Buffer) => {
      longest = Math.max(longest, data.length);
    });
    await readMessages(socket, reader, 1);
    expect(longest).toBeLessThanOrEqual(1_048_576);
    socket.cut();
  });

  it('ends a transport with 1000, after the e that says why', async () => {
    const { socket } = await openSession(endpoint.url);
    socket.send('?');
    expectError(await socket.find('e'), 'ERR_PACKET');
    expect(await socket.closed).toBe(1000);
  });

  it('answers the closing handshake, and keeps the session', async () => {
    const { socket, a } = await openSession(endpoint.url);
    socket.ws.close(1000);
    expect(await socket.closed).toBe(1000);
    const again = await attachSocket(endpoint.url, a);
    again.socket.cut();
  });

  it('lets the client end a transport with an e', async () => {
    const { socket, a } = await openSession(endpoint.url);
    socket.send('e{"code":"ERR_POSITION","message":"no"}');
    await socket.closed;
    const again = await attachSocket(endpoint.url, a);
    again.socket.cut();
  });

  it.each([
    ['invalid UTF-8', frame(0x81, Buffer.from([0x74, 0xc3, 0x28, 0x0a]))],
    ['a frame that is not masked', frame(0x81, Buffer.from('p\n'), false)],
    ['reserved bits', frame(0xf1, Buffer.from('p\n'))],
    ['an unknown opcode', frame(0x83, Buffer.from('p\n'))],
    ['a continuation of nothing', frame(0x80, Buffer.from('p\n'))],
    ['a control frame in fragments', frame(0x09, Buffer.alloc(1))],
    ['a control frame that is too long', frame(0x89, Buffer.alloc(200))],
  ])('ends a transport for %s, and keeps the session', async (_name, bytes) => {
    const { socket } = await handshake(endpoint.url, {});
    socket.on('error', () => {});
    let received = Buffer.alloc(0);
    const attached = new Promise<void>((resolve) => {
      socket.on('data', (chunk: Buffer) => {
        received = Buffer.concat([received, chunk]);
        if (received.includes('\n')) resolve();
      });
    });
    socket.write(frame(0x81, Buffer.from(`${newAttach()}\n`)));
    await within(5000, 'an attach answer', attached);
    const a = JSON.parse(/\{.*\}/.exec(received.toString('utf8'))?.[0] ?? '') as Attached;
    socket.write(bytes);
    await within(7000, 'the end', once(socket, 'close'));
    const again = await attachSocket(endpoint.url, a);
    again.socket.cut();
  });

  it('leaves upgrades to other paths alone', async () => {
    const other = RawSocket.open(endpoint.url.replace(/\/[^/]*$/, '/elsewhere'));
    await expect(other).rejects.toThrow();
  });
});
