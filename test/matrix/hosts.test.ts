import { createServer, request, type IncomingMessage } from 'node:http';
import { createSecureServer } from 'node:http2';
import { createServer as createHttpsServer } from 'node:https';
import type { Server as NetServer } from 'node:net';
import { connect, type ClientSession, type NodeConnectOptions } from '@holdfast/client';
import type { TransportName } from '@holdfast/protocol';
import { Server, type ServerOptions } from '@holdfast/server';
import compression from 'compression';
import express from 'express';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { CERTIFICATE } from '../../packages/server/src/testing/certificate.js';
import { closed } from './exchange.js';
import { compare, NOTHING_WRONG } from './ledger.js';
import { conversation } from './messages.js';
import { listen, shut } from './pair.js';

const ALL: readonly TransportName[] = ['websocket', 'streaming', 'long-polling', 'polling'];

const cleanUps: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

/** Listens until the test is over; resolves to the port. */
async function host(http: NetServer): Promise<number> {
  cleanUps.push(() => shut(http));
  return await listen(http);
}

/** A Holdfast server that sends everything back, after its name. */
function echo(name: string, options: ServerOptions = {}): Server {
  const holdfast = new Server(options);
  holdfast.on('session', (session) => {
    session.send(name);
    session.on('message', (data) => session.send(data));
  });
  cleanUps.push(() => holdfast.close({ drainMs: 0, retryAfterMs: 0, spreadMs: 0 }));
  return holdfast;
}

/** Sends every kind of message, and checks what comes back. */
async function expectEcho(name: string, url: string, options: NodeConnectOptions): Promise<void> {
  const client: ClientSession = connect(url, { memory: false, ...options });
  const sent = conversation('up', 1);
  const received: (string | Uint8Array)[] = [];
  const all = new Promise<void>((resolve) => {
    client.on('message', (data) => {
      received.push(data);
      if (received.length > sent.length) resolve();
    });
  });
  for (const message of sent) client.send(message);
  await all;
  expect(client.transport).toBe(options.transports?.[0]);
  expect(compare([name, ...sent], received)).toEqual(NOTHING_WRONG);
  const ended = closed(client);
  client.close();
  expect((await ended).code).toBe(1000);
}

/** The answer to a GET. */
function get(port: number, path: string): Promise<{ status: number | undefined; body: string }> {
  return new Promise((resolve, reject) => {
    request({ port, path, host: '127.0.0.1', agent: false }, (answer: IncomingMessage) => {
      let body = '';
      answer.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
      answer.on('end', () => resolve({ status: answer.statusCode, body }));
    })
      .on('error', reject)
      .end();
  });
}

describe.each(ALL)('over %s, every kind of message passes', (transport) => {
  const transports = [transport];

  it('two servers on different paths of one HTTP server, beside an application', async () => {
    const http = createServer((_request, response) => response.end('the application'));
    echo('one', { path: '/one' }).attach(http);
    echo('two', { path: '/two' }).attach(http);
    const port = await host(http);
    await Promise.all([
      expectEcho('one', `http://127.0.0.1:${port}/one`, { transports }),
      expectEcho('two', `http://127.0.0.1:${port}/two`, { transports }),
    ]);
    expect(await get(port, '/onetwo')).toEqual({ status: 200, body: 'the application' });
  });

  it('Express with compression() and express.text() before everything', async () => {
    const app = express();
    app.use(compression({ threshold: 0 }), express.text({ limit: '10mb' }));
    app.get('/', (_request, response) => void response.send('the application'));
    const http = createServer(app);
    echo('express').attach(http);
    const port = await host(http);
    await expectEcho('express', `http://127.0.0.1:${port}/holdfast`, { transports });
    expect((await get(port, '/')).body).toBe('the application');
  });

  it('middleware of Express under a mount path, behind compression() and express.text()', async () => {
    const app = express();
    const holdfast = echo('mounted');
    const api = express.Router();
    app.use(compression({ threshold: 0 }), express.text({ limit: '10mb' }));
    api.use(holdfast.middleware());
    app.use('/api/v1', api);
    const http = createServer(app);
    holdfast.attach(http, { path: '/api/v1/holdfast', requests: false });
    const port = await host(http);
    await expectEcho('mounted', `http://127.0.0.1:${port}/api/v1/holdfast`, { transports });
  });

  it('handleRequest and handleUpgrade for anything else', async () => {
    const holdfast = echo('by hand');
    const http = createServer((incoming, outgoing) => holdfast.handleRequest(incoming, outgoing));
    http.on('upgrade', (incoming: IncomingMessage, socket, head: Buffer) =>
      holdfast.handleUpgrade(incoming, socket, head),
    );
    const port = await host(http);
    await expectEcho('by hand', `http://127.0.0.1:${port}/any/path`, { transports });
  });

  it('https', async () => {
    const http = createHttpsServer(CERTIFICATE);
    echo('https').attach(http);
    const port = await host(http);
    const tls = { rejectUnauthorized: false };
    await expectEcho('https', `https://127.0.0.1:${port}/holdfast`, { transports, tls });
  });

  it('http2 with allowHTTP1', async () => {
    const http2 = createSecureServer({ ...CERTIFICATE, allowHTTP1: true });
    echo('http2').attach(http2);
    const port = await host(http2);
    const tls = { rejectUnauthorized: false };
    await expectEcho('http2', `https://127.0.0.1:${port}/holdfast`, { transports, tls });
  });
});

describe('upgrades', () => {
  /** Status of the answer to a WebSocket handshake. */
  function handshake(port: number, path: string): Promise<number | undefined> {
    return new Promise((resolve, reject) => {
      const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`);
      socket.on('unexpected-response', (_request, response) => resolve(response.statusCode));
      socket.on('open', () => {
        socket.close();
        resolve(101);
      });
      socket.on('error', reject);
    });
  }

  it('outside of the path get 404 when nobody else listens for them', async () => {
    const http = createServer();
    echo('alone').attach(http);
    const port = await host(http);
    expect(await handshake(port, '/elsewhere')).toBe(404);
    expect(await handshake(port, '/holdfast')).toBe(101);
  });

  it('outside of the path are left to who else listens, whenever that was added', async () => {
    const http = createServer();
    echo('beside').attach(http);
    const seen: (string | undefined)[] = [];
    http.on('upgrade', ({ url }: IncomingMessage, socket) => {
      seen.push(url);
      socket.end('HTTP/1.1 418 Teapot\r\nContent-Length: 0\r\n\r\n');
    });
    const port = await host(http);
    expect(await handshake(port, '/elsewhere')).toBe(418);
    expect(await handshake(port, '/holdfast')).toBe(101);
    expect(seen).toEqual(['/elsewhere']);
  });
});
