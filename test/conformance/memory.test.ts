import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { MessageKind, Order, Report } from './support/echo-server.js';
import { describeOwn, useEndpoint, type Endpoint } from './support/endpoint.js';
import { RawExchange, type Mode } from './support/raw-http.js';
import { openSession, readMessages } from './support/raw-socket.js';
import { newAttach, pause } from './support/wire.js';

const MIB = 1_048_576;
const SESSION_COUNT = 100;
const GIB = 1024 * MIB;

/** As large as they go: only the server's own limits are left. */
const GREEDY = { window: [2 ** 50, 2 ** 50], max: 2 ** 50 };

/** The defaults. With less in all, what kernels keep for a connection would be most of it. */
const MAX_BUFFERED_BYTES = 8 * MIB;
const MAX_TOTAL_BYTES = 512 * MIB;

const TRANSPORTS = ['websocket', 'streaming', 'long-polling', 'polling'] as const;
type Name = (typeof TRANSPORTS)[number];

const MODES: Record<Exclude<Name, 'websocket'>, Mode> = {
  streaming: 'stream',
  'long-polling': 'hold',
  polling: 'poll',
};

const idle: Socket[] = [];

/** Opens a connection, writes, and never reads a byte. */
function neverRead(endpoint: Endpoint, name: Name): void {
  const socket = connect(Number(new URL(endpoint.url).port), '127.0.0.1');
  socket.on('error', () => {});
  socket.pause();
  socket.write(name === 'websocket' ? greedySocket(endpoint) : greedyRequest(endpoint, MODES[name]));
  idle.push(socket);
}

function greedyRequest(endpoint: Endpoint, as: Mode): Buffer {
  const exchange = new RawExchange(endpoint.url);
  const body = exchange.body(as, [newAttach(GREEDY)], { hold: 600_000, size: 2 ** 50 });
  const head = `POST ${endpoint.path} HTTP/1.1\r\nHost: ${endpoint.host}\r\nContent-Type: text/plain\r\nContent-Length: ${body.length}\r\n\r\n`;
  return Buffer.from(head + body);
}

function greedySocket(endpoint: Endpoint): Buffer {
  const head = `GET ${endpoint.path} HTTP/1.1\r\nHost: ${endpoint.host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${Buffer.alloc(16).toString('base64')}\r\n\r\n`;
  const attach = Buffer.from(`${newAttach(GREEDY)}\n`);
  // A masked text frame, with the mask 0.
  return Buffer.concat([
    Buffer.from(head),
    Buffer.from([0x81, 0x80 | 126, attach.length >> 8, attach.length & 255, 0, 0, 0, 0]),
    attach,
  ]);
}

/** What a process occupies now (`VmRSS`), and the most it ever did (`VmHWM`): all of it, garbage and what the allocator keeps included. */
function memoryOf(pid: number, field: 'VmRSS' | 'VmHWM'): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(new RegExp(`^${field}:\\s*(\\d+) kB`, 'm').exec(status)?.[1]) * 1024;
}

function mib(bytes: number): string {
  return `${Math.round(bytes / MIB)} MiB`;
}

interface Offered extends Report {
  readonly grownBytes: number;
}

/** Lets sessions that never read begin, offers everybody something, and says by how much the process has grown at most. */
async function offerAll(
  endpoint: Endpoint,
  names: readonly Name[],
  order: Order & { offer: object },
): Promise<Offered> {
  for (let index = 0; index < SESSION_COUNT; index++) neverRead(endpoint, names[index % names.length] ?? 'websocket');
  let report = await endpoint.order({ measure: true });
  for (; (report.sessions ?? 0) < SESSION_COUNT; report = await endpoint.order({ measure: true })) await pause(20);
  const pid = report.pid ?? 0;
  const before = memoryOf(pid, 'VmRSS');
  const offered = await endpoint.order(order);
  const measured = await endpoint.order({ measure: true });
  const grownBytes = memoryOf(pid, 'VmHWM') - before;
  console.log(
    `${names.join(', ')}: ${JSON.stringify(order.offer)}: counted ${mib(measured.bufferedBytes ?? 0)} in ${measured.sessions ?? 0} sessions, ` +
      `grown by ${mib(grownBytes)} at most`,
  );
  return { ...offered, ...measured, grownBytes };
}

afterEach(() => {
  for (const socket of idle.splice(0)) socket.destroy();
});

describe('a session that never reads', () => {
  const endpoint = useEndpoint();

  it('disturbs no other session', async () => {
    const deaf = await openSession(endpoint.url, GREEDY);
    deaf.socket.ws.pause();
    deaf.socket.send('@0', ...Array.from({ length: 20 }, () => 't!big 1000000'));
    const { socket, reader } = await openSession(endpoint.url, {}, '@0');
    for (let count = 0; count < 100; count++) {
      socket.send(`t${count}`);
      await readMessages(socket, reader, count + 1, 1000);
    }
    deaf.socket.cut();
    socket.cut();
  });
});

// What texts are made of decides what they cost: V8 takes two bytes a character for all of a text that has one beyond Latin-1.
// To look through those costs time, and so it does to refuse them: fewer are offered, but more than may wait.
const SENDS: readonly [names: readonly Name[], kind: MessageKind, bytes: number][] = [
  [['websocket'], 'ascii', GIB],
  [['streaming'], 'ascii', GIB],
  [['long-polling'], 'ascii', GIB],
  [['polling'], 'ascii', GIB],
  [TRANSPORTS, 'wide', 8 * MIB],
  [TRANSPORTS, 'mostly ascii', 8 * MIB],
  [TRANSPORTS, 'binary', GIB],
];

for (const [names, kind, bytes] of SENDS) {
  describeOwn(`100 sessions that never read, ${kind} over ${names.join(', ')}`, {}, (endpoint) => {
    it('make the process grow by less than 1.5 x what is documented, however much they are sent', async () => {
      const offer = { kind, messageBytes: MIB, bytes, isBroadcast: false };
      const result = await offerAll(endpoint, names, { offer });
      // Filled to the brim: whatever they were offered beyond it was refused.
      expect(result.bufferedBytes).toBeLessThanOrEqual(MAX_TOTAL_BYTES);
      expect(result.bufferedBytes).toBeGreaterThan(MAX_TOTAL_BYTES - 3 * MIB);
      expect((result.takenBytes ?? 0) + (result.refusedBytes ?? 0)).toBe(SESSION_COUNT * bytes);
      expect(result.sessions).toBe(SESSION_COUNT);
      expect(result.grownBytes).toBeLessThan(1.5 * MAX_TOTAL_BYTES);
      expect(endpoint.stderr).toBe('');
    });
  });
}

for (const kind of ['ascii', 'binary'] as const) {
  describeOwn(`a broadcast of ${kind} to 100 sessions that never read, and one that does`, {}, (endpoint) => {
    it('ends those with 4901, keeps each message once, and reaches the one', async () => {
      // All connect before it, so that it is the newest.
      const names = TRANSPORTS;
      const ready = offerAll(endpoint, names, {
        offer: { kind, messageBytes: MIB, bytes: 0, isBroadcast: true },
      });
      expect((await ready).sessions).toBe(SESSION_COUNT);
      const { socket, reader } = await openSession(endpoint.url, GREEDY);
      const { pid = 0 } = await endpoint.order({ measure: true });
      const before = memoryOf(pid, 'VmRSS');
      const offered = endpoint.order({ offer: { kind, messageBytes: MIB, bytes: 256 * MIB, isBroadcast: true } });
      for (let count = 1; count <= 256; count++) {
        await readMessages(socket, reader, count, 30_000);
        reader.messages[count - 1] = '';
        socket.send(`k${count}`);
      }
      await offered;
      const { sessions, closes } = await endpoint.order({ measure: true });
      const grownBytes = memoryOf(pid, 'VmHWM') - before;
      console.log(`broadcast of ${kind}: ${JSON.stringify(closes)}, grown by ${mib(grownBytes)} at most`);
      expect(closes).toEqual({ 4901: SESSION_COUNT });
      expect(sessions).toBe(1);
      // The messages once, 256 KB that were handed to each connection, and what one turn leaves lying about. A copy for each would be 800 MiB.
      expect(grownBytes).toBeLessThan(1.5 * (MAX_BUFFERED_BYTES + SESSION_COUNT * 0.25 * MIB) + 64 * MIB);
      expect(endpoint.stderr).toBe('');
      socket.cut();
    });
  });
}

describeOwn('short messages in long frames', {}, (endpoint) => {
  for (const [what, first] of [
    ['that the application sends back', null],
    ['that wait for the application', 't!pause 60000'],
  ] as const) {
    it(`keep nothing alive of what they came in: those ${what}`, async () => {
      const { socket } = await openSession(endpoint.url, GREEDY);
      let at = 0;
      if (first !== null) socket.send(`@${at++}`, first);
      const { pid = 0 } = await endpoint.order({ measure: true });
      const before = memoryOf(pid, 'VmRSS');
      const padding = ' '.repeat(1_000_000);
      for (const end = at + 300; at < end; at++) {
        socket.send(`@${at}`, `tshort message number ${at}`, padding);
        await socket.barrier(20_000);
      }
      const { bufferedBytes } = await endpoint.order({ measure: true });
      expect(bufferedBytes).toBeGreaterThan(300 * 128);
      expect(memoryOf(pid, 'VmHWM') - before).toBeLessThan(100 * MIB);
      socket.cut();
    });
  }
});
