import { createServer, request } from 'node:http';
import { connect, createServer as createNetServer } from 'node:net';
import { text } from 'node:stream/consumers';
import { examine, formatReport, type ExamineOptions, type Report } from 'holdfast-doctor';
import { describe, expect, it } from 'vitest';
import { HostileProxy } from '../matrix/hostile-proxy.js';
import { listen, shut } from '../matrix/pair.js';
import type { Behaviour } from '../matrix/proxy-behaviour.js';
import { idsOf, later, Patient, startPatient } from './patient.js';

/** Without WebSocket, and quick. */
const HTTP: ExamineOptions = { transports: ['streaming', 'long-polling', 'polling'], watchMs: 1500 };

async function examineThrough(behaviour: Partial<Behaviour>, options: ExamineOptions = HTTP): Promise<Report> {
  const patient = await Patient.start();
  const proxy = await HostileProxy.start(patient.port, behaviour);
  try {
    return await examine(`http://127.0.0.1:${proxy.port}/holdfast`, options);
  } finally {
    await proxy.close();
    await patient.stop();
  }
}

describe('the doctor behind a hostile proxy', () => {
  it.concurrent('finds request bodies cut at 64 KB', async () => {
    const report = await examineThrough({ maxRequestBytes: 65_536, requestOverflow: 'cut' });
    expect(idsOf(report)).toEqual(['requests-limited']);
    const { passedBytes = 0, failedBytes = 0 } = report.observations.upload ?? {};
    expect(passedBytes).toBeLessThanOrEqual(65_536);
    expect(failedBytes).toBeGreaterThan(65_536);
  });

  it.concurrent('finds a proxy that lets one connection through at a time', async () => {
    const report = await examineThrough({ maxConnections: 1 });
    expect(idsOf(report)).toContain('one-at-a-time');
  });

  it.concurrent('finds what was added to answers', async () => {
    const report = await examineThrough({ isAppendingScript: true });
    expect(idsOf(report)).toEqual(['answers-altered']);
    expect(report.observations.added).toMatch(/^<script/);
  });

  it.concurrent('finds answers that come to the wrong requests', async () => {
    expect(idsOf(await examineThrough({ swapShare: 0.2 }))).toContain('answers-swapped');
  });

  it.concurrent('finds answers that are lost after they were processed', async () => {
    const report = await examineThrough({ loseAnswerShare: 0.2 });
    expect(idsOf(report)).toContain('answers-lost');
    expect(report.observations.losses?.processedCount).toBeGreaterThan(0);
  });

  it.concurrent('finds a cache that ignores the query string', async () => {
    const report = await examineThrough({ isCachingGets: true });
    expect([idsOf(report), report.observations.cached, report.exitStatus]).toEqual([['gets-cached'], 'path', 0]);
  });

  it.concurrent('finds streams and held requests that are cut at 2 s', async () => {
    const report = await examineThrough({ maxAnswerMs: 1000 }, { ...HTTP, watchMs: 3500 });
    expect(idsOf(report)).toEqual(['stream-cut', 'hold-cut']);
  });

  it.concurrent('finds WebSockets that are forgotten while nothing is said', async () => {
    const report = await examineThrough({ maxIdleMs: 1000 }, { transports: ['websocket'], watchMs: 2500 });
    expect(idsOf(report)).toEqual(['websocket-goes-silent']);
  });

  it.concurrent('finds a WebSocket that is reset after 2 s though it is used', async () => {
    const report = await examineThrough({ upgradeLifeMs: 2000 }, { transports: ['websocket'], watchMs: 3500 });
    expect(idsOf(report)).toEqual(['websocket-cut']);
    expect(report.observations.idle?.closedMs).toBeLessThan(3000);
  });

  it.concurrent('takes a login page for no Holdfast server', async () => {
    const report = await examineThrough({ portalMs: 60_000 });
    expect([idsOf(report), report.exitStatus]).toEqual([['not-holdfast'], 2]);
  });
});

describe('the doctor', () => {
  it('finds that addresses change between requests', async () => {
    let count = 0;
    const patient = await startPatient({
      authorize: () => {
        proxy.set({ sourceAddress: `127.0.0.${2 + (count++ % 3)}` });
        return true;
      },
    });
    const proxy = await HostileProxy.start(patient.port);
    later(() => proxy.close());
    const report = await examine(`http://127.0.0.1:${proxy.port}/holdfast`, HTTP);
    expect(idsOf(report)).toEqual(['address-changes']);
    expect(report.observations.addressCount).toBeGreaterThan(1);
    expect(JSON.stringify(report)).not.toContain('127.0.0.2');
  });

  it('finds that requests reach several servers', async () => {
    const ports = [(await startPatient()).port, (await startPatient()).port];
    let count = 0;
    const balancer = createNetServer((socket) => {
      const server = connect(ports[count++ % 2] ?? 0, '127.0.0.1');
      socket.pipe(server).pipe(socket);
      for (const end of [socket, server]) end.on('error', () => socket.destroy());
    });
    later(() => shut(balancer));
    const port = await listen(balancer);
    const report = await examine(`http://127.0.0.1:${port}/holdfast`, { ...HTTP, timeoutMs: 3000 });
    expect(idsOf(report)).toContain('several-servers');
  });

  it('finds another version of the protocol', async () => {
    const patient = await startPatient();
    // The server is a real one; what reaches it was written by a client of the future.
    const translator = createServer((incoming, outgoing) => {
      void text(incoming).then((body) => {
        const onward = request(patient.url, { method: 'POST', agent: false }, (answer) => {
          outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
          answer.pipe(outgoing);
        });
        onward.end(body.replaceAll('"v":1', '"v":2'));
      });
    });
    later(() => shut(translator));
    const port = await listen(translator);
    const report = await examine(`http://127.0.0.1:${port}/holdfast`, HTTP);
    expect([idsOf(report), report.exitStatus]).toEqual([['server-version'], 2]);
  });

  it('answers heartbeats while it watches', async () => {
    const { url } = await startPatient({ heartbeatIntervalMs: 400, heartbeatTimeoutMs: 400 });
    const report = await examine(url, { watchMs: 3000 });
    expect(idsOf(report), formatReport(report)).toEqual([]);
    expect(report.observations.stream?.endMs).toBeGreaterThan(2900);
  });

  it('finds a server that does not answer to the host name', async () => {
    const { url } = await startPatient({ hosts: ['shop.example'] });
    expect(idsOf(await examine(url, HTTP))).toEqual(['server-host']);
  });

  it('finds where only WebSockets are let through', async () => {
    const patient = await startPatient();
    const gate = createServer((_request, response) => response.writeHead(403).end('no'));
    later(patient.holdfast.attach(gate, { requests: false }));
    later(() => shut(gate));
    const port = await listen(gate);
    const report = await examine(`http://127.0.0.1:${port}/holdfast`, { watchMs: 1000 });
    expect(idsOf(report)).toContain('post-blocked');
    expect([report.transports.filter(({ works }) => works).length, report.exitStatus]).toEqual([1, 1]);
  });
});
