import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { formatResume } from '@holdfast/protocol';
import sinon from 'sinon';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { ServerOptions } from './options.js';
import { Server } from './server.js';
import { attachBody, attachedOf, envelope, errorOf, newPacket } from './testing/packets.js';
import { RawWebSocket } from './testing/raw-web-socket.js';
import { echo, later, next, open, serve } from './testing/serve.js';

afterEach(() => sinon.restore());

async function connectTo(port: number, auth?: unknown): Promise<RawWebSocket> {
  const socket = new RawWebSocket(`ws://127.0.0.1:${port}/holdfast`);
  await socket.opened();
  socket.socket.send(newPacket(auth));
  await socket.until('a{');
  return socket;
}

describe('Server', () => {
  it('refuses bad options at once', () => {
    expect(() => new Server({ holdMs: 0 })).toThrow(
      expect.objectContaining({ name: 'HoldfastError', code: 'ERR_OPTION' }),
    );
    expect(() => new Server({ orgins: [] } as ServerOptions)).toThrow('option orgins is no option of Server');
  });

  it('tells of sessions, then of each transport that attaches, and of the end', async () => {
    const { port, holdfast } = await serve();
    const told: unknown[] = [];
    holdfast.on('session', ({ id }) => told.push(['session', id]));
    holdfast.on('attach', ({ session, transport }) => told.push(['attach', session.id, transport]));
    holdfast.on('close', ({ session, code, reason, unconfirmed }) =>
      told.push(['close', session.id, code, reason, unconfirmed]),
    );
    const socket = await connectTo(port);
    const { id, key } = attachedOf(socket.text);
    const resume = formatResume({
      v: 1,
      id,
      key,
      got: { messages: 0, bytes: 0 },
      ack: { messages: 0, bytes: 0 },
      auth: undefined,
      choice: 0,
    });
    const body = attachBody('poll').replace(/^n.*\n/m, resume);
    expect((await open(port).ask('POST', '/holdfast', {}, body)).body).toContain('\na{');
    const session = holdfast.sessions.get(id);
    session?.send('last words');
    session?.close(3000, 'done');
    expect(await socket.until('c{"code":3000')).toContain('tlast words\n');
    socket.socket.send('x{"ack":"0"}\n');
    await vi.waitFor(() => expect(told).toHaveLength(4));
    expect(told).toEqual([
      ['session', id],
      ['attach', id, 'websocket'],
      ['attach', id, 'polling'],
      ['close', id, 3000, 'done', [{ data: 'last words', sent: false }]],
    ]);
    expect(holdfast.stats()).toMatchObject({ sessions: 0, closes: { 3000: 1 }, messagesSent: 1 });
  });

  it('has sessions by id, with their user and data', async () => {
    const { port, holdfast } = await serve({ authorize: ({ auth }) => ({ name: auth }) });
    const began = next(holdfast, 'session');
    const socket = await connectTo(port, 'Ali');
    const session = await began;
    expect(holdfast.sessions.get(attachedOf(socket.text).id)).toBe(session);
    expect(session).toMatchObject({ user: { name: 'Ali' }, data: undefined, state: 'open', transport: 'websocket' });
  });

  it('lets in no more at once than leave everybody else a turn', async () => {
    let turn = 0;
    let immediate = setImmediate(function count() {
      turn++;
      immediate = setImmediate(count);
    });
    const turns: number[] = [];
    const { port } = await serve({
      authorize() {
        turns.push(turn);
        const until = performance.now() + 6;
        while (performance.now() < until);
        return {};
      },
    });
    const sockets = Array.from({ length: 12 }, () => new RawWebSocket(`ws://127.0.0.1:${port}/holdfast`));
    await Promise.all(sockets.map((socket) => socket.opened()));
    for (const { socket } of sockets) socket.send(newPacket());
    await Promise.all(sockets.map((socket) => socket.until('a{')));
    clearImmediate(immediate);
    expect(turns).toHaveLength(12);
    // One while the turn reads, and one of those that wait.
    for (const one of turns) expect(turns.filter((other) => other === one).length).toBeLessThanOrEqual(2);
  });

  it('refuses whom authorize refuses', async () => {
    const { port, holdfast } = await serve({ authorize: () => null });
    const refused = next(holdfast, 'refused');
    const answer = await open(port).ask('POST', '/holdfast', {}, attachBody());
    expect(errorOf(answer.body)).toBe('ERR_REFUSED');
    expect(await refused).toEqual({ code: 'ERR_REFUSED', address: '127.0.0.1', origin: null });
    expect(holdfast.stats()).toMatchObject({ sessions: 0, errors: { ERR_REFUSED: 1 } });
  });

  it('tells of every error that it counts, with the address', async () => {
    const { port, holdfast } = await serve();
    const codes: Record<string, number> = {};
    holdfast.on('refused', ({ code, address, origin }) => {
      codes[code] = (codes[code] ?? 0) + 1;
      expect({ address, origin }).toEqual({ address: '127.0.0.1', origin: null });
    });
    const connection = open(port);
    for (const body of ['cut', 'z\n.\n', `${envelope({ n: 1 })}.\n`])
      await connection.ask('POST', '/holdfast', {}, body);
    await connection.ask('GET', `/holdfast/${'x'.repeat(22)}`);
    const { errors } = holdfast.stats();
    expect(Object.keys(errors)).toEqual(expect.arrayContaining(['ERR_BODY_CUT', 'ERR_PACKET', 'ERR_TICKET']));
    expect(codes).toEqual(errors);
  });

  it('ends a session whose user comes back as another', async () => {
    let name = 'Ali';
    const { port, holdfast } = await serve({ authorize: () => ({ name }) });
    const { id, key } = attachedOf((await connectTo(port)).text);
    const zero = { messages: 0, bytes: 0 };
    const body = attachBody().replace(
      /^n.*\n/m,
      formatResume({ v: 1, id, key, got: zero, ack: zero, auth: undefined, choice: 0 }),
    );
    expect((await open(port).ask('POST', '/holdfast', {}, body)).body).toContain('\na{');
    name = 'Eve';
    const ended = next(holdfast, 'close');
    const again = attachBody().replace(/^n.*\n/m, /^r.*\n/m.exec(body)?.[0] ?? '');
    expect((await open(port).ask('POST', '/holdfast', {}, again)).body).toContain('g{"code":1008');
    expect(await ended).toMatchObject({ code: 1008 });
  });

  it('broadcasts to every session', async () => {
    const { port, holdfast } = await serve();
    const sockets = await Promise.all([connectTo(port), connectTo(port)]);
    holdfast.broadcast('to all');
    for (const socket of sockets) await socket.until('tto all\n');
    expect(() => holdfast.broadcast('\ud800')).toThrow(expect.objectContaining({ code: 'ERR_TEXT' }));
    expect(holdfast.stats()).toMatchObject({ messagesSent: 2, bytesSent: 12 });
  });

  it('counts what a metrics exporter asks for', async () => {
    const { port, holdfast } = await serve();
    await connectTo(port);
    const stream = open(port);
    stream.request('POST', '/holdfast', {}, attachBody('stream'));
    await stream.until('a{');
    await open(port).ask('POST', '/holdfast', { Origin: 'https://b.example' }, attachBody());
    await open(port).ask('POST', '/holdfast', {}, 'garbage');
    expect(holdfast.stats()).toMatchObject({
      sessions: 2,
      transports: { websocket: 1, streaming: 1, 'long-polling': 0, polling: 0, none: 0 },
      attaches: { websocket: 1, streaming: 1, 'long-polling': 0, polling: 0 },
      errors: { ERR_ORIGIN: 1, ERR_BODY_CUT: 1 },
      arriving: 0,
      webSockets: 1,
      bodyBytes: 0,
      closes: {},
    });
  });
});

describe('a function of the application that fails', () => {
  const failing: ServerOptions = {
    authorize: () => {
      throw new Error('planted');
    },
  };

  it('is told by problem', async () => {
    const { port, holdfast } = await serve(failing);
    const problem = next(holdfast, 'problem');
    expect(errorOf((await open(port).ask('POST', '/holdfast', {}, attachBody())).body)).toBe('ERR_REFUSED');
    expect(await problem).toMatchObject({ where: 'authorize', error: { message: 'planted' } });
  });

  it('becomes a warning when nobody listens, and clients can not flood the log with it', async () => {
    const emitWarning = sinon.stub(process, 'emitWarning');
    const { port } = await serve(failing);
    for (let i = 0; i < 3; i++) await open(port).ask('POST', '/holdfast', {}, attachBody());
    expect(emitWarning.callCount).toBe(1);
    expect(emitWarning.firstCall.args).toMatchObject([
      expect.stringContaining('authorize failed') as string,
      { type: 'HoldfastWarning', detail: expect.stringContaining('planted') as string },
    ]);
  });
});

describe('close', () => {
  it('delivers what was sent, says when to come back, refuses newcomers, and detaches', async () => {
    const { port, holdfast, http } = await serve();
    const socket = await connectTo(port);
    const [session] = holdfast.sessions.values();
    session?.send('last words');
    const closing = holdfast.close({ drainMs: 5000, retryAfterMs: 1000, spreadMs: 500 });
    expect(holdfast.close()).toBe(closing);
    const text = await socket.until('c{');
    expect(text).toContain('tlast words\n');
    const close = JSON.parse(/^c(\{.*\})$/m.exec(text)?.[1] ?? '') as { code: number; retryAfterMs: number };
    expect(close.code).toBe(1012);
    expect(close.retryAfterMs).toBeGreaterThanOrEqual(1000);
    expect(close.retryAfterMs).toBeLessThanOrEqual(1500);
    const refused = await open(port).ask('POST', '/holdfast', {}, attachBody());
    expect(errorOf(refused.body)).toBe('ERR_FULL');
    expect(refused.body).toMatch(/"retryAfterMs":1[0-5]\d\d/);
    socket.socket.send('x{"ack":"1"}\n');
    await closing;
    expect(holdfast.sessions.size).toBe(0);
    expect(Object.hasOwn(http, 'emit')).toBe(false);
  });

  it('does not wait longer than it may', async () => {
    const { port, holdfast } = await serve();
    await connectTo(port);
    await holdfast.close({ drainMs: 50 });
    expect(holdfast.stats()).toMatchObject({ sessions: 0, closes: { 1012: 1 } });
  });

  it('is done at once when there is nobody', async () => {
    await echo().close();
  });

  it('refuses bad options', () => {
    const holdfast = echo();
    expect(() => holdfast.close({ drainMs: -1 })).toThrow('option drainMs');
  });
});

describe('whatever a stranger sends', () => {
  it('disturbs neither the process nor another session', async () => {
    const { port, holdfast } = await serve({ handshakeTimeoutMs: 200, bodyTimeoutMs: 200 });
    const witness = await connectTo(port);
    const heads = [
      'GET /holdfast HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
      'POST /holdfast HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n',
      'POST /holdfast HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n',
      'POST /holdfast HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1e400\r\n\r\n',
      'GET /holdfast/%ff%00?callback=%ff%00 HTTP/1.1\r\nHost: [\r\nOrigin: \x80\xff\r\nCookie: x\r\nReferer: http://%\r\n\r\n',
      'OPTIONS /holdfast HTTP/1.1\r\nHost: localhost\r\nOrigin: \xff\r\n\r\n',
      'GET http:// HTTP/1.1\r\nHost: localhost\r\n\r\n',
      '',
    ];
    const strangers = Array.from({ length: 200 }, async (_, i) => {
      const socket = connect(port, '127.0.0.1');
      later(() => socket.destroy());
      socket.on('error', () => undefined);
      socket.resume();
      socket.write(Buffer.from(heads[i % heads.length] ?? '', 'latin1'));
      for (let n = 0; n < 5; n++)
        await new Promise((resolve) => socket.write(randomBytes(1 + ((i * 37) % 300)), resolve));
      if (i % 3 === 0) socket.resetAndDestroy();
      else if (i % 3 === 1) socket.end();
    });
    await Promise.all(strangers);
    witness.socket.send('@0\nthello\n');
    await witness.until('thello\n');
    expect(holdfast.sessions.size).toBe(1);
  });
});
