import type { Socket } from 'node:net';
import type { PostRequest } from '@holdfast/protocol';
import { afterEach, describe, expect, it } from 'vitest';
import { closedPort, OUR_HEAD, RawServer } from '../testing/raw-server.js';
import { noEvents, outcomeOf } from '../testing/recording.js';
import { KeptAgent, type Network } from './network.js';
import { nodePost } from './node-post.js';

const cleanUps: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0)) await cleanUp();
});

async function start(answer: (socket: Socket, request: string) => void): Promise<RawServer> {
  const server = await RawServer.start(answer);
  cleanUps.push(() => server.close());
  return server;
}

function postTo(url: string, network: Partial<Network> = {}): PostRequest {
  const kept = KeptAgent.of(url);
  cleanUps.push(kept.use());
  return nodePost({ url, headers: {}, tls: {}, agent: undefined, ...network }, kept);
}

// What it has in common with `fetchPost` is in post.test.ts.
describe('nodePost', () => {
  it('sends text/plain with its length and the headers asked for', async () => {
    const server = await start((socket) => socket.write(`${OUR_HEAD}Content-Length: 2\r\n\r\n.\n`));
    const outcome = await outcomeOf(postTo(server.url, { headers: { 'X-Kiosk': '7' } }), 'grüße\n.\n');
    expect(outcome).toEqual({ text: '.\n', end: 'end' });
    const [request = ''] = server.requests;
    expect(request).toMatch(/^POST \/holdfast HTTP\/1\.1\r\n/);
    expect(request).toMatch(/\r\nContent-Type: text\/plain\r\n/i);
    expect(request).toMatch(/\r\nContent-Length: 10\r\n/i);
    expect(request).toMatch(/\r\nX-Kiosk: 7\r\n/i);
    expect(request).toMatch(/\r\n\r\ngrüße\n\.\n$/);
  });

  it('does not follow a redirect, and says where it leads', async () => {
    const server = await start((socket) =>
      socket.write('HTTP/1.1 307 Moved\r\nLocation: https://other.example/\r\nContent-Length: 0\r\n\r\n'),
    );
    const { end } = await outcomeOf(postTo(server.url), '');
    expect(end).toEqual({
      status: 307,
      hint: 'HTTP status 307, redirected to https://other.example/',
      reached: true,
    });
    expect(server.requests).toHaveLength(1);
  });

  it('says that nothing arrived when the connection is refused', async () => {
    const port = await closedPort();
    const { end } = await outcomeOf(postTo(`http://127.0.0.1:${port}/`), '');
    expect(end).toMatchObject({ status: 0, reached: false });
    expect(end).toMatchObject({ hint: expect.stringContaining('ECONNREFUSED') as unknown });
  });

  it('says so also for a name with several addresses, none of which answers', async () => {
    const port = await closedPort();
    const { end } = await outcomeOf(postTo(`http://localhost:${port}/`), '');
    expect(end).toMatchObject({ status: 0, reached: false, hint: expect.stringContaining('ECONNREFUSED') as unknown });
  });

  it('says that nothing arrived when the name does not resolve', async () => {
    const { end } = await outcomeOf(postTo('http://holdfast.invalid/'), '');
    expect(end).toMatchObject({ status: 0, reached: false });
  });

  it('says that nothing arrived when TLS fails', async () => {
    const server = await start(() => {});
    // Not whole as HTTP, so the server stays silent until it is cut.
    const pending = outcomeOf(postTo(server.url.replace('http', 'https')), '');
    await server.untilSocketCount(1);
    await server.close();
    expect((await pending).end).toMatchObject({ status: 0, reached: false });
  });

  it('keeps the connections of one session for the others with its server, and no longer', async () => {
    const server = await start((socket) => socket.write(`${OUR_HEAD}Content-Length: 2\r\n\r\n.\n`));
    const other = await start(() => {});
    cleanUps.push(KeptAgent.of(other.url).use());
    const kept = KeptAgent.of(server.url);
    const post = nodePost({ url: server.url, headers: {}, tls: {}, agent: undefined }, kept);
    const [endFirst, endSecond] = [kept.use(), kept.use()];
    await outcomeOf(post, '1');
    endFirst();
    await outcomeOf(post, '2');
    expect([server.requests.length, server.socketCount]).toEqual([2, 1]);
    endSecond();
    await server.untilSocketCount(0);
  });

  it('sends what follows an answer over the same connection', async () => {
    const server = await start((socket) => socket.write(`${OUR_HEAD}Content-Length: 2\r\n\r\n.\n`));
    const post = postTo(server.url);
    await new Promise<void>((resolve) => {
      const next = (left: number): void => {
        if (left === 0) resolve();
        else post('', false, { ...noEvents(), chunk: () => undefined, end: () => next(left - 1) });
      };
      next(5);
    });
    expect([server.requests.length, server.acceptedCount]).toEqual([5, 1]);
  });

  it('lets the last request finish before its connections go', async () => {
    const server = await start(() => {});
    const kept = KeptAgent.of(server.url);
    const endSession = kept.use();
    const pending = outcomeOf(nodePost({ url: server.url, headers: {}, tls: {}, agent: undefined }, kept), 'x');
    const socket = await server.firstSocket;
    endSession();
    socket.write(`${OUR_HEAD}Content-Length: 2\r\n\r\n.\n`);
    expect(await pending).toEqual({ text: '.\n', end: 'end' });
    await server.untilSocketCount(0);
  });
});
