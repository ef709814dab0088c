import { once } from 'node:events';
import { connect as connectHttp2, createServer as createHttp2Server, type ServerHttp2Stream } from 'node:http2';
import type { Socket } from 'node:net';
import { formatNew, formatRequest } from '@holdfast/protocol';
import { describe, expect, it, vi } from 'vitest';
import type { ServerOptions } from './options.js';
import type { RawConnection } from './testing/raw-connection.js';
import { echo, later, listen, open, serve } from './testing/serve.js';

/** Asks for an answer of its full size; a copy asks for the same again. */
const BODY = `${formatRequest({ v: 1, via: 1, n: 0, as: 'poll', hold: 0, size: 262_144, pad: 0, get: false, id: '', key: '' })}${formatNew(
  {
    v: 1,
    nonce: 'n'.repeat(22),
    window: [1_048_576, 1024],
    max: 1_048_576,
    protocols: [],
    auth: null,
    choice: 1,
    age: 0,
  },
)}.\n`;

const MESSAGE = 'x'.repeat(240_000);

/** What kernels keep on loopback is some megabytes. */
const COPY_COUNT = 60;

interface Jam {
  readonly connection: RawConnection;
  /** The server's end. */
  readonly socket: Socket;
}

/** A client that has asked for more answers on one connection than the kernel keeps, and reads none. */
async function jam(options: ServerOptions): Promise<Jam> {
  const { holdfast, http, port } = await serve(options);
  http.keepAliveTimeout = 0;
  holdfast.on('session', (session) => session.send(MESSAGE));
  const connection = open(port);
  connection.socket.pause();
  const [socket] = (await once(http, 'connection')) as [Socket];
  for (let i = 0; i < COPY_COUNT; i++) connection.request('POST', '/holdfast', {}, BODY);
  return { connection, socket };
}

describe('an answer that has ended', () => {
  it('ends its connection when nothing more of it leaves, because its client does not read', async () => {
    const { socket } = await jam({ resumeWindowMs: 1000 });
    await once(socket, 'close');
  });

  it('ends its stream of HTTP/2 alone', async () => {
    const http = createHttp2Server();
    const port = await listen(http);
    const holdfast = echo({ resumeWindowMs: 1000 });
    holdfast.on('session', (session) => session.send(MESSAGE));
    holdfast.attach(http);
    const client = connectHttp2(`http://127.0.0.1:${port}`);
    later(() => client.destroy());
    const unread = client.request({ ':method': 'POST', ':path': '/holdfast', 'content-type': 'text/plain' });
    const [stream] = (await once(http, 'stream')) as [ServerHttp2Stream];
    unread.on('error', () => undefined);
    unread.end(BODY);
    await once(stream, 'close');
    const read = client.request({ ':method': 'POST', ':path': '/holdfast', 'content-type': 'text/plain' });
    read.end(BODY);
    let length = 0;
    for await (const chunk of read) length += (chunk as Buffer).length;
    expect(length).toBeGreaterThan(MESSAGE.length);
  });

  it('leaves the connection as it was when it has been read', async () => {
    const { connection, socket } = await jam({ resumeWindowMs: 60_000 });
    await vi.waitFor(() => expect(socket.timeout).toBe(60_000), { timeout: 20_000 });
    const listeners = socket.listenerCount('timeout');
    connection.socket.resume();
    for (let i = 0; i < COPY_COUNT; i++)
      expect((await connection.answer()).body.length).toBeGreaterThan(MESSAGE.length);
    await vi.waitFor(() => expect(socket.timeout).toBe(0));
    expect(socket.listenerCount('timeout')).toBe(listeners - 1);
    connection.request('POST', '/holdfast', {}, BODY);
    expect((await connection.answer()).body.length).toBeGreaterThan(MESSAGE.length);
  });

  it('leaves the connection to an application that is stricter', async () => {
    const { connection, socket } = await jam({ resumeWindowMs: 60_000 });
    socket.setTimeout(30_000);
    await vi.waitFor(() => expect(socket.writableLength).toBeGreaterThan(0), { timeout: 20_000 });
    expect(socket.timeout).toBe(30_000);
    connection.socket.destroy();
  });
});
