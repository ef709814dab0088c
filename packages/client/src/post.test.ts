import { once } from 'node:events';
import type { Socket } from 'node:net';
import type { PostRequest } from '@holdfast/protocol';
import { afterEach, describe, expect, it } from 'vitest';
import { fetchPost } from './fetch-post.js';
import { KeptAgent } from './node/network.js';
import { nodePost } from './node/node-post.js';
import { OUR_HEAD, RawServer } from './testing/raw-server.js';
import { noEvents, outcomeOf } from './testing/recording.js';

const cleanUps: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0)) await cleanUp();
});

async function start(answer: (socket: Socket, request: string) => void): Promise<RawServer> {
  const server = await RawServer.start(answer);
  cleanUps.push(() => server.close());
  return server;
}

const adapters: Record<string, (url: string) => PostRequest> = {
  nodePost(url) {
    const kept = KeptAgent.of(url);
    cleanUps.push(kept.use());
    return nodePost({ url, headers: {}, tls: {}, agent: undefined }, kept);
  },
  fetchPost: (url) => fetchPost({ url, credentials: 'same-origin' }),
};

describe.each(Object.entries(adapters))('%s', (_name, postTo) => {
  it('hands on pieces as they come, characters whole', async () => {
    const bytes = Buffer.from(':é\n');
    let socket: Socket | undefined;
    const server = await start((accepted) => {
      socket = accepted;
      socket.setNoDelay(true);
      socket.write(`${OUR_HEAD}Transfer-Encoding: chunked\r\n\r\n2\r\n`);
      socket.write(bytes.subarray(0, 2));
      socket.write('\r\n');
    });
    const pieces: string[] = [];
    await new Promise<void>((resolve, reject) => {
      postTo(server.url)('', true, {
        chunk(text) {
          pieces.push(text);
          if (pieces.length > 1) return;
          socket?.write('2\r\n');
          socket?.write(bytes.subarray(2));
          socket?.write('\r\n0\r\n\r\n');
        },
        end: resolve,
        fail: (_status, hint) => reject(new Error(hint)),
      });
    });
    expect(pieces).toEqual([':', 'é\n']);
  });

  it('uses one connection for requests that follow each other', async () => {
    const server = await start((socket) => socket.write(`${OUR_HEAD}Content-Length: 2\r\n\r\n.\n`));
    const post = postTo(server.url);
    await outcomeOf(post, '1');
    await outcomeOf(post, '2');
    expect(server.requests).toHaveLength(2);
    expect(server.socketCount).toBe(1);
  });

  it('fails when the answer is cut before its length', async () => {
    const server = await start((socket) => socket.end(`${OUR_HEAD}Content-Length: 10\r\n\r\n: a\n`));
    expect(await outcomeOf(postTo(server.url), '')).toMatchObject({ text: ': a\n', end: { status: 0, reached: true } });
  });

  it('fails when the answer is cut before its last chunk', async () => {
    const server = await start((socket) => socket.end(`${OUR_HEAD}Transfer-Encoding: chunked\r\n\r\n2\r\n.\n\r\n`));
    expect(await outcomeOf(postTo(server.url), '')).toMatchObject({ text: '.\n', end: { status: 0, reached: true } });
  });

  it('ends when an answer without length ends (HTTP/1.0)', async () => {
    const server = await start((socket) => socket.end('HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\n.\n'));
    expect(await outcomeOf(postTo(server.url), '')).toEqual({ text: '.\n', end: 'end' });
  });

  it('fails when the connection is reset in the middle of the answer', async () => {
    const server = await start((socket) => {
      socket.write(`${OUR_HEAD}Transfer-Encoding: chunked\r\n\r\n2\r\n: \r\n`, () => socket.resetAndDestroy());
    });
    expect(await outcomeOf(postTo(server.url), '')).toMatchObject({ end: { status: 0, reached: true } });
  });

  it('fails when the connection is reset before the answer', async () => {
    const server = await start((socket) => socket.resetAndDestroy());
    const { end } = await outcomeOf(postTo(server.url), '');
    expect(end).toMatchObject({ status: 0, reached: true });
  });

  it('fails on an answer that is not HTTP', async () => {
    const server = await start((socket) => socket.end('SSH-2.0-OpenSSH_9.2\r\n'));
    expect(await outcomeOf(postTo(server.url), '')).toMatchObject({ text: '', end: { status: 0, reached: true } });
  });

  it.each([500, 404, 413, 204])('fails with status %i, whatever the type', async (status) => {
    const server = await start((socket) =>
      socket.write(`HTTP/1.1 ${status} No\r\nContent-Type: text/plain\r\nContent-Length: 0\r\n\r\n`),
    );
    expect(await outcomeOf(postTo(server.url), '')).toEqual({
      text: '',
      end: { status, hint: `HTTP status ${status}`, reached: true },
    });
  });

  it('fails on a captive portal: status 200 and HTML', async () => {
    const server = await start((socket) =>
      socket.write('HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 5\r\n\r\nlogin'),
    );
    expect(await outcomeOf(postTo(server.url), '')).toEqual({
      text: '',
      end: { status: 200, hint: 'content type text/html', reached: true },
    });
  });

  it('waits without end for a server that hangs, until aborted: then no event follows', async () => {
    const server = await start(() => {});
    const request = postTo(server.url)('', false, noEvents());
    const socket = await server.firstSocket;
    request.abort();
    request.abort();
    await once(socket, 'close');
  });

  it('stops in mid-answer when a chunk aborts it', async () => {
    const server = await start((socket) => socket.write(`${OUR_HEAD}Content-Length: 100\r\n\r\n: a\n`));
    await new Promise<void>((resolve) => {
      const request = postTo(server.url)('', true, {
        ...noEvents(),
        chunk() {
          request.abort();
          resolve();
        },
      });
    });
    await server.untilSocketCount(0);
  });
});
