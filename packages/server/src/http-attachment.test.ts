import { createServer, type IncomingMessage, type Server as HttpServer, type ServerResponse } from 'node:http';
import {
  connect as connectHttp2,
  createSecureServer,
  createServer as createHttp2Server,
  type ClientHttp2Session,
} from 'node:http2';
import { createServer as createHttpsServer } from 'node:https';
import type { Duplex } from 'node:stream';
import sinon from 'sinon';
import { describe, expect, it, vi } from 'vitest';
import { WebSocketServer } from 'ws';
import { CERTIFICATE } from './testing/certificate.js';
import { attachBody, newPacket } from './testing/packets.js';
import { RawWebSocket } from './testing/raw-web-socket.js';
import { echo, later, listen, open, serve } from './testing/serve.js';

const UPGRADE = {
  Connection: 'Upgrade',
  Upgrade: 'websocket',
  'Sec-WebSocket-Version': '13',
  'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
};

/** An application that says who it is. */
function app(_request: IncomingMessage, response: ServerResponse): void {
  response.end('the application');
}

async function isOurs(port: number, path = '/holdfast'): Promise<boolean> {
  return (await open(port).ask('POST', path, {}, attachBody())).body.includes('\na{');
}

async function upgrades(port: number, path = '/holdfast'): Promise<number> {
  const connection = open(port);
  connection.request('GET', path, UPGRADE);
  return Number(/^HTTP\/1\.1 (\d+)/.exec(await connection.until('\r\n\r\n'))?.[1]);
}

describe('attach', () => {
  it('takes its own requests from listeners of the application, whenever they came', async () => {
    const seen = sinon.spy();
    const http = createServer(app);
    const port = await listen(http);
    http.on('request', seen);
    echo().attach(http);
    http.on('request', seen).prependListener('request', seen).once('request', seen);
    http.on('upgrade', seen).on('checkContinue', seen).on('checkExpectation', seen);
    expect(await isOurs(port)).toBe(true);
    const body = attachBody();
    const headers = { Expect: '100-continue', 'Content-Length': String(body.length) };
    const connection = open(port);
    connection.request('POST', '/holdfast', headers);
    await connection.until('100 Continue');
    connection.write(body);
    expect((await connection.answer()).body).toContain('\na{');
    expect((await open(port).ask('POST', '/holdfast', { Expect: 'miracles' }, body)).status).toBe(417);
    expect(await upgrades(port)).toBe(101);
    expect(seen.callCount).toBe(0);
  });

  it.each(['/', '/holdfast/', '/holdfastx', '/holdfast/client.js', '/x/holdfast', '/Holdfast', '/%68oldfast'])(
    'leaves %s to the application',
    async (path) => {
      const http = createServer(app);
      const port = await listen(http);
      echo().attach(http);
      expect(await open(port).ask('POST', path, {}, 'x')).toMatchObject({ status: 200, body: 'the application' });
    },
  );

  it('leaves an endpoint below another one, called like a ticket, what is its own', async () => {
    const path = '/holdfast/the-endpoint-of-the-other-one';
    const http = createServer(app);
    const port = await listen(http);
    echo().attach(http);
    echo().attach(http, { path });
    expect([await isOurs(port), await isOurs(port, path)]).toEqual([true, true]);
    expect([await upgrades(port), await upgrades(port, path)]).toEqual([101, 101]);
  });

  it('leaves foreign upgrades to whoever listens for them', async () => {
    const http = createServer(app);
    const port = await listen(http);
    const other = new WebSocketServer({ noServer: true });
    echo().attach(http);
    http.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      other.handleUpgrade(request, socket, head, (webSocket) => webSocket.send('from the other'));
    });
    const foreign = new RawWebSocket(`ws://127.0.0.1:${port}/other`);
    await foreign.until('from the other');
    const own = new RawWebSocket(`ws://127.0.0.1:${port}/holdfast`);
    await own.opened();
    own.socket.send(newPacket());
    await own.until('a{');
  });

  it('answers foreign upgrades with 404 when nobody listens for them, and closes', async () => {
    const { port } = await serve();
    const connection = open(port);
    connection.request('GET', '/other', UPGRADE);
    const answer = await connection.answer();
    expect(answer).toMatchObject({ status: 404, headers: { connection: 'close' } });
    await connection.closed();
  });

  it('answers foreign requests with 404 when there is no application, which would let them hang', async () => {
    const { port } = await serve();
    expect((await open(port).ask('GET', '/other')).status).toBe(404);
  });

  it('serves several paths of one HTTP server', async () => {
    const http = createServer(app);
    const port = await listen(http);
    const [a, b] = [echo({ path: '/a' }), echo()];
    a.attach(http);
    b.attach(http, { path: '/b' });
    a.attach(http, { path: '/c' });
    for (const path of ['/a', '/b', '/c']) {
      expect(await isOurs(port, path)).toBe(true);
      expect(await upgrades(port, path)).toBe(101);
    }
    expect([a.sessions.size, b.sessions.size]).toEqual([2, 1]);
    expect(await isOurs(port, '/holdfast')).toBe(false);
    expect(await upgrades(port, '/holdfast')).toBe(404);
  });

  it('refuses a second endpoint at the same path', async () => {
    const http = createServer();
    echo().attach(http);
    expect(() => echo().attach(http)).toThrow(expect.objectContaining({ code: 'ERR_ATTACHED' }));
    expect(() => echo().attach(http, { path: 'x' })).toThrow('option path');
  });

  it('can leave requests or upgrades alone', async () => {
    const http = createServer(app);
    const port = await listen(http);
    const holdfast = echo();
    holdfast.attach(http, { requests: false });
    holdfast.attach(http, { path: '/requests', upgrades: false });
    expect(await isOurs(port)).toBe(false);
    expect(await upgrades(port)).toBe(101);
    expect(await isOurs(port, '/requests')).toBe(true);
    expect(await upgrades(port, '/requests')).toBe(404);
  });

  it('can be undone, and leaves no trace', async () => {
    const http = createServer(app);
    const port = await listen(http);
    const detachOne = echo().attach(http);
    const detachOther = echo().attach(http, { path: '/other' });
    detachOne();
    detachOne();
    expect(await isOurs(port)).toBe(false);
    expect(await isOurs(port, '/other')).toBe(true);
    detachOther();
    expect(Object.hasOwn(http, 'emit')).toBe(false);
    expect(http.listenerCount('upgrade')).toBe(0);
    expect(http.listeners('request')).toEqual([app]);
    echo().attach(http);
    expect(await isOurs(port)).toBe(true);
  });

  it('stays out of the way of others who stand before emit', async () => {
    const http = createServer(app);
    const port = await listen(http);
    const events: string[] = [];
    const tap = (): void => {
      const emit = http.emit.bind(http) as (...args: unknown[]) => boolean;
      http.emit = (...args: unknown[]): boolean => {
        events.push(String(args[0]));
        return emit(...args);
      };
    };
    tap();
    const detach = echo().attach(http);
    tap();
    expect(await isOurs(port)).toBe(true);
    expect(events.filter((event) => event === 'request')).toHaveLength(1);
    detach();
    expect(await isOurs(port)).toBe(false);
    expect(events.filter((event) => event === 'request')).toHaveLength(3);
  });

  it('shares an HTTP server with another copy of this package', async () => {
    vi.resetModules();
    const copy = await import('./server.js');
    const http = createServer();
    const port = await listen(http);
    const holdfast = echo();
    const other = new copy.Server({ path: '/other' });
    later(() => other.close({ drainMs: 0 }));
    expect(copy.Server).not.toBe(holdfast.constructor);
    holdfast.attach(http);
    other.attach(http);
    expect([await isOurs(port), await isOurs(port, '/other')]).toEqual([true, true]);
    expect(await upgrades(port, '/nobody')).toBe(404);
    expect((await open(port).ask('GET', '/nobody')).status).toBe(404);
  });
});

describe('handleRequest and handleUpgrade', () => {
  it('take what the application hands them, whatever its path', async () => {
    const holdfast = echo();
    const http = createServer((request, response) => holdfast.handleRequest(request, response));
    http.on('upgrade', (request, socket, head) => holdfast.handleUpgrade(request, socket, head));
    const port = await listen(http);
    expect(await isOurs(port, '/anywhere')).toBe(true);
    expect(await upgrades(port, '/anywhere')).toBe(101);
  });

  it('end a socket that was upgraded twice, and nothing else', async () => {
    const { http, holdfast, port } = await serve();
    const sockets: Duplex[] = [];
    http.on('connection', (socket: Duplex) => sockets.push(socket));
    const twice = echo();
    const detach = twice.attach(http, { path: '/twice', requests: false });
    detach();
    http.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      holdfast.handleUpgrade(request, socket, head);
      twice.handleUpgrade(request, socket, head);
    });
    const connection = open(port);
    connection.request('GET', '/twice', UPGRADE);
    await connection.closed();
    expect(await isOurs(port)).toBe(true);
  });
});

describe('https', () => {
  it('carries requests and WebSockets, and knows its own origin', async () => {
    const http = createHttpsServer(CERTIFICATE, app);
    const port = await listen(http);
    echo().attach(http);
    const ask = (origin: string): Promise<{ body: string }> =>
      open(port, true).ask('POST', '/holdfast', { Host: `localhost:${port}`, Origin: origin }, attachBody());
    expect((await ask(`https://localhost:${port}`)).body).toContain('\na{');
    expect((await ask(`http://localhost:${port}`)).body).toContain('ERR_ORIGIN');
    const socket = new RawWebSocket(`wss://127.0.0.1:${port}/holdfast`);
    await socket.opened();
    socket.socket.send(`${newPacket()}@0\nthello\n`);
    await socket.until('thello');
  });

  it('refuses foreign hosts on loopback', async () => {
    const http = createHttpsServer(CERTIFICATE, app);
    const port = await listen(http);
    echo().attach(http);
    const answer = await open(port, true).ask('POST', '/holdfast', { Host: 'evil.example' }, attachBody());
    expect(answer.body).toContain('ERR_HOST');
  });
});

describe('http2', () => {
  async function connect(server = createSecureServer({ ...CERTIFICATE, allowHTTP1: true })) {
    const holdfast = echo({ origins: ['https://a.example'], maxBodyBytes: 65_536 });
    const port = await listen(server);
    holdfast.attach(server);
    const isSecure = server.constructor.name.includes('Secure');
    const session = connectHttp2(`${isSecure ? 'https' : 'http'}://localhost:${port}`, { rejectUnauthorized: false });
    later(() => session.destroy());
    return { holdfast, port, session };
  }

  function ask(session: ClientHttp2Session, headers: object, body?: string | Buffer) {
    return new Promise<{ headers: Record<string, unknown>; body: string }>((resolve, reject) => {
      const stream = session.request({ ':path': '/holdfast', ...headers });
      let answer: Record<string, unknown> = {};
      let text = '';
      stream.on('response', (received) => (answer = received));
      stream.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      stream.on('error', reject);
      // Node's client forgets `close` when a stream is reset without error while it still writes.
      stream.on('end', () => resolve({ headers: answer, body: text }));
      stream.end(body);
    });
  }

  it('carries requests, without a word about connections', async () => {
    const { session, port } = await connect();
    const headers = { ':method': 'POST', origin: `https://localhost:${port}` };
    const answer = await ask(session, headers, attachBody('poll', '@0\nthello\n'));
    expect(answer.body).toMatch(/^:\S+ \d+\.0\na\{.*\}\n(k\S+\n)?@0\nthello\n\.\n$/);
    expect(answer.headers).toMatchObject({ ':status': 200, 'cache-control': 'no-store, no-transform' });
    expect(answer.headers).not.toHaveProperty('connection');
    expect((await ask(session, { ':method': 'GET' })).headers[':status']).toBe(400);
    expect((await ask(session, { ':method': 'POST', ':path': '/other' }, 'x')).headers[':status']).toBe(404);
  });

  it('carries WebSockets over HTTP/1.1', async () => {
    const { port } = await connect();
    const socket = new RawWebSocket(`wss://127.0.0.1:${port}/holdfast`);
    await socket.opened();
    socket.socket.send(`${newPacket()}@0\nthello\n`);
    await socket.until('thello');
  });

  it('works without TLS too', async () => {
    const { session } = await connect(createHttp2Server() as unknown as ReturnType<typeof createSecureServer>);
    expect((await ask(session, { ':method': 'POST' }, attachBody())).body).toContain('\na{');
  });

  it('refuses origins, hosts and bodies as ever', async () => {
    const { session } = await connect();
    const post = (headers: object, body: string): Promise<{ body: string }> =>
      ask(session, { ':method': 'POST', ...headers }, body);
    expect((await post({ origin: 'https://b.example' }, attachBody())).body).toContain('ERR_ORIGIN');
    expect((await post({ ':authority': 'evil.example' }, attachBody())).body).toContain('ERR_HOST');
    expect((await post({ 'content-length': 65_537 }, 'x'.repeat(65_537))).body).toContain('ERR_BODY_SIZE');
    expect((await post({}, 'x'.repeat(1_000_000))).body).toContain('ERR_BODY_SIZE');
    expect((await post({}, 'x'.repeat(5_000_000))).body).toContain('ERR_BODY_SIZE');
    expect((await post({}, attachBody())).body).toContain('\na{');
  });

  it('waits for a client that reads slowly, and no longer', async () => {
    const { session, holdfast } = await connect();
    const stream = session.request({ ':method': 'POST', ':path': '/holdfast' });
    stream.end(attachBody('stream', '', { size: 2 ** 30 }).replace('"window":[1048576,', '"window":[100000000,'));
    let text = '';
    stream.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    await vi.waitFor(() => expect(text).toContain('a{'));
    stream.pause();
    const [first] = holdfast.sessions.values();
    for (let i = 0; i < 100; i++) first?.send(`${i} ${'x'.repeat(65_000)}`);
    await ask(session, { ':method': 'GET' });
    stream.resume();
    await vi.waitFor(() => expect(text.match(/^t\d+ x{65000}$/gm)).toHaveLength(100), { timeout: 10_000 });
  });

  it('notices that a client has gone', async () => {
    const { session, holdfast } = await connect();
    const stream = session.request({ ':method': 'POST', ':path': '/holdfast' });
    stream.on('error', () => undefined);
    stream.end(attachBody('stream'));
    await new Promise((resolve) => stream.once('data', resolve));
    expect(holdfast.stats().transports.streaming).toBe(1);
    stream.close(8);
    await vi.waitFor(() => expect(holdfast.stats().transports.streaming).toBe(0));
  });
});

describe('an HTTP server that is closed', () => {
  it('ends when Holdfast has ended', async () => {
    const http: HttpServer = createServer();
    await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
    const { port } = http.address() as { port: number };
    const holdfast = echo();
    holdfast.attach(http);
    const socket = new RawWebSocket(`ws://127.0.0.1:${port}/holdfast`);
    await socket.opened();
    socket.socket.send(newPacket());
    await socket.until('a{');
    const held = open(port);
    held.request('POST', '/holdfast', {}, attachBody('stream'));
    await held.until('a{');
    const silent = new RawWebSocket(`ws://127.0.0.1:${port}/holdfast`);
    await silent.opened();
    const closed = new Promise((resolve) => http.close(resolve));
    await holdfast.close({ drainMs: 100 });
    http.closeIdleConnections();
    await closed;
  });
});
