import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Endpoint, isOwn } from './support/endpoint.js';
import { Mutator } from './support/mutator.js';
import { openSession, readMessages } from './support/raw-socket.js';
import { within } from './support/wire.js';

/** `SEED=... npx vitest run --project conformance fuzz` repeats a run, as far as its timing can be repeated. */
const SEED = Number(process.env['SEED'] ?? Date.now() % 2 ** 31);

/** Longest time, and most connections. `FUZZ_MS` makes a night of it. */
const FUZZ_MS = Number(process.env['FUZZ_MS'] ?? 15_000);
const MAX_CONNECTIONS = FUZZ_MS;
const PARALLEL = 24;

describe('raw-socket fuzzer', () => {
  // There is no handler for uncaught exceptions in this process: whatever throws, ends it.
  const endpoint = new Endpoint();
  beforeAll(async () => {
    if (isOwn)
      await endpoint.start({
        bodyTimeoutMs: 500,
        handshakeTimeoutMs: 500,
        resumeWindowMs: 1000,
        heartbeatIntervalMs: 1000,
        heartbeatTimeoutMs: 1000,
        maxSessions: 5000,
      });
  });
  afterAll(() => endpoint.stop());

  it(
    `leaves the server alive and a second session undisturbed (SEED=${SEED})`,
    { timeout: FUZZ_MS + 45_000 },
    async () => {
      console.log(`SEED=${SEED}`);
      const mutator = new Mutator(SEED, endpoint);
      const deadline = Date.now() + FUZZ_MS;
      let connectionCount = 0;
      const attackers = Array.from({ length: PARALLEL }, async () => {
        while (Date.now() < deadline && connectionCount < MAX_CONNECTIONS) {
          connectionCount++;
          await attack(endpoint, mutator);
        }
      });
      const rounds = echo(endpoint, () => Date.now() < deadline);
      await Promise.all(attackers);
      const echoCount = await rounds;
      // After all of it, a newcomer is served too.
      const { socket, reader } = await openSession(endpoint.url, {}, '@0', 'tstill here');
      await readMessages(socket, reader, 1);
      socket.cut();
      console.log(`${connectionCount} connections, ${mutator.attachCount} new sessions, ${echoCount} echoes`);
      expect(connectionCount).toBeGreaterThan(200);
      // What it makes up gets beyond the door, too.
      expect(mutator.attachCount).toBeGreaterThan(5);
      expect(echoCount).toBeGreaterThan(50);
      if (!isOwn) return;
      expect(endpoint.stderr).toBe('');
      expect(endpoint.isAlive).toBe(true);
    },
  );
});

/** The second session: its echoes come back in order, and soon. */
async function echo(endpoint: Endpoint, isOn: () => boolean): Promise<number> {
  const { socket, reader } = await openSession(endpoint.url, {}, '@0');
  let count = 0;
  for (; isOn(); count++) {
    socket.send(`techo ${count}`);
    if (count % 100 === 99) socket.send(`k${count}`);
    await readMessages(socket, reader, count + 1, 5000);
    expect(reader.messages[count]).toBe(`echo ${count}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  socket.cut();
  return count;
}

/** One connection, with whatever the mutator makes up for it. */
async function attack(endpoint: Endpoint, mutator: Mutator): Promise<void> {
  const { hostname, port } = new URL(endpoint.url);
  const socket = connect(Number(port), hostname);
  socket.on('error', () => {});
  socket.on('data', (chunk: Buffer) => mutator.learn(chunk));
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  for (const { bytes, pauseMs } of mutator.connection()) {
    if (socket.destroyed) break;
    socket.write(bytes);
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
  leave(socket, mutator);
  await within(10_000, 'the end of a connection', closed).catch(() => socket.destroy());
}

function leave(socket: Socket, mutator: Mutator): void {
  const way = mutator.below(3);
  if (way === 0) socket.resetAndDestroy();
  else if (way === 1) socket.destroy();
  else {
    socket.end();
    setTimeout(() => socket.destroy(), 200);
  }
}
