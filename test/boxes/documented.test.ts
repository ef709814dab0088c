import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { Agent, createServer, request, type IncomingMessage, type Server as HttpServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { connect, type ClientSession } from '@holdfast/client';
import type { TransportName } from '@holdfast/protocol';
import { Server } from '@holdfast/server';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { listen, shut } from '../matrix/pair.js';
import type { Box } from './box.js';
import { DOCUMENTED, documented, readDocumented } from './documented.js';
import { haproxy } from './haproxy.js';
import { boxes } from './index.js';
import { nginx } from './nginx.js';
import { boxesOf, type Program } from './program.js';

vi.setConfig({ testTimeout: 120_000 });

const ends: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function serve(holdfast: Server): Promise<number> {
  const http: HttpServer = createServer();
  holdfast.attach(http);
  const port = await listen(http);
  ends.push(async () => {
    await holdfast.close({ drainMs: 0, retryAfterMs: 0, spreadMs: 0 });
    await shut(http);
  });
  return port;
}

async function start(box: Box, targetPort: number): Promise<string> {
  const running = await box.start(targetPort);
  ends.push(() => running.stop());
  return running.origin;
}

/** A session that ends with the test. */
function open(url: string, options: Parameters<typeof connect>[1] = {}): ClientSession {
  const client = connect(url, { memory: false, ...options });
  ends.push(async () => {
    if (client.state === 'closed') return;
    const closed = new Promise((resolve) => client.once('close', resolve));
    client.use([]);
    client.close();
    client.farewell();
    await closed;
  });
  return client;
}

async function carried(client: ClientSession, transport: TransportName): Promise<void> {
  while (client.transport !== transport) await new Promise((resolve) => client.once('transport', resolve));
}

async function echo(client: ClientSession, message: string): Promise<unknown> {
  const returned = new Promise((resolve) => client.once('message', resolve));
  client.send(message);
  return returned;
}

describe('docs/proxies.md', () => {
  it('shows the files that boxes are started with, byte for byte', async () => {
    const page = await readFile(new URL('../proxies.md', DOCUMENTED), 'utf8');
    const names = await readdir(DOCUMENTED);
    expect(names.length).toBeGreaterThan(0);
    for (const name of names) {
      const block = new RegExp(`\\(proxies/${name.replace('.', '\\.')}\\)[^\`]*\n\`\`\`[a-z]*\n([^]*?)\`\`\``).exec(
        page,
      );
      expect(block?.[1], name).toBe(await readDocumented(name));
    }
  });
});

describe.each(boxes.filter(({ name }) => name.endsWith('-right')))('$name', (box) => {
  it('lets pages of its own name in, and tells where they come from', async () => {
    const addresses: string[] = [];
    const port = await serve(new Server({ trustProxy: 1, authorize: ({ address }) => addresses.push(address) }));
    const origin = await start(box, port);
    for (const via of [1, 2]) {
      const nonce = String(via).repeat(22);
      const asked = request(`${origin}/holdfast`, {
        method: 'POST',
        agent: new Agent({ localAddress: '127.0.0.2' }),
        headers: { Origin: origin, 'Content-Type': 'text/plain', 'X-Forwarded-For': '203.0.113.9' },
      });
      asked.end(
        `q{"v":1,"via":${via},"n":0,"as":"send","size":65536}\n` +
          `n{"v":1,"nonce":"${nonce}","window":[1048576,1024],"max":4194304,"choice":1}\n.\n`,
      );
      const [answer] = (await once(asked, 'response')) as [IncomingMessage];
      expect(await text(answer)).toMatch(/^:\S+ \d\.0\na\{/);
    }
    expect(addresses).toEqual(['127.0.0.2', '127.0.0.2']);
  });
});

describe.each<[string, Program]>([
  ['nginx-several.conf', nginx],
  ['haproxy-several.cfg', haproxy],
])('%s', (file, program) => {
  it('keeps each session with one of two servers, whatever transport carries it', async () => {
    const servers = [new Server(), new Server()] as const;
    for (const server of servers)
      server.on('session', (session) => session.on('message', (data) => session.send(data)));
    const first = await serve(servers[0]);
    const second = await serve(servers[1]);
    const [box] = boxesOf(program, [
      { name: file, title: file, best: 'websocket', config: (place) => documented(file, place, first, second) },
    ]);
    if (box === undefined) throw new Error('no box');
    const origin = await start(box, first);
    // A session that meets the other server begins anew.
    let fail = (_: Error): void => {};
    const reset = new Promise<never>((_, reject) => (fail = reject));
    const sessions = Promise.all(
      Array.from({ length: 16 }, async (_, index) => {
        const client = open(`${origin}/holdfast?at=${index}${Math.random().toString(36).slice(2)}`);
        client.on('reset', () => fail(new Error('met the other server')));
        for (const transport of ['websocket', 'polling', 'streaming', 'long-polling'] as const) {
          client.use([transport]);
          await carried(client, transport);
          expect(await echo(client, transport)).toBe(transport);
        }
      }),
    );
    await Promise.race([sessions, reset]);
    const counts = servers.map(({ sessions }) => [...sessions].length);
    expect(counts.reduce((sum, count) => sum + count)).toBe(16);
    expect(Math.min(...counts)).toBeGreaterThan(0);
  });
});
