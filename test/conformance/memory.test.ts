import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { describeOwn, useEndpoint, type Endpoint } from './support/endpoint.js';
import { RawExchange } from './support/raw-http.js';
import { openSession, readMessages } from './support/raw-socket.js';
import { newAttach, pause } from './support/wire.js';

const MIB = 1_048_576;
const SESSION_COUNT = 100;
const OFFERED_BYTES = 1024 * MIB;

/** As large as they go: only the server's own limits are left. */
const GREEDY = { window: [2 ** 50, 2 ** 50], max: 2 ** 50 };

const OPTIONS = { maxBufferedBytes: 8 * MIB, maxTotalBufferedBytes: 256 * MIB };

const idle: Socket[] = [];

/** Opens a connection, writes, and never reads a byte. */
function neverRead(endpoint: Endpoint, bytes: Buffer): void {
  const socket = connect(Number(new URL(endpoint.url).port), '127.0.0.1');
  socket.on('error', () => {});
  socket.pause();
  socket.write(bytes);
  idle.push(socket);
}

function greedyRequest(endpoint: Endpoint, as: 'hold' | 'stream'): Buffer {
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

/** What a process occupies now (`VmRSS`), and the most it ever did (`VmHWM`). */
function memoryOf(pid: number, field: 'VmRSS' | 'VmHWM'): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(new RegExp(`^${field}:\\s*(\\d+) kB`, 'm').exec(status)?.[1]) * 1024;
}

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

afterEach(() => {
  for (const socket of idle.splice(0)) socket.destroy();
});

for (const isBroadcast of [false, true]) {
  describeOwn(
    `100 sessions that never read, ${isBroadcast ? 'broadcast to' : 'sent to one by one'}`,
    OPTIONS,
    (endpoint) => {
      it('cost no more than 1.5 x the documented sum when they are offered 1 GB each', async () => {
        for (let index = 0; index < SESSION_COUNT; index++) {
          neverRead(
            endpoint,
            index % 2 === 0 ? greedySocket(endpoint) : greedyRequest(endpoint, index % 4 === 1 ? 'hold' : 'stream'),
          );
        }
        let report = await endpoint.order({ measure: true });
        for (; report.sessions !== SESSION_COUNT; report = await endpoint.order({ measure: true })) await pause(20);
        const pid = report.pid ?? 0;
        const before = memoryOf(pid, 'VmRSS');
        const offered = await endpoint.order({ offer: { messageBytes: MIB, bytes: OFFERED_BYTES, isBroadcast } });
        const { bufferedBytes = 0, sessions } = await endpoint.order({ measure: true });
        const grownBytes = memoryOf(pid, 'VmRSS') - before;
        const mib = (bytes: number): string => `${Math.round(bytes / MIB)} MiB`;
        console.log(
          `${isBroadcast ? 'broadcast' : 'send'}: taken ${mib(offered.takenBytes ?? 0)}, refused ${mib(offered.refusedBytes ?? 0)}, ` +
            `buffered ${mib(bufferedBytes)} in ${sessions ?? 0} sessions, grown by ${mib(grownBytes)} ` +
            `(with what was not collected, at most ${mib(memoryOf(pid, 'VmHWM') - before)})`,
        );
        const documentedBytes = Math.min(OPTIONS.maxTotalBufferedBytes, SESSION_COUNT * OPTIONS.maxBufferedBytes);
        expect(bufferedBytes).toBeLessThanOrEqual(documentedBytes);
        expect(grownBytes).toBeLessThan(1.5 * documentedBytes);
        if (!isBroadcast)
          expect((offered.takenBytes ?? 0) + (offered.refusedBytes ?? 0)).toBe(SESSION_COUNT * OFFERED_BYTES);
        // And whoever reads is served as before.
        const { socket, reader } = await openSession(endpoint.url, {}, '@0', 't!who');
        await readMessages(socket, reader, isBroadcast ? 1 : 0);
        socket.cut();
        expect(endpoint.stderr).toBe('');
      });
    },
    ['--expose-gc'],
  );
}
