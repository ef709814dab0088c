import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Endpoint, isOwn } from './support/endpoint.js';
import { Attacker } from './support/fuzz/attackers.js';
import { openSession, readMessages } from './support/raw-socket.js';
import { pause } from './support/wire.js';

/**
 * `SEED=... npx vitest run --project conformance fuzz` repeats a run: what each attacker does follows from the seed and its number, but for what
 * it is answered and when. `FUZZ_ONLY=3,17` lets only those attack, one after the other.
 */
const SEED = Number(process.env['SEED'] ?? Date.now() % 2 ** 31);
const ONLY = (process.env['FUZZ_ONLY'] ?? '').split(',').filter((number) => number !== '');

/** How many attack; `FUZZ_COUNT` makes a night of it. And the longest it may take: whoever has not begun by then stays at home. */
const MAX_ATTACKERS = Number(process.env['FUZZ_COUNT'] ?? 800);
const FUZZ_MS = 75 * MAX_ATTACKERS;
const PARALLEL = 24;

const RESUME_WINDOW_MS = 1000;
const MIB = 1_048_576;

/** More than the process grows by in a run: 60 to 120 MiB of it were seen. */
const MAX_GROWN_BYTES = 256 * MIB;

/** What a run reaches, whatever its seed. The rest of PROTOCOL.md section 7 takes options or limits that this server doesn't have. */
const CODES = [
  'ERR_PACKET',
  'ERR_POSITION',
  'ERR_WINDOW',
  'ERR_BODY_CUT',
  'ERR_BODY_SIZE',
  'ERR_BODY_TIME',
  'ERR_COPY',
  'ERR_TRANSPORT',
  'ERR_TRANSPORTS',
  'ERR_ORDER',
  'ERR_VERSION',
  'ERR_ORIGIN',
  'ERR_HOST',
  'ERR_REFUSED',
  'ERR_HANDSHAKE',
  'ERR_TICKET',
  'ERR_JSONP',
];

describe('raw-socket fuzzer', () => {
  // There is no handler for uncaught exceptions in this process: whatever throws, ends it.
  const endpoint = new Endpoint();
  beforeAll(async () => {
    if (isOwn)
      await endpoint.start({
        bodyTimeoutMs: 500,
        handshakeTimeoutMs: 500,
        resumeWindowMs: RESUME_WINDOW_MS,
        heartbeatIntervalMs: 1000,
        heartbeatTimeoutMs: 1000,
        closeTimeoutMs: 1000,
        maxSessions: 5000,
        jsonp: true,
        // Floods have some thousand messages: more than it takes, so that they are refused.
        windowMessages: 1024,
      });
  });
  afterAll(() => endpoint.stop());

  it(
    `leaves the server alive, small, and a second session undisturbed (SEED=${SEED})`,
    { timeout: FUZZ_MS + 60_000 },
    async () => {
      console.log(`SEED=${SEED} npx vitest run --project conformance fuzz`);
      const before = isOwn ? memoryOf(endpoint) : 0;
      const counts = await attack(endpoint);
      // After all of it, a newcomer is served too.
      const { socket, reader } = await openSession(endpoint.url, {}, '@0', 'tstill here');
      await readMessages(socket, reader, 1);
      socket.cut();
      if (ONLY.length > 0) return;
      expect(counts.attackers).toBeGreaterThan(MAX_ATTACKERS / 2);
      expect(counts.echoes).toBeGreaterThan(50);
      if (!isOwn) return;
      const stats = await settled(endpoint);
      const grownBytes = memoryOf(endpoint) - before;
      const { errors = {}, closes = {}, messagesReceived = 0 } = stats;
      const attaches: Record<string, number> = { ...stats.attaches };
      console.log(
        JSON.stringify({ ...counts, attaches, messagesReceived, errors, closes, grownMiB: grownBytes / MIB }),
      );
      // It gets beyond the door: a shallow fuzzer finds nothing.
      const attachCount = Object.values(attaches).reduce((sum, count) => sum + count, 0);
      expect(attachCount).toBeGreaterThan(counts.attackers / 2);
      for (const [name, count] of Object.entries(attaches)) expect(count, name).toBeGreaterThan(counts.attackers / 50);
      expect(messagesReceived - counts.echoes).toBeGreaterThan(2 * counts.attackers);
      expect(CODES.filter((code) => errors[code] === undefined)).toEqual([]);
      // And nothing of it stays.
      expect(stats).toMatchObject({ sessions: 0, arriving: 0, bufferedBytes: 0, bodyBytes: 0, webSockets: 0 });
      expect(grownBytes).toBeLessThan(MAX_GROWN_BYTES);
      expect(endpoint.stderr).toBe('');
      expect(endpoint.isAlive).toBe(true);
    },
  );
});

interface Counts {
  readonly attackers: number;
  readonly echoes: number;
}

/** Attackers by turns, and beside them a session that must not notice. Says who was at it when something goes wrong. */
async function attack(endpoint: Endpoint): Promise<Counts> {
  const deadline = Date.now() + FUZZ_MS;
  const active = new Set<number>();
  let [next, isBroken] = [0, false];
  const one = async (number: number): Promise<void> => {
    active.add(number);
    await new Attacker(Math.imul(SEED ^ number, 0x9e3779b1), endpoint).run();
    if (!isOwn || endpoint.isAlive) active.delete(number);
  };
  const attackers = Array.from({ length: ONLY.length > 0 ? 1 : PARALLEL }, async () => {
    for (const number of ONLY) await one(Number(number));
    while (ONLY.length === 0 && Date.now() < deadline && next < MAX_ATTACKERS && !isBroken) await one(next++);
  });
  let isOver = false;
  try {
    const rounds = echo(endpoint, () => !isOver);
    rounds.catch(() => {
      isBroken = true;
    });
    await Promise.all(attackers);
    isOver = true;
    return { attackers: next, echoes: await rounds };
  } catch (error) {
    const suspects = Array.from(active).join(',');
    throw new Error(`after ${next} attackers; at it: SEED=${SEED} FUZZ_ONLY=${suspects}\n${endpoint.stderr}`, {
      cause: error,
    });
  }
}

/** The second session: its echoes come back in order, and soon. */
async function echo(endpoint: Endpoint, isOn: () => boolean): Promise<number> {
  const { socket, reader } = await openSession(endpoint.url, {}, '@0');
  let count = 0;
  for (; isOn() || count === 0; count++) {
    socket.send(`techo ${count}`);
    if (count % 100 === 99) socket.send(`k${count}`);
    await readMessages(socket, reader, count + 1, 5000);
    expect(reader.messages[count]).toBe(`echo ${count}`);
    await pause(5);
  }
  socket.cut();
  return count;
}

/** What is counted when all that can end by itself has ended; or after some time, if it never does. */
async function settled(endpoint: Endpoint): Promise<Awaited<ReturnType<Endpoint['order']>>> {
  const deadline = Date.now() + 10 * RESUME_WINDOW_MS;
  for (;;) {
    const stats = await endpoint.order({ measure: true });
    const left = (stats.sessions ?? 0) + (stats.arriving ?? 0) + (stats.bufferedBytes ?? 0) + (stats.webSockets ?? 0);
    if (left === 0 || Date.now() > deadline) return stats;
    await pause(100);
  }
}

/** The most that the server's process has ever occupied. */
function memoryOf(endpoint: Endpoint): number {
  const status = readFileSync(`/proc/${endpoint.pid}/status`, 'utf8');
  return Number(/^VmHWM:\s*(\d+) kB/m.exec(status)?.[1]) * 1024;
}
