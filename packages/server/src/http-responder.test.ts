import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { ResponderEvents } from '@holdfast/protocol';
import sinon from 'sinon';
import { describe, expect, it, vi } from 'vitest';
import { EVENT_STREAM, HttpResponder, PLAIN } from './http-responder.js';
import type { RawConnection } from './testing/raw-connection.js';
import { listen, open } from './testing/serve.js';

interface Exchange {
  readonly responder: HttpResponder;
  readonly response: ServerResponse;
  readonly connection: RawConnection;
  readonly events: { readonly closed: sinon.SinonSpy; readonly drained: sinon.SinonSpy };
}

/** A request, and what its handler answers with. */
async function exchange(form = PLAIN, origin: string | null = null): Promise<Exchange> {
  const http = createServer();
  const connection = open(await listen(http));
  connection.request('POST', '/', {}, '');
  const [request, response] = (await once(http, 'request')) as [IncomingMessage, ServerResponse];
  const responder = new HttpResponder(request, response, form, origin, 60_000);
  const events = { closed: sinon.spy(), drained: sinon.spy() } satisfies ResponderEvents;
  responder.bind(events);
  return { responder, response, connection, events };
}

const CHUNK = `${'x'.repeat(65_535)}\n`;

describe('HttpResponder', () => {
  it('sends an answer of one turn in one piece, with its length', async () => {
    const { responder, connection, events } = await exchange();
    responder.write('a\n');
    responder.end('grüß\n');
    const answer = await connection.answer();
    expect(answer.body).toBe('a\ngrüß\n');
    expect(answer.headers['content-length']).toBe('9');
    expect(connection.pieces).toBe(1);
    await vi.waitFor(() => expect(events.closed.callCount).toBe(1));
  });

  it('sends large texts and small ones of one turn in order, with the length of all', async () => {
    const { responder, connection } = await exchange();
    const texts = ['a\n', CHUNK, 'grüß\n', `${'ß'.repeat(65_535)}\n`, CHUNK, 'b\n'];
    for (const text of texts) responder.write(text);
    responder.end();
    const answer = await connection.answer();
    expect(answer.body).toBe(texts.join(''));
    expect(answer.headers['content-length']).toBe(String(Buffer.byteLength(texts.join(''))));
  });

  it('streams large texts and small ones in order', async () => {
    const { responder, connection } = await exchange();
    const texts = ['a\n', CHUNK, 'grüß\n', CHUNK, 'b\n'];
    for (const text of texts) responder.write(text);
    await connection.until('b\n');
    for (const text of texts) responder.write(text);
    await new Promise((resolve) => setImmediate(resolve));
    responder.end();
    expect((await connection.answer()).body).toBe(texts.join('').repeat(2));
  });

  it('streams what comes in several turns', async () => {
    const { responder, connection } = await exchange();
    responder.write('a\n');
    await connection.until('a\n');
    responder.write('b\n');
    responder.write('c\n');
    await connection.until('b\nc\n');
    expect(connection.pieces).toBe(2);
    responder.end('d\n');
    expect((await connection.answer()).body).toBe('a\nb\nc\nd\n');
  });

  it('ends an answer without a body', async () => {
    const { responder, connection } = await exchange();
    responder.end();
    expect((await connection.answer()).headers['content-length']).toBe('0');
  });

  it('frames lines as events', async () => {
    const { responder, connection } = await exchange(EVENT_STREAM);
    responder.write('a\nb\n');
    responder.end('.\n');
    const answer = await connection.answer();
    expect(answer.headers['content-type']).toBe('text/event-stream');
    expect(answer.body).toBe('data: a\ndata: b\n\ndata: .\n\n');
  });

  it('lets the page read it', async () => {
    const { responder, connection } = await exchange(PLAIN, 'https://a.example');
    responder.end();
    expect((await connection.answer()).headers).toMatchObject({
      'access-control-allow-origin': 'https://a.example',
      'access-control-allow-credentials': 'true',
    });
  });

  it('says when it is full, and once when it has drained', async () => {
    const { responder, connection, events } = await exchange();
    connection.socket.pause();
    expect(responder.write(CHUNK)).toBe(true);
    expect(responder.write(CHUNK)).toBe(true);
    expect(responder.write(CHUNK)).toBe(true);
    expect(responder.write(CHUNK)).toBe(false);
    // Then by far more than the kernel keeps.
    for (let i = 0; i < 200; i++) expect(responder.write(CHUNK)).toBe(false);
    expect(events.drained.callCount).toBe(0);
    connection.socket.resume();
    await vi.waitFor(() => expect(events.drained.callCount).toBe(1), { timeout: 10_000 });
    expect(responder.write('a\n')).toBe(true);
    await connection.until('a\n');
    expect(events.drained.callCount).toBe(1);
  });

  it('says that it has drained even if the kernel took everything at once', async () => {
    const { responder, events } = await exchange();
    while (responder.write(CHUNK));
    await vi.waitFor(() => expect(events.drained.callCount).toBe(1));
  });

  it.each<[string, (connection: RawConnection) => void]>([
    ['is cut', ({ socket }) => void socket.destroy()],
    ['is reset', ({ socket }) => void socket.resetAndDestroy()],
    ['is closed in good order', ({ socket }) => void socket.end()],
  ])('tells once of a connection that %s while the request is held', async (_how, act) => {
    const { connection, events } = await exchange();
    act(connection);
    await vi.waitFor(() => expect(events.closed.callCount).toBe(1));
    await new Promise((resolve) => setImmediate(resolve));
    expect(events.closed.callCount).toBe(1);
  });

  it('takes what comes after the end for nothing', async () => {
    const { responder, connection, events } = await exchange();
    responder.end();
    expect(responder.write('late\n')).toBe(true);
    responder.end();
    expect((await connection.answer()).body).toBe('');
    connection.socket.destroy();
    await vi.waitFor(() => expect(events.closed.callCount).toBe(1));
    expect(responder.write('later\n')).toBe(true);
    responder.end();
    responder.destroy();
    await new Promise((resolve) => setImmediate(resolve));
    expect(events.closed.callCount).toBe(1);
  });

  it('breaks the connection', async () => {
    const { responder, connection, events } = await exchange();
    responder.write('a\n');
    responder.destroy();
    await connection.closed();
    expect(connection.received.length).toBe(0);
    await vi.waitFor(() => expect(events.closed.callCount).toBe(1));
  });

  it('tells all answers of requests that were sent ahead, once each', async () => {
    const closed = [sinon.spy(), sinon.spy(), sinon.spy()];
    const http = createServer();
    let count = 0;
    http.on('request', (request: IncomingMessage, response: ServerResponse) => {
      const responder = new HttpResponder(request, response, PLAIN, null, 60_000);
      responder.bind({ closed: closed[count++] ?? sinon.spy(), drained: sinon.spy() });
    });
    const connection = open(await listen(http));
    connection.request('POST', '/', {}, '');
    connection.request('POST', '/', {}, '');
    connection.request('POST', '/', {}, '');
    await vi.waitFor(() => expect(count).toBe(closed.length));
    connection.socket.destroy();
    await vi.waitFor(() => expect(closed.map((spy) => spy.callCount)).toEqual([1, 1, 1]));
  });

  it('tells of a connection that was gone before', async () => {
    const { response, connection } = await exchange();
    connection.socket.destroy();
    await vi.waitFor(() => expect(response.destroyed).toBe(true));
    const late = new HttpResponder(response.req, response, PLAIN, null, 60_000);
    const events = { closed: sinon.spy(), drained: sinon.spy() };
    late.bind(events);
    expect(events.closed.callCount).toBe(0);
    await vi.waitFor(() => expect(events.closed.callCount).toBe(1));
  });
});
