import type { ClientSession, NodeConnectOptions } from '@holdfast/client';
import type { TransportName } from '@holdfast/protocol';
import { refuse, Server, type CloseEvent, type ServerOptions, type ServerSession } from '@holdfast/server';
import { describe, expect, it } from 'vitest';
import { closed, collect } from './exchange.js';
import { Pair } from './pair.js';

const ALL: readonly TransportName[] = ['websocket', 'streaming', 'long-polling', 'polling'];

interface Setting {
  readonly server?: ServerOptions;
  readonly client?: NodeConnectOptions;
}

/** Runs a test with a session that is open, and cleans up. */
async function withSession(
  transport: TransportName,
  { server = {}, client = {} }: Setting,
  run: (client: ClientSession, server: ServerSession, pair: Pair) => Promise<void>,
): Promise<void> {
  const pair = await Pair.start({ server, client: { transports: [transport], ...client } });
  try {
    const opened = event(pair.client, 'open');
    const accepted = await pair.accepted;
    await opened;
    await run(pair.client, accepted, pair);
  } finally {
    await pair.end();
  }
}

/** Resolves with the next event of that name. */
function event<T = unknown>(
  emitter: { once(name: never, listener: (value: never) => void): unknown },
  name: string,
): Promise<T> {
  return new Promise((resolve) => {
    (emitter as { once(name: string, listener: (value: T) => void): unknown }).once(name, resolve);
  });
}

/** Sends until there should be no more for now; returns what was sent. */
function fill(end: { send(data: string): boolean }): string[] {
  const sent: string[] = [];
  for (;;) {
    const message = `${sent.length} ${'x'.repeat(10_000)}`;
    sent.push(message);
    if (!end.send(message)) return sent;
  }
}

describe.concurrent.each(ALL)('a session over %s', (transport) => {
  it('ends where its client says so, after all that was sent', async () => {
    await withSession(transport, {}, async (client, server) => {
      const { messages } = collect(server);
      client.send('last words');
      const ends = Promise.all([closed(client), closed(server)]);
      client.close(3001, 'bye');
      expect(client.state).toBe('closing');
      const event: CloseEvent = { code: 3001, reason: 'bye', unconfirmed: [] };
      expect(await ends).toEqual([event, event]);
      expect(messages).toEqual(['last words']);
      expect([client.state, server.state]).toEqual(['closed', 'closed']);
    });
  });

  it('ends where its server says so, after all that was sent', async () => {
    await withSession(transport, {}, async (client, server) => {
      const { messages } = collect(client);
      server.send('last words');
      const ends = Promise.all([closed(client), closed(server)]);
      server.close(4000, 'that was all');
      const event: CloseEvent = { code: 4000, reason: 'that was all', unconfirmed: [] };
      expect(await ends).toEqual([event, event]);
      expect(messages).toEqual(['last words']);
    });
  });

  it('tells both applications what is not known to have arrived, once the resume window has passed', async () => {
    const server = { resumeWindowMs: 1000, heartbeatIntervalMs: 500, heartbeatTimeoutMs: 500 };
    await withSession(transport, { server }, async (client, accepted, { proxy, holdfast }) => {
      const { id } = client;
      const away = event(client, 'transport');
      const reset = event<CloseEvent>(client, 'reset');
      const serverEnd = closed(accepted);
      proxy.set({ isDown: true });
      accepted.send('down');
      await away;
      client.send('up');
      expect(client.state).toBe('away');
      const { code, unconfirmed } = await serverEnd;
      expect(code).toBe(4900);
      expect(unconfirmed.map(({ data }) => data)).toEqual(['down']);
      const again = event<ServerSession>(holdfast, 'session');
      const opened = event(client, 'open');
      proxy.set({ isDown: false });
      const lost = await reset;
      expect(lost.code).toBe(4900);
      // Whether it was sent depends on how far a last attempt came.
      expect(lost.unconfirmed.map(({ data }) => data)).toEqual(['up']);
      const successor = await again;
      await opened;
      expect(client.id).toBe(successor.id);
      expect(client.id).not.toBe(id);
      const { messages, until } = collect(successor);
      client.send('in the new session');
      await until(1);
      expect(messages).toEqual(['in the new session']);
    });
  });

  it('knows that what it could not send has not arrived', async () => {
    await withSession(transport, { client: { closeTimeoutMs: 100 } }, async (client) => {
      client.use([]);
      client.send('never');
      const ended = closed(client);
      client.close(3002);
      expect(await ended).toEqual({ code: 3002, reason: '', unconfirmed: [{ data: 'never', sent: false }] });
    });
  });

  it('closes instead of beginning anew where it is told to', async () => {
    const server = { resumeWindowMs: 1000, heartbeatIntervalMs: 500, heartbeatTimeoutMs: 500 };
    await withSession(transport, { server, client: { renew: false } }, async (client, accepted, { proxy }) => {
      const ends = [closed(client), closed(accepted)];
      proxy.set({ isDown: true });
      await ends[1];
      proxy.set({ isDown: false });
      expect((await ends[0])?.code).toBe(4900);
      expect(client.state).toBe('closed');
    });
  });

  it('begins anew when the server restarts, when that says', async () => {
    await withSession(transport, {}, async (client, accepted, { http, holdfast }) => {
      const { messages } = collect(client);
      const arrived = collect(accepted);
      client.send('before');
      await arrived.until(1);
      accepted.send('delivered before the end');
      let resetAt = Infinity;
      const reset = event<CloseEvent>(client, 'reset');
      client.once('reset', () => (resetAt = performance.now()));
      await holdfast.close({ drainMs: 60_000, retryAfterMs: 1500, spreadMs: 0 });
      const { code, unconfirmed } = await reset;
      expect([code, unconfirmed]).toEqual([1012, []]);
      expect(messages).toEqual(['delivered before the end']);
      expect(arrived.messages).toEqual(['before']);
      const next = new Server();
      next.attach(http);
      const opened = event(client, 'open');
      const successor = await event<ServerSession>(next, 'session');
      await opened;
      expect(performance.now() - resetAt).toBeGreaterThan(1450);
      expect(successor.id).toBe(client.id);
      const ended = closed(client);
      client.close();
      await ended;
      await next.close({ drainMs: 0, retryAfterMs: 0, spreadMs: 0 });
    });
  });

  it.each(['up', 'down'])('holds back what is sent %s to who is paused, and lets it go on', async (direction) => {
    const limits = { highWaterMarkBytes: 200_000, windowBytes: 100_000, maxBufferedBytes: 4_194_304 };
    await withSession(transport, { server: limits, client: limits }, async (client, server) => {
      const [from, to] = direction === 'up' ? [client, server] : [server, client];
      const { messages, until } = collect(to);
      from.send('first');
      await until(1);
      to.pause();
      const sent = fill(from);
      expect(from.bufferedAmount).toBeGreaterThanOrEqual(limits.highWaterMarkBytes);
      // What goes the other way isn't held back.
      const back = collect(from);
      to.send('still here');
      await back.until(1);
      expect(messages).toEqual(['first']);
      const drained = event(from, 'drain');
      to.resume();
      await drained;
      await until(1 + sent.length);
      expect(messages).toEqual(['first', ...sent]);
    });
  });

  it('agrees on a subprotocol, and keeps user and data', async () => {
    const server: ServerOptions = {
      protocols: ['v2', 'v1'],
      authorize: ({ auth }) => (auth === 'token' ? { name: 'Ada' } : refuse('log in first')),
    };
    const client = { protocols: ['v3', 'v1'], auth: () => Promise.resolve('token') };
    await withSession(transport, { server, client }, async (session, accepted) => {
      expect([session.protocol, accepted.protocol]).toEqual(['v1', 'v1']);
      expect(accepted.user).toEqual({ name: 'Ada' });
      accepted.data = { room: 1 };
      const back = event(session, 'transport');
      session.reconnect();
      await back;
      expect(accepted.data).toEqual({ room: 1 });
    });
  });

  it('ends with 4902 where authorize refuses', async () => {
    const pair = await Pair.start({
      server: { authorize: () => refuse('log in first') },
      client: { transports: [transport] },
    });
    try {
      const { code, reason } = await closed(pair.client);
      expect(code).toBe(4902);
      expect(reason).toContain('log in first');
      expect(pair.holdfast.sessions.size).toBe(0);
    } finally {
      await pair.end();
    }
  });

  it('notices a half-open connection within heartbeat and timeout, and goes on', async () => {
    const server = { heartbeatIntervalMs: 1000, heartbeatTimeoutMs: 500 };
    await withSession(transport, { server }, async (client, accepted, { proxy }) => {
      const up = collect(accepted);
      const down = collect(client);
      client.send('1');
      await up.until(1);
      proxy.freeze();
      client.send('2');
      accepted.send('a');
      await Promise.all([up.until(2), down.until(1)]);
      expect([up.messages, down.messages]).toEqual([['1', '2'], ['a']]);
    });
  });
});
