import { createServer } from 'node:http';
import { connect, type ClientSession } from '@holdfast/client';
import { Server } from '@holdfast/server';
import { describe, expect, it, vi } from 'vitest';
import { listen, shut } from '../matrix/pair.js';
import type { Box } from './box.js';
import { boxes } from './index.js';
import { observe, type Observation } from './wire.js';

// They wait most of the time: for a start, for a silence to be cut.
vi.setConfig({ testTimeout: 120_000, maxConcurrency: 5 });

/** A box that does nothing but pass on. */
const TRANSPARENT: Observation = {
  webSocket: 'passes',
  stream: 'at once',
  unmarkedStream: 'at once',
  held: 'arrives',
  large: 'whole',
  noStore: 'asked again',
  body: 'at once',
  answers: '8 of 8',
  answerVersion: '1.1',
  host: 'kept',
};

const PLAIN_NGINX = {
  webSocket: 'stripped',
  unmarkedStream: 'at its end',
  body: 'when complete',
  host: 'replaced',
} as const;

const PLAIN_APACHE = { webSocket: 'stripped', body: 'when complete', host: 'replaced' } as const;

/** Requests in the absolute form name the server; that it is another one than the browser's comes from our adapter. */
const FORWARD = { host: 'replaced' } as const;

const INSPECTING = { stream: 'at its end', unmarkedStream: 'at its end', body: 'when complete' } as const;

/** What each does to what passes through: the difference to {@link TRANSPARENT}. */
const DOES: Readonly<Record<string, Partial<Observation>>> = {
  'nginx-default': PLAIN_NGINX,
  'nginx-right': {},
  'nginx-cut-3s': { webSocket: 'cut after 3 s of silence', held: 'cut after 3 s' },
  'nginx-caching': { ...PLAIN_NGINX, noStore: 'answered from a cache' },
  'nginx-buffering': { ...PLAIN_NGINX, stream: 'at its end' },
  'haproxy-default': {},
  'haproxy-right': {},
  'haproxy-strip': { webSocket: 'stripped' },
  'haproxy-deny': { webSocket: 'refused with 403' },
  'haproxy-tarpit': { webSocket: 'black-holed' },
  'haproxy-tunnel-3s': { webSocket: 'cut after 3 s of silence' },
  'apache-default': PLAIN_APACHE,
  'apache-right': { body: 'when complete' },
  'apache-http10': { ...PLAIN_APACHE, answerVersion: '1.0' },
  'varnish-default': { webSocket: 'stripped', body: 'when complete' },
  'varnish-right': { body: 'when complete' },
  'varnish-buffering': { webSocket: 'stripped', ...INSPECTING },
  'caddy-default': {},
  'caddy-right': {},
  'squid-allow': FORWARD,
  'squid-deny-connect': { ...FORWARD, webSocket: 'refused with 403' },
  'squid-64kb': { ...FORWARD, webSocket: 'refused with 403', large: 'broken off near 64 KB' },
  'squid-caching': { ...FORWARD, webSocket: 'refused with 403', noStore: 'answered from a cache' },
  privoxy: FORWARD,
  tinyproxy: { ...FORWARD, webSocket: 'refused with 403' },
  mitmproxy: INSPECTING,
  'mitmproxy-drop-frames': { ...INSPECTING, webSocket: 'loses frames' },
  'mitmproxy-lose-answers': { ...INSPECTING, webSocket: 'refused with 403', answers: '6 of 8' },
};

/** Beyond 3 s, of which the first is over before what has come is acknowledged. */
const QUIET_MS = 5000;

/** So many echoes in a row over the same transport: it has settled. */
const SETTLED_ECHOES = 20;

/** Longer than it takes to find the way back to a transport that was left by mistake. */
const PATIENCE_MS = 100_000;

/** Opens a session behind a box, with a real server that echoes. If it takes too long, the error tells what happened. */
async function behind(box: Box, use: (client: ClientSession) => Promise<void>): Promise<void> {
  const http = createServer();
  const holdfast = new Server();
  holdfast.attach(http);
  holdfast.on('session', (session) => session.on('message', (data) => session.send(data)));
  const running = await box.start(await listen(http));
  const start = performance.now();
  const client = connect(`${running.origin}/holdfast`, { memory: false });
  const story: string[] = [];
  client.on('transport', ({ name }) => story.push(`${Math.round(performance.now() - start)} ms: ${name ?? 'none'}`));
  client.on('problem', ({ transport, hint }) => story.push(`${transport}: ${hint}`));
  let guard: NodeJS.Timeout | undefined;
  const tooLong = new Promise<never>((_, reject) => {
    guard = setTimeout(() => reject(new Error(`It takes too long. ${story.join('; ')}`)), PATIENCE_MS);
  });
  try {
    await Promise.race([use(client), tooLong]);
  } finally {
    clearTimeout(guard);
    const closed = new Promise((resolve) => client.once('close', resolve));
    client.use([]);
    client.close();
    client.farewell();
    await closed;
    await holdfast.close({ drainMs: 0, retryAfterMs: 0, spreadMs: 0 });
    await running.stop();
    await shut(http);
  }
}

/** Echoes numbered messages, with a pause after each, until `isEnough`; returns what came back. */
async function echo(client: ClientSession, pauseMs: number, isEnough: (count: number) => boolean): Promise<string[]> {
  const received: string[] = [];
  for (let count = 0; !isEnough(count); count++) {
    const returned = new Promise<string>((resolve) => client.once('message', (data) => resolve(String(data))));
    client.send(String(count));
    received.push(await returned);
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
  return received;
}

const numbers = (count: number): string[] => Array.from({ length: count }, (_, index) => String(index));

describe.concurrent('boxes', () => {
  it('are all looked at', () => {
    expect(boxes.map(({ name }) => name).toSorted()).toEqual(Object.keys(DOES).toSorted());
  });

  for (const box of boxes) {
    it(`${box.name} does on the wire what its name says`, async () => {
      expect(await observe(box)).toEqual({ ...TRANSPARENT, ...DOES[box.name] });
    });

    it(`${box.name} lets a session settle on ${box.best}`, async () => {
      await behind(box, async (client) => {
        let inARow = 0;
        const received = await echo(client, 50, () => {
          inARow = client.transport === box.best ? inARow + 1 : 0;
          return inARow > SETTLED_ECHOES;
        });
        expect(received).toEqual(numbers(received.length));
      });
    });
  }

  for (const box of boxes.filter(({ name }) => DOES[name]?.webSocket === 'cut after 3 s of silence')) {
    it(`${box.name} makes a quiet session leave WebSocket, which loses nothing`, async () => {
      await behind(box, async (client) => {
        const received = await echo(client, QUIET_MS, (count) => count > 0 && client.transport !== 'websocket');
        expect(received).toEqual(numbers(received.length));
        expect(client.transport).toMatch(/streaming|polling/);
      });
    });
  }
});
