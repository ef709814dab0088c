import { createServer } from 'node:http';
import { describe, expect, it, vi } from 'vitest';
import { attachBody, attachedOf, envelope, errorOf } from './testing/packets.js';
import { echo, listen, next, open, serve } from './testing/serve.js';

const OWN_HEADERS = {
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-store, no-transform',
  'x-accel-buffering': 'no',
};

describe('POST', () => {
  it('attaches, takes what came with it, and answers in one piece with its length', async () => {
    const { port } = await serve();
    const connection = open(port);
    const { status, headers, body } = await connection.ask('POST', '/holdfast', {}, attachBody('poll', '@0\nthello\n'));
    expect(status).toBe(200);
    expect(headers).toMatchObject({ ...OWN_HEADERS, 'content-type': 'text/plain; charset=utf-8', vary: 'Origin' });
    expect(headers['content-length']).toBe(String(body.length));
    expect(headers).not.toHaveProperty('access-control-allow-origin');
    expect(body).toMatch(/^:\S+ \d+\.0\na\{.*\}\n(k\S+\n)?@0\nthello\n\.\n$/);
    expect(connection.pieces).toBe(1);
  });

  it('ignores the query, and takes the absolute form that proxies ask with', async () => {
    const { port } = await serve();
    const connection = open(port);
    expect((await connection.ask('POST', '/holdfast?x=1', {}, attachBody())).body).toContain('\na{');
    expect((await connection.ask('POST', 'http://h.example/holdfast?x', {}, attachBody())).body).toContain('\na{');
  });

  it('takes a chunked body, split anywhere', async () => {
    const { port } = await serve();
    const connection = open(port);
    connection.write('POST /holdfast HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n');
    for (const byte of Buffer.from(attachBody('poll', '@0\ntgrüß 😀\n'))) {
      connection.write(Buffer.from([0x31, 13, 10, byte, 13, 10]));
    }
    connection.write('0\r\n\r\n');
    expect((await connection.answer()).body).toContain('\ntgrüß 😀\n');
  });

  it('waits for a client that expects 100-continue', async () => {
    const { port } = await serve();
    const connection = open(port);
    const body = attachBody();
    connection.request('POST', '/holdfast', { Expect: '100-continue', 'Content-Length': String(body.length) });
    await connection.until('100 Continue');
    connection.write(body);
    expect((await connection.answer()).body).toContain('\na{');
  });

  it('answers HTTP/1.0 without chunks, by closing', async () => {
    const { port } = await serve();
    const connection = open(port);
    const body = attachBody('stream', '@0\nthello\n');
    connection.write(`POST /holdfast HTTP/1.0\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
    const text = await connection.until('thello\n');
    expect(text).toMatch(/^HTTP\/1\.1 200/);
    expect(text).toMatch(/^connection: close/im);
    expect(text).not.toMatch(/transfer-encoding/i);
  });

  it.each([
    ['no UTF-8', Buffer.from([0x71, 0xff, 0x0a, 0x2e, 0x0a]), 'ERR_PACKET'],
    ['an overlong form', Buffer.from([0x71, 0xc0, 0x80, 0x0a, 0x2e, 0x0a]), 'ERR_PACKET'],
    ['a cut character', Buffer.from([0xe2, 0x82]), 'ERR_BODY_CUT'],
    ['nothing', '', 'ERR_BODY_CUT'],
    ['no end', envelope(), 'ERR_BODY_CUT'],
    ['garbage', 'garbage\n.\n', 'ERR_PACKET'],
  ])('refuses a body of %s', async (_name, body, code) => {
    const { port, holdfast } = await serve();
    const connection = open(port);
    const answer = await connection.ask('POST', '/holdfast', {}, body);
    expect(answer.status).toBe(200);
    expect(answer.headers).toMatchObject({ ...OWN_HEADERS, 'content-type': 'text/plain; charset=utf-8' });
    expect(answer.body).toMatch(/^:- -\ne\{.*\}\n\.\n$/);
    expect(errorOf(answer.body)).toBe(code);
    expect(holdfast.stats().errors).toEqual({ [code]: 1 });
    // The connection is as good as before.
    expect((await connection.ask('POST', '/holdfast', {}, attachBody())).body).toContain('\na{');
  });

  it('flushes the headers of a held request, and notices when its client has gone', async () => {
    const { port, holdfast } = await serve({ heartbeatIntervalMs: 100, heartbeatTimeoutMs: 100, resumeWindowMs: 1000 });
    const connection = open(port);
    connection.request('POST', '/holdfast', {}, attachBody('hold'));
    const session = await next(holdfast, 'session');
    await connection.until(session.id);
    connection.socket.destroy();
    expect(await next(holdfast, 'close')).toMatchObject({ code: 4900 });
  });
});

describe('a request over HTTP/1 that says it is HTTP/2.0', () => {
  it.each([
    ['POST', attachBody(), 200],
    ['POST', 'nonsense', 200],
    ['GET', '', 426],
    ['PUT', 'x', 405],
  ])('is answered like any other: %s %s', async (method, body, status) => {
    const { port } = await serve();
    const connection = open(port);
    const length = body === '' ? '' : `Content-Length: ${body.length}\r\n`;
    connection.write(`${method} /holdfast HTTP/2.0\r\nHost: localhost\r\n${length}\r\n${body}`);
    expect((await connection.answer()).status).toBe(status);
    expect((await open(port).ask('POST', '/holdfast', {}, attachBody())).status).toBe(200);
  });
});

describe('a body beyond its limit', () => {
  const limits = { maxBodyBytes: 65_536 };
  const padded = (bytes: number): string => {
    const body = attachBody();
    return body.replace(/\.\n$/, `${' '.repeat(bytes - body.length - 1)}\n.\n`);
  };

  it.each([
    [65_536, null],
    [65_537, 'ERR_BODY_SIZE'],
  ])('of %i bytes, declared: %s', async (bytes, code) => {
    const { port } = await serve(limits);
    const answer = await open(port).ask('POST', '/holdfast', {}, padded(bytes));
    expect(answer.status).toBe(200);
    expect(errorOf(answer.body)).toBe(code);
  });

  it.each([
    [65_536, null],
    [65_537, 'ERR_BODY_SIZE'],
  ])('of %i bytes, chunked: %s', async (bytes, code) => {
    const { port } = await serve(limits);
    const connection = open(port);
    connection.write('POST /holdfast HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n');
    connection.write(`${bytes.toString(16)}\r\n${padded(bytes)}\r\n0\r\n\r\n`);
    expect(errorOf((await connection.answer()).body)).toBe(code);
  });

  it('is answered before it has come, and not read to its end', async () => {
    const { port, holdfast } = await serve(limits);
    const connection = open(port);
    connection.request('POST', '/holdfast', { 'Content-Length': '10000000000' });
    const answer = await connection.answer();
    expect(errorOf(answer.body)).toBe('ERR_BODY_SIZE');
    expect(answer.headers['connection']).toBe('close');
    const mebibyte = Buffer.alloc(1_048_576);
    connection.socket.on('drain', () => connection.write(mebibyte));
    connection.write(mebibyte);
    await connection.closed();
    expect(connection.socket.bytesWritten).toBeLessThan(50_000_000);
    expect(holdfast.stats().bodyBytes).toBe(0);
  });

  it('is closed if the rest of it never comes', async () => {
    const { port } = await serve(limits);
    const connection = open(port);
    connection.request('POST', '/holdfast', { 'Content-Length': '10000000000' });
    await connection.answer();
    await connection.closed();
  });

  it('counts towards what all may have under way', async () => {
    const { port, holdfast } = await serve({ ...limits, maxTotalBodyBytes: 65_536 });
    const first = open(port);
    first.request('POST', '/holdfast', { 'Content-Length': '65536' });
    first.write('q'.repeat(64_000));
    await vi.waitFor(() => expect(holdfast.stats().bodyBytes).toBeGreaterThanOrEqual(64_000));
    const second = open(port);
    second.request('POST', '/holdfast', { 'Content-Length': '1000' });
    second.write('q'.repeat(500));
    const answer = await second.answer();
    expect(errorOf(answer.body)).toBe('ERR_FULL');
    expect(answer.body).toContain('"retryAfterMs":');
    expect(holdfast.stats().bodyBytes).toBeLessThanOrEqual(65_536);
    // What comes whole waits for nothing, so it takes nothing.
    const third = await open(port).ask('POST', '/holdfast', {}, attachBody());
    expect(errorOf(third.body)).toBeNull();
    first.socket.destroy();
    await vi.waitFor(() => expect(holdfast.stats().bodyBytes).toBe(0));
  });
});

describe('a body that is slow', () => {
  it('is given up when nothing more comes', async () => {
    const { port, holdfast } = await serve({ bodyTimeoutMs: 100 });
    const connection = open(port);
    connection.request('POST', '/holdfast', { 'Content-Length': '1000' });
    connection.write('q');
    const answer = await connection.answer();
    expect(answer.status).toBe(200);
    expect(errorOf(answer.body)).toBe('ERR_BODY_TIME');
    await connection.closed();
    expect(holdfast.stats()).toMatchObject({ bodyBytes: 0, errors: { ERR_BODY_TIME: 1 } });
  });

  it('is given up when it only trickles', async () => {
    const { port } = await serve({ bodyTimeoutMs: 200 });
    const connection = open(port);
    connection.request('POST', '/holdfast', { 'Content-Length': '10000' });
    const timer = setInterval(() => connection.write('q'), 20);
    try {
      expect(errorOf((await connection.answer()).body)).toBe('ERR_BODY_TIME');
    } finally {
      clearInterval(timer);
    }
  });
});

describe('other methods', () => {
  it.each(['PUT', 'DELETE', 'PATCH', 'HEAD'])('%s gets 405 with what is allowed', async (method) => {
    const { port } = await serve();
    const answer = await open(port).ask(method, '/holdfast');
    expect(answer.status).toBe(405);
    expect(answer.headers).toMatchObject({ ...OWN_HEADERS, allow: 'GET, OPTIONS, POST' });
  });

  it('GET says what this is', async () => {
    const { port } = await serve();
    const answer = await open(port).ask('GET', '/holdfast');
    expect(answer.status).toBe(426);
    expect(answer.headers).toMatchObject({ ...OWN_HEADERS, upgrade: 'websocket', connection: 'keep-alive' });
    expect(answer.body).toContain('Holdfast endpoint');
  });

  it('GET says that a proxy has taken the Upgrade header away', async () => {
    const { port } = await serve();
    const headers = { 'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==', 'Sec-WebSocket-Version': '13' };
    const answer = await open(port).ask('GET', '/holdfast', headers);
    expect(answer.status).toBe(426);
    expect(answer.body).toContain('a proxy on the way has removed it');
  });

  it('OPTIONS allows what a page may need, and remembers it', async () => {
    const { port } = await serve({ origins: ['https://a.example'] });
    const answer = await open(port).ask('OPTIONS', '/holdfast', {
      Origin: 'https://a.example',
      'Access-Control-Request-Method': 'POST',
      'Access-Control-Request-Headers': 'content-type, x-forwarded-proto',
      'Access-Control-Request-Private-Network': 'true',
    });
    expect(answer).toMatchObject({
      status: 204,
      headers: {
        'access-control-allow-origin': 'https://a.example',
        'access-control-allow-credentials': 'true',
        'access-control-allow-methods': 'GET, POST',
        'access-control-allow-headers': 'Content-Type',
        'access-control-allow-private-network': 'true',
        'access-control-max-age': '7200',
        vary: 'Origin',
      },
      body: '',
    });
    expect(answer.headers).not.toHaveProperty('content-type');
  });
});

/** A ticket that nobody was given. */
const UNKNOWN = 'x'.repeat(22);

describe('GET with a ticket', () => {
  it('reads the stream that a POST asked for, as events', async () => {
    const { port } = await serve();
    const connection = open(port);
    const posted = await connection.ask('POST', '/holdfast', {}, attachBody('stream', '@0\nthello\n', { get: true }));
    const ticket = /^y(.+)$/m.exec(posted.body)?.[1] ?? '';
    expect(ticket).toMatch(/^[\w-]{22}$/);
    const stream = open(port);
    stream.request('GET', `/holdfast/${ticket}`);
    const text = await stream.until('data: thello\n');
    expect(text).toMatch(/^content-type: text\/event-stream\r$/im);
    expect(text).toMatch(
      /\r\n\r\n[0-9a-f]+\r\ndata: :\S+ \d+\.0\ndata: a\{.*\}\n(data: k.*\n)?\n?(data: .*\n)*data: thello\n\n/,
    );
    expect(text).toMatch(/^cache-control: no-store, no-transform\r$/im);
  });

  it('refuses one that is unknown', async () => {
    const { port } = await serve();
    const answer = await open(port).ask('GET', `/holdfast/${UNKNOWN}`);
    expect(answer.headers['content-type']).toBe('text/event-stream');
    expect(answer.body).toMatch(/^data: :- -\ndata: e\{"code":"ERR_TICKET".*\}\ndata: \.\n\n$/);
  });

  it('takes none from the query', async () => {
    const { port } = await serve();
    expect((await open(port).ask('GET', `/holdfast?ticket=${UNKNOWN}`)).status).toBe(426);
  });

  it('takes the query for nothing that belongs to it', async () => {
    const { port } = await serve();
    const answer = await open(port).ask('GET', `/holdfast/${UNKNOWN}?at=/x`);
    expect(answer.body).toContain('ERR_TICKET');
  });

  it.each(['POST', 'HEAD', 'PUT'])('does not take %s', async (method) => {
    const { port, holdfast } = await serve();
    const answer = await open(port).ask(method, `/holdfast/${UNKNOWN}`, {}, method === 'HEAD' ? '' : attachBody());
    expect(answer.status).toBe(405);
    expect(answer.headers).toMatchObject({ ...OWN_HEADERS, allow: 'GET, OPTIONS' });
    expect(holdfast.sessions.size).toBe(0);
  });

  it('answers a preflight', async () => {
    const { port } = await serve({ origins: ['https://a.example'] });
    const answer = await open(port).ask('OPTIONS', `/holdfast/${UNKNOWN}`, { Origin: 'https://a.example' });
    expect(answer).toMatchObject({ status: 204, headers: { 'access-control-allow-origin': 'https://a.example' } });
  });
});

describe('origins', () => {
  const allowed = { origins: ['https://a.example', 'null'] };

  it.each([
    ['https://a.example', null],
    ['null', null],
    ['https://b.example', 'ERR_ORIGIN'],
    ['https://a.example.evil.example', 'ERR_ORIGIN'],
    ['https://A.example', 'ERR_ORIGIN'],
    ['http://a.example', 'ERR_ORIGIN'],
  ])('of a POST from %s: %s', async (origin, code) => {
    const { port, holdfast } = await serve(allowed);
    const refused: unknown[] = [];
    holdfast.on('refused', (event) => refused.push(event));
    const answer = await open(port).ask('POST', '/holdfast', { Origin: origin }, attachBody());
    expect(answer.status).toBe(200);
    // Also a page that is refused can read why.
    expect(answer.headers).toMatchObject({
      'access-control-allow-origin': origin,
      'access-control-allow-credentials': 'true',
    });
    expect(errorOf(answer.body)).toBe(code);
    if (code === null) return;
    expect(answer.body).toMatch(/^:- -\ne\{.*\}\n\.\n$/);
    expect(holdfast.sessions.size).toBe(0);
    expect(refused).toEqual([{ code, origin, address: '127.0.0.1' }]);
    expect(holdfast.stats().errors).toEqual({ ERR_ORIGIN: 1 });
  });

  it('are checked before the body is read', async () => {
    const { port } = await serve();
    const connection = open(port);
    connection.request('POST', '/holdfast', { Origin: 'https://b.example', 'Content-Length': '1000' });
    expect(errorOf((await connection.answer()).body)).toBe('ERR_ORIGIN');
  });

  it('of a GET with a ticket are checked before the ticket', async () => {
    const { port } = await serve();
    const answer = await open(port).ask('GET', `/holdfast/${UNKNOWN}`, { Origin: 'https://b.example' });
    expect(answer.headers['access-control-allow-origin']).toBe('https://b.example');
    expect(answer.body).toContain('data: e{"code":"ERR_ORIGIN"');
  });

  it('are told to the page even if they are no origins', async () => {
    const { port } = await serve();
    const answer = await open(port).ask('POST', '/holdfast', { Origin: 'https://ü.example' }, attachBody());
    expect(errorOf(answer.body)).toBe('ERR_ORIGIN');
    expect(answer.headers).not.toHaveProperty('access-control-allow-origin');
  });
});

describe('hosts', () => {
  it('are local ones on a server that listens on loopback', async () => {
    const { port } = await serve();
    const ask = async (host: string): Promise<string | null> =>
      errorOf((await open(port).ask('POST', '/holdfast', { Host: host }, attachBody())).body);
    expect(await ask('localhost')).toBeNull();
    expect(await ask('app.localhost:80')).toBeNull();
    expect(await ask('127.0.0.1:3000')).toBeNull();
    expect(await ask('evil.example')).toBe('ERR_HOST');
  });

  it('count as local names when they are those of allowed origins', async () => {
    const { port } = await serve({ origins: ['https://shop.example:8443'] });
    const answer = await open(port).ask('POST', '/holdfast', { Host: 'shop.example' }, attachBody());
    expect(errorOf(answer.body)).toBeNull();
  });

  it('are anybody on a server for all', async () => {
    const http = createServer();
    echo().attach(http);
    await new Promise<void>((resolve) => http.listen(0, resolve));
    const { port } = http.address() as { port: number };
    const answer = await open(port).ask('POST', '/holdfast', { Host: 'shop.example' }, attachBody());
    http.closeAllConnections();
    http.close();
    expect(errorOf(answer.body)).toBeNull();
  });
});

describe('the session that a request begins', () => {
  it('has the user that authorize named, who was told where it came from', async () => {
    const told: object[] = [];
    const { port, holdfast } = await serve({
      trustProxy: 1,
      origins: ['https://a.example'],
      authorize: ({ auth, address, origin, request }) => {
        told.push({ auth, address, origin, cookie: request.headers.cookie });
        return Promise.resolve({ name: 'Ali' });
      },
      protocols: ['v2', 'v1'],
    });
    const headers = { Origin: 'https://a.example', Cookie: 'c=1', 'X-Forwarded-For': '6.6.6.6, 198.51.100.1' };
    const connection = open(port);
    const began = next(holdfast, 'session');
    const answer = await connection.ask('POST', '/holdfast', headers, attachBody('poll', '', {}, { token: 7 }));
    expect(await began).toMatchObject({ user: { name: 'Ali' } });
    expect(told).toEqual([{ auth: { token: 7 }, address: '198.51.100.1', origin: 'https://a.example', cookie: 'c=1' }]);
    expect(attachedOf(answer.body).protocol).toBe('');
  });

  it('counts for its address, up to the limit and not beyond', async () => {
    const { port, holdfast } = await serve({ trustProxy: 1, maxSessionsPerAddress: 2 });
    const ask = async (address: string): Promise<string | null> =>
      errorOf((await open(port).ask('POST', '/holdfast', { 'X-Forwarded-For': address }, attachBody())).body);
    expect([await ask('198.51.100.1'), await ask('198.51.100.1'), await ask('198.51.100.1')]).toEqual([
      null,
      null,
      'ERR_FULL',
    ]);
    expect([await ask('2001:db8::1'), await ask('2001:db8::2'), await ask('2001:db8::3')]).toEqual([
      null,
      null,
      'ERR_FULL',
    ]);
    expect(await ask('198.51.100.2')).toBeNull();
    expect(holdfast.sessions.size).toBe(5);
  });

  it('does not count when everybody comes from loopback', async () => {
    const { port } = await serve({ maxSessionsPerAddress: 1 });
    for (let i = 0; i < 3; i++) {
      expect(errorOf((await open(port).ask('POST', '/holdfast', {}, attachBody())).body)).toBeNull();
    }
  });

  it('counts for all, up to the limit and not beyond', async () => {
    const { port } = await serve({ maxSessions: 2 });
    const codes = [];
    for (let i = 0; i < 3; i++) codes.push(errorOf((await open(port).ask('POST', '/holdfast', {}, attachBody())).body));
    expect(codes).toEqual([null, null, 'ERR_FULL']);
  });
});

describe('requests that a client sends ahead', () => {
  it('are all told when their connection ends', async () => {
    const http = createServer();
    const port = await listen(http);
    const holdfast = echo({ heartbeatIntervalMs: 100, heartbeatTimeoutMs: 100, resumeWindowMs: 1000 });
    holdfast.attach(http);
    const connection = open(port);
    const ended: unknown[] = [];
    const bothEnded = new Promise<void>((resolve) => {
      holdfast.on('close', ({ code }) => {
        if (ended.push(code) === 2) resolve();
      });
    });
    connection
      .request('POST', '/holdfast', {}, attachBody('hold'))
      .request('POST', '/holdfast', {}, attachBody('hold'));
    await next(holdfast, 'session');
    await next(holdfast, 'session');
    connection.socket.destroy();
    await bothEnded;
    expect(ended).toEqual([4900, 4900]);
  });
});
