import type { Socket } from 'node:net';
import { Agent } from 'node:http';
import type { ClientSession } from '@holdfast/protocol';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { closedPort, RawServer } from '../testing/raw-server.js';
import { connect, type NodeConnectOptions } from './index.js';

const cleanUps: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

async function start(answer: (socket: Socket, request: string) => void): Promise<RawServer> {
  const server = await RawServer.start(answer);
  cleanUps.push(() => server.close());
  return server;
}

/** Connects, and ends the session with the test, whoever answers. */
function open(url: string, options: NodeConnectOptions): ClientSession {
  const session = connect(url, { closeTimeoutMs: 1, ...options });
  cleanUps.push(async () => {
    if (session.state === 'closed') return;
    await new Promise<void>((resolve) => {
      session.on('close', () => resolve());
      session.close();
    });
  });
  return session;
}

describe('connect on Node', () => {
  it.each(['websocket', 'streaming', 'long-polling', 'polling'] as const)(
    'attaches over %s with the headers asked for',
    async (name) => {
      const server = await start(() => {});
      open(server.url, { transports: [name], headers: { Cookie: 'user=7' } });
      await server.firstSocket;
      expect(server.requests[0]).toMatch(name === 'websocket' ? /^GET \/holdfast HTTP/ : /^POST \/holdfast HTTP/);
      expect(server.requests[0]).toMatch(/\r\ncookie: user=7\r\n/i);
    },
  );

  it('uses the agent given for all transports, and leaves it alone', async () => {
    const server = await start(() => {});
    const agent = new Agent({ keepAlive: true });
    const createConnection = vi.spyOn(agent, 'createConnection' as 'destroy');
    const destroy = vi.spyOn(agent, 'destroy');
    const session = open(server.url, { agent });
    await vi.waitUntil(() => server.requests.length > 1);
    expect(createConnection).toHaveBeenCalledTimes(server.requests.length);
    await new Promise<void>((resolve) => {
      session.on('close', () => resolve());
      session.close();
    });
    expect(destroy).not.toHaveBeenCalled();
  });

  it('tells what is wrong, and survives it, where nobody listens', async () => {
    const port = await closedPort();
    const session = open(`ws://localhost:${port}/holdfast`, {});
    const problems = new Map<string, string>();
    await new Promise<void>((resolve) => {
      session.on('problem', ({ transport, hint }) => {
        problems.set(transport, hint);
        if (problems.size === 4) resolve();
      });
    });
    expect([...problems.keys()]).toEqual(['websocket', 'streaming', 'long-polling', 'polling']);
    for (const hint of problems.values()) expect(hint).toContain('ECONNREFUSED');
  });

  it('lets go of all connections when the session ends', async () => {
    const server = await start((socket) => socket.write('HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n'));
    const session = open(server.url, { transports: ['long-polling'] });
    await new Promise<void>((resolve) => session.once('problem', () => resolve()));
    await new Promise<void>((resolve) => {
      session.on('close', () => resolve());
      session.close();
    });
    await server.untilSocketCount(0);
  });

  it('lets go of a handshake that nobody answers in time', async () => {
    const server = await start(() => {});
    const session = open(server.url, { transports: ['websocket'], attachTimeoutMs: 100 });
    const hint = await new Promise((resolve) => session.once('problem', (problem) => resolve(problem.hint)));
    expect(hint).toBe('no attach answer');
    session.use([]);
    await server.untilSocketCount(0);
  });

  it('throws at once at a bad address, option or header, and keeps the secret', () => {
    expect(() => connect('/holdfast')).toThrow('give one like');
    expect(() => connect('http://a.example/', { windowBytes: -1 })).toThrow('windowBytes');
    expect(() => connect('http://a.example/', { transports: ['carrier-pigeon' as 'polling'] })).toThrow(
      'carrier-pigeon',
    );
    expect(() => connect('http://a.example/', { headers: { 'X Y': '1' } })).toThrow('headers: X Y');
    const isSecretTold = (error: unknown): boolean => error instanceof Error && error.message.includes('s3cret');
    expect(() => connect('http://a.example/', { headers: { Authorization: 's3cret\n' } })).toThrow(
      expect.toSatisfy((error: unknown) => !isSecretTold(error)),
    );
  });
});
