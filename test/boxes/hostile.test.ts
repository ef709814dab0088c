import { describe, expect, it, vi } from 'vitest';
import { HostileProxy } from '../matrix/hostile-proxy.js';
import type { Behaviour } from '../matrix/proxy-behaviour.js';
import { hostileBoxes, type HostileBox } from './hostile.js';
import { ALL_WELL, Talk, TalkServer, type TalkOptions, type TalkOutcome } from './talk.js';
import { connectByTicket } from './ticket-client.js';
import type { ServerOptions } from '@holdfast/server';

// They wait most of the time; a transport that was left comes back within a minute.
vi.setConfig({ testTimeout: 170_000, maxConcurrency: 8 });

interface Demand extends Partial<TalkOptions> {
  /** How often the box has to have struck before it was enough. */
  readonly strikes?: number;
  readonly leastMs?: number;
}

/** What a box needs beyond what all do. */
const DEMANDS: Readonly<Record<string, Demand>> = {
  'hostile-ws-cut-3s': { strikes: 2 },
  'hostile-ws-cut-2s': { strikes: 2 },
  'hostile-answers-2s': { leastMs: 8000 },
  'hostile-answers-reset': { strikes: 3 },
  'hostile-answers-lost': { strikes: 3 },
  'hostile-portal-some': { strikes: 3 },
  'hostile-cached-posts': { strikes: 3 },
  'hostile-swapped': { strikes: 3 },
  'hostile-delays': { leastMs: 8000 },
  'hostile-slow': { everyMs: 500, largeBytes: 150 * 1024 },
  'hostile-slow-http': { everyMs: 1000, largeBytes: 100 * 1024 },
};

/** Those that take longest begin first. */
const FIRST = ['hostile-slow', 'hostile-slow-http', 'hostile-away-40s', 'hostile-portal-first'];

const inOrder = [...hostileBoxes].sort((a, b) => Number(FIRST.includes(b.name)) - Number(FIRST.includes(a.name)));

/** What flaps changes ten times a second. */
const MAX_CHANGES = 30;

interface Meeting {
  readonly outcome: TalkOutcome;
  readonly strikes: number;
  readonly changes: number;
  readonly figures: string;
}

async function meet(box: HostileBox): Promise<Meeting> {
  const server = await TalkServer.start();
  const running = await box.start(server.port);
  const { strikes = 1, leastMs = 3000, ...options } = DEMANDS[box.name] ?? {};
  const { counts } = running.proxy;
  const talk = new Talk(server, running.origin, {
    ...options,
    isEnough: ({ client, nowMs }) =>
      nowMs > leastMs && counts[box.evidence] >= strikes && client.transport === box.best,
  });
  try {
    const outcome = await talk.run();
    return { outcome, strikes: counts[box.evidence], changes: talk.carriers.length, figures: figuresOf(talk) };
  } finally {
    talk.end();
    await running.stop();
    await server.stop();
  }
}

function figuresOf({ firstEchoMs, carriers, latest }: Talk): string {
  const way = carriers.map(({ name, atMs }) => `${name ?? 'none'} ${Math.round(atMs)}`).join(', ');
  return `first echo ${Math.round(firstEchoMs)} ms; ${way}; latest ${latest.way} ${Math.round(latest.ms)} at ${Math.round(latest.sentAtMs)}`;
}

interface Scene {
  readonly server: TalkServer;
  readonly proxy: HostileProxy;
  readonly origin: string;
}

async function onStage(
  behaviour: Partial<Behaviour>,
  play: (scene: Scene) => Promise<void>,
  options?: ServerOptions,
): Promise<void> {
  const server = await TalkServer.start(options);
  const proxy = await HostileProxy.start(server.port, behaviour);
  try {
    await play({ server, proxy, origin: `http://127.0.0.1:${proxy.port}` });
  } finally {
    await proxy.close();
    await server.stop();
  }
}

describe.concurrent('a session behind', () => {
  for (const box of inOrder) {
    it(`${box.name} loses nothing and ends up on ${box.best}`, async ({ annotate }) => {
      const { outcome, strikes, changes, figures } = await meet(box);
      await annotate(figures);
      expect(outcome).toEqual(ALL_WELL);
      expect(strikes).toBeGreaterThan(0);
      expect(changes).toBeLessThan(MAX_CHANGES);
    });
  }
});

describe.concurrent('a session', () => {
  it('goes back to a WebSocket that is let through again', ({ annotate }) =>
    onStage({ upgrade: 'refuse' }, async ({ server, proxy, origin }) => {
      const talk = new Talk(server, origin, {
        isEnough: ({ client }) => {
          if (client.transport === 'streaming') proxy.set({ upgrade: 'pass' });
          return client.transport === 'websocket';
        },
      });
      expect(await talk.run()).toEqual(ALL_WELL);
      await annotate(figuresOf(talk));
    }));

  it('goes back to a WebSocket that is not cut any more', ({ annotate }) =>
    onStage({ upgradeLifeMs: 2000 }, async ({ server, proxy, origin }) => {
      let wasLeft = false;
      const talk = new Talk(server, origin, {
        isEnough: ({ client }) => {
          if (client.transport === 'streaming') {
            proxy.set({ upgradeLifeMs: Infinity });
            wasLeft = true;
          }
          return wasLeft && client.transport === 'websocket';
        },
      });
      expect(await talk.run()).toEqual(ALL_WELL);
      await annotate(figuresOf(talk));
    }));

  it('notices that an idle connection is half-open, and says what was sent into it', ({ annotate }) =>
    onStage(
      { maxIdleMs: 700 },
      async ({ server, proxy, origin }) => {
        const talk = new Talk(server, origin, {
          everyMs: 100_000,
          isEnough: () => true,
        });
        const away = new Promise<number>((resolve) => {
          talk.client.on('transport', ({ name }) => name === null && resolve(talk.nowMs));
        });
        const echoed = new Promise<void>((resolve) => {
          talk.client.on('message', (data) => data === 'after' && resolve());
        });
        server.holdfast.on('session', (session) => {
          session.on('message', (data) => data === 'into the void' && session.send('after'));
        });
        talk.client.send('echo void');
        await expect.poll(() => proxy.counts.halfOpenConnections, { timeout: 30_000 }).toBeGreaterThan(0);
        talk.client.send('into the void');
        await annotate(`noticed after ${Math.round(await away)} ms`);
        await echoed;
        talk.end();
      },
      { heartbeatIntervalMs: 1500, heartbeatTimeoutMs: 500 },
    ));

  it('hears nothing of another one where answers are swapped and cached', () =>
    onStage({ upgrade: 'refuse', swapShare: 0.15, cacheShare: 0.15 }, async ({ server, proxy, origin }) => {
      const isEnough = (): boolean => proxy.counts.swappedAnswers > 10 && proxy.counts.cachedAnswers > 10;
      const transports = [['streaming'], ['long-polling'], ['polling']] as const;
      const talks = transports.map(
        ([name]) => new Talk(server, origin, { name, client: { transports: [name] }, isEnough }),
      );
      expect(await Promise.all(talks.map((talk) => talk.run()))).toEqual([ALL_WELL, ALL_WELL, ALL_WELL]);
    }));

  it('reads streams by GET where a cache ignores the query', ({ annotate }) =>
    onStage({ isCachingGets: true }, async ({ server, proxy, origin }) => {
      const isEnough = ({ client, nowMs }: Talk): boolean => nowMs > 3000 && client.transport === 'streaming';
      const talks = ['one', 'two'].map(
        (name) => new Talk(server, origin, { name, connect: connectByTicket, isEnough }),
      );
      expect(await Promise.all(talks.map((talk) => talk.run()))).toEqual([ALL_WELL, ALL_WELL]);
      expect(proxy.counts.cachedAnswers).toBe(0);
      await annotate(talks.map(figuresOf).join(' | '));
    }));

  it('reads streams by GET where nothing is wrong', () =>
    onStage({}, async ({ server, proxy, origin }) => {
      const isEnough = ({ client }: Talk): boolean => client.transport === 'streaming';
      const talk = new Talk(server, origin, { connect: connectByTicket, isEnough });
      expect(await talk.run()).toEqual(ALL_WELL);
      expect(proxy.counts.requests).toBeGreaterThan(5);
    }));

  it('does not rise again when its requests are repeated after its end', () =>
    onStage({ upgrade: 'refuse', repeatShare: 1, repeatAfterMs: Infinity }, async ({ server, proxy, origin }) => {
      const sessionCounts: number[] = [];
      server.holdfast.on('session', () => sessionCounts.push(server.holdfast.sessions.size));
      const talk = new Talk(server, origin, { isEnough: () => true });
      expect(await talk.run()).toEqual(ALL_WELL);
      const requestCount = proxy.counts.requests;
      await expect.poll(() => proxy.counts.repeatedRequests, { timeout: 30_000 }).toBe(requestCount);
      // Whatever those do is done when a request after them has been answered.
      await fetch(`${origin}/holdfast`, { method: 'POST', body: 'x' });
      expect([sessionCounts, server.holdfast.sessions.size]).toEqual([[1], 0]);
    }));
});
