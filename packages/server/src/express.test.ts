import { createServer } from 'node:http';
import compression from 'compression';
import express, { type Express } from 'express';
import { describe, expect, it, vi } from 'vitest';
import { attachBody, attachedOf, envelope, errorOf } from './testing/packets.js';
import { echo, listen, open, serve } from './testing/serve.js';

/** Starts an application, and asks it for a session. */
async function ask(app: Express, path = '/holdfast', body: string | Buffer = attachBody('poll', '@0\ntgrüß 😀\n')) {
  const port = await listen(createServer(app));
  return open(port).ask('POST', path, { 'Content-Type': 'text/plain' }, body);
}

describe('middleware', () => {
  it('works at the top', async () => {
    const app = express().use(echo().middleware());
    expect((await ask(app)).body).toContain('\ntgrüß 😀\n');
  });

  it('leaves everything else to the application', async () => {
    const app = express()
      .use(echo().middleware())
      .use((_request, response) => void response.send('the application'));
    expect((await ask(app, '/other')).body).toBe('the application');
    expect((await ask(app, '/holdfast/x')).body).toBe('the application');
  });

  it.each(['/api', '/api/holdfast', '/holdfast', '/api/:version'])('works mounted at %s', async (mount) => {
    const app = express().use(mount, echo().middleware());
    const path = mount.replace(':version', 'v1').replace(/\/holdfast$/, '');
    expect((await ask(app, `${path}/holdfast`)).body).toContain('\ntgrüß 😀\n');
  });

  it('works inside a router below a mount', async () => {
    const router = express.Router().use('/rt', echo().middleware());
    const app = express().use('/api', router);
    expect((await ask(app, '/api/rt/holdfast')).body).toContain('\ntgrüß 😀\n');
  });

  it('goes with WebSockets below the same mount', async () => {
    const holdfast = echo();
    const app = express().use('/api', holdfast.middleware());
    const http = createServer(app);
    holdfast.attach(http, { path: '/api/holdfast', requests: false });
    const port = await listen(http);
    expect((await open(port).ask('POST', '/api/holdfast', {}, attachBody())).body).toContain('\na{');
    const connection = open(port);
    connection.request('GET', '/api/holdfast', {
      Connection: 'Upgrade',
      Upgrade: 'websocket',
      'Sec-WebSocket-Version': '13',
      'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
    });
    await connection.until('HTTP/1.1 101');
  });
});

describe('a body parser ahead of the middleware', () => {
  it.each([
    ['text()', express.text()],
    ['raw()', express.raw({ type: '*/*' })],
    ['json()', express.json()],
    ['urlencoded()', express.urlencoded({ extended: true })],
  ])('may be express.%s', async (_name, parser) => {
    const app = express().use(parser).use(echo().middleware());
    expect((await ask(app)).body).toContain('\ntgrüß 😀\n');
  });

  it('does not raise the limit', async () => {
    const parser = express.text({ limit: '1mb' });
    const app = express().use(parser, echo({ maxBodyBytes: 65_536 }).middleware());
    expect(errorOf((await ask(app, '/holdfast', 'x'.repeat(65_536))).body)).toBe('ERR_BODY_CUT');
    expect(errorOf((await ask(app, '/holdfast', 'x'.repeat(65_537))).body)).toBe('ERR_BODY_SIZE');
  });

  it('that leaves nothing to work with is told to the application', async () => {
    const holdfast = echo();
    const problems: unknown[] = [];
    holdfast.on('problem', (problem) => problems.push(problem));
    const app = express()
      .use((request, _response, next) => {
        request.resume().on('end', next);
      })
      .use(holdfast.middleware());
    expect(errorOf((await ask(app)).body)).toBe('ERR_PACKET');
    expect(problems).toMatchObject([{ where: 'body', error: expect.any(Error) as Error }]);
  });
});

describe('compression() ahead of it', () => {
  it('does not hold a stream back', async () => {
    const holdfast = echo();
    const app = express()
      .use(compression({ threshold: 0 }))
      .use(holdfast.middleware());
    const port = await listen(createServer(app));
    const connection = open(port);
    connection.request('POST', '/holdfast', { 'Accept-Encoding': 'gzip, br' }, attachBody('stream', '@0\nthello\n'));
    const text = await connection.until('thello\n');
    expect(text).not.toMatch(/content-encoding/i);
    const [session] = holdfast.sessions.values();
    session?.send('later');
    await connection.until('tlater\n');
  });

  it('does not hold a stream back even if it ignores no-transform', async () => {
    const holdfast = echo();
    const flush = vi.fn();
    const app = express()
      .use((_request, response, next) => {
        Object.assign(response, { flush });
        next();
      })
      .use(holdfast.middleware());
    const port = await listen(createServer(app));
    const connection = open(port);
    connection.request('POST', '/holdfast', {}, attachBody('stream', '@0\nthello\n'));
    await connection.until('thello\n');
    expect(flush).toHaveBeenCalled();
  });

  it('does not stop back-pressure', async () => {
    const holdfast = echo({ maxBufferedBytes: 16_777_216 });
    const app = express()
      .use(compression({ threshold: 0 }))
      .use(holdfast.middleware());
    const port = await listen(createServer(app));
    const connection = open(port);
    connection.request(
      'POST',
      '/holdfast',
      { 'Accept-Encoding': 'gzip' },
      attachBody('stream', '', { size: 2 ** 30 }).replace('"window":[1048576,', '"window":[100000000,'),
    );
    await connection.until('a{');
    connection.socket.pause();
    const [session] = holdfast.sessions.values();
    const message = 'x'.repeat(65_000);
    for (let i = 0; i < 200; i++) session?.send(message);
    connection.socket.resume();
    await connection.until(`${'x'.repeat(10)}\n`);
    const countOf = (): number => connection.received.toString('latin1').split('\nt').length - 1;
    while (countOf() < 200) await new Promise((resolve) => connection.socket.once('data', resolve));
  });
});

describe('an application that sets headers of its own', () => {
  it('keeps them, but for those that must be ours', async () => {
    const app = express()
      .use((_request, response, next) => {
        response.set({ 'X-Own': 'yes', 'Cache-Control': 'public', 'Access-Control-Allow-Origin': '*', Vary: 'Cookie' });
        next();
      })
      .use(echo({ origins: ['https://a.example'] }).middleware());
    const port = await listen(createServer(app));
    const answer = await open(port).ask('POST', '/holdfast', { Origin: 'https://a.example' }, attachBody());
    expect(answer.headers).toMatchObject({
      'x-own': 'yes',
      'cache-control': 'no-store, no-transform',
      'access-control-allow-origin': 'https://a.example',
      vary: 'Cookie, Origin',
    });
  });
});

describe('a second request', () => {
  it('carries on where the first one stopped', async () => {
    const { port } = await serve();
    const connection = open(port);
    const via = 7;
    const { id, key } = attachedOf(
      (await connection.ask('POST', '/holdfast', {}, attachBody('hold', '', { via }))).body,
    );
    const body = `${envelope({ via, n: 1, id, key, as: 'hold', hold: 5000 })}@0\ntmore\n.\n`;
    const answer = await connection.ask('POST', '/holdfast', {}, body);
    expect(answer.body).toMatch(new RegExp(`^:${id} 7\\.1\\n(k1\\n)?@0\\ntmore\\n\\.\\n$`));
  });
});
