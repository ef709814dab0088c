import { once } from 'node:events';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { refuse, Server } from '@holdfast/server';
import { describe, expect, it } from 'vitest';
import { CERTIFICATE } from '../../packages/server/src/testing/certificate.js';
import { boxes } from '../boxes/index.js';
import { shut } from '../matrix/pair.js';
import { QUICK, reportOf, run } from './command.js';
import { idsOf, later, putBehind, startPatient } from './patient.js';

/** An https server. */
async function startTls(): Promise<number> {
  const https = createServer(CERTIFICATE);
  const holdfast = new Server({ doctor: true });
  holdfast.attach(https);
  https.listen(0, '127.0.0.1');
  await once(https, 'listening');
  later(async () => {
    await holdfast.close({ drainMs: 0 });
    await shut(https);
  });
  return (https.address() as AddressInfo).port;
}

describe('holdfast-doctor', () => {
  it('tells how it is used', async () => {
    const { status, stdout, stderr } = await run(['--help']);
    expect([status, stderr]).toEqual([0, '']);
    for (const option of ['--json', '--timeout', '--transport', '--header', '--long', '--origin']) {
      expect(stdout).toContain(option);
    }
    expect(stdout).toMatch(/64 {2}the command line makes no sense/);
  });

  it.each([
    [[], /Give one address/],
    [['http://a/x', 'http://b/x'], /Give one address/],
    [['shop.example/holdfast'], /shop\.example\/holdfast is no address/],
    [['https://shop.example'], /has no path: .* https:\/\/shop\.example\/holdfast/],
    [['--transport', 'pigeon', 'http://a/x'], /pigeon is no transport: websocket, streaming/],
    [['--header', 'nonsense', 'http://a/x'], /'Name: value'/],
    [['--timeout', 'soon', 'http://a/x'], /0\.5 to 600 seconds, not soon/],
    [['--auth', 'token', 'http://a/x'], /--auth takes JSON/],
    [['--faster', 'http://a/x'], /--faster/],
  ])('says what is wrong with %j', async (args, message) => {
    const { status, stdout, stderr } = await run(args);
    expect([status, stdout]).toEqual([64, '']);
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/\n {4}at /);
  });

  it('exits with 0 and says so in plain words where everything passes', async () => {
    const { url } = await startPatient();
    const { status, stdout, stderr } = await run([...QUICK, url]);
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toContain('All that was tried gets through.');
    expect(stdout).toMatch(/✓ WebSocket {6}attached in \d+ ms, first echo after \d+ ms, round trip [\d.]+ ms/);
    expect(stdout.match(/✓/g)).toHaveLength(4);
  });

  it('exits with 1 and names the lines to paste where it could be better', async () => {
    const patient = await startPatient();
    const box = boxes.find(({ name }) => name === 'nginx-default') ?? expect.fail('no such box');
    const { origin } = await putBehind(box, patient);
    const { status, stdout } = await run([...QUICK, `${origin}/holdfast`]);
    expect(status).toBe(1);
    expect(stdout).toContain('! A proxy takes the Upgrade header away');
    expect(stdout).toContain('      proxy_set_header Upgrade $http_upgrade;\n');
    expect(stdout).toMatch(/In between: server: nginx\/1/);
  });

  it('exits with 2 where nobody listens', async () => {
    const patient = await startPatient();
    const { url } = patient;
    await patient.stop();
    const report = await reportOf([url]);
    expect([report.status, report.verdict, ...idsOf(report)]).toEqual([2, 'nothing', 'refused']);
  });

  it('tells http and https from each other', async () => {
    const port = await startTls();
    expect(idsOf(await reportOf([`http://127.0.0.1:${port}/holdfast`]))).toEqual(['no-answer']);
    const { url } = await startPatient();
    expect(idsOf(await reportOf([url.replace('http:', 'https:')]))).toEqual(['not-tls']);
  });

  it('speaks as a page of an origin', async () => {
    const { url } = await startPatient({ origins: ['https://friend.example'] });
    expect(idsOf(await reportOf(['--origin', 'https://foe.example', url]))).toEqual(['server-origin']);
    expect(idsOf(await reportOf(['--origin', 'https://friend.example', url]))).toEqual([]);
  });

  it('says who it is, by auth or by header', async () => {
    const { url } = await startPatient({
      authorize: ({ auth, request }) => auth === 'sesame' || request.headers.cookie === 'a=b' || refuse('log in'),
    });
    const report = await reportOf([url]);
    expect([report.status, ...idsOf(report)]).toEqual([2, 'server-refused']);
    expect(report.findings[0]?.text).toContain('log in');
    expect(idsOf(await reportOf(['--auth', '"sesame"', url]))).toEqual([]);
    expect(idsOf(await reportOf(['--header', 'Cookie: a=b', '--origin', new URL(url).origin, url]))).toEqual([]);
  });

  it('tells from outside what can be told, and begins sessions of the application only if it may', async () => {
    const patient = await startPatient({ doctor: false });
    const outside = await reportOf([patient.url]);
    expect([outside.status, patient.sessionCount, ...idsOf(outside)]).toEqual([0, 0, 'not-all-tried']);
    expect(outside.observations).toMatchObject({ doctor: 'off', upgrade: { outcome: 'ours' }, stream: null });
    expect(outside.observations.upload?.passedBytes).toBe(1_000_000);
    const inside = await reportOf(['--sessions', patient.url]);
    expect(idsOf(inside)).toEqual([]);
    expect(inside.observations.stream).toMatchObject({ isWhole: true });
    expect(inside.transports.every(({ attachMs }) => attachMs !== null)).toBe(true);
    expect(patient.sessionCount).toBeGreaterThanOrEqual(4);
  });

  it('tries one transport if it is told to', async () => {
    const { url } = await startPatient();
    const { transports, observations } = await reportOf(['--transport', 'websocket', url]);
    expect(transports.map(({ name, works }) => [name, works])).toEqual([['websocket', true]]);
    expect([observations.stream, observations.hold, observations.upload]).toEqual([null, null, null]);
  });
});
