import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { diagnose, ROWS } from './diagnosis.js';
import type { Observations, UpgradeSeen } from './observations.js';
import { conclude, formatReport } from './report.js';

/** Everything passes. */
const FINE: Observations = {
  url: 'https://shop.example/holdfast',
  engine: 'node',
  knock: { outcome: 'ours', ms: 3 },
  doctor: 'on',
  refusal: null,
  ownPages: 'let in',
  upgrade: { outcome: 'ours', openMs: 2, ms: 1 },
  transports: [
    { name: 'websocket', works: true, attachMs: 4, firstEchoMs: 5, roundTripMs: 1, why: '' },
    { name: 'polling', works: true, attachMs: 4, firstEchoMs: 5, roundTripMs: 1, why: '' },
  ],
  stream: { askedMs: 6000, firstMs: 3, echoMs: 2, endMs: 6004, isWhole: true, encoding: '' },
  hold: { askedMs: 6000, endMs: 6003, isWhole: true, answer: null },
  idle: { askedMs: 6000, closedMs: null, isAnswered: true },
  upload: { passedBytes: 1_000_000, failedBytes: null, cutAtBytes: null, answer: null, failure: null },
  download: { passedBytes: 240_000, failedBytes: null, cutAtBytes: null, answer: null, failure: null },
  losses: { requestCount: 24, failedCount: 0, processedCount: 0 },
  beside: { ms: 3, heldMs: 1100 },
  cached: false,
  swappedCount: 0,
  chanceCount: 0,
  added: '',
  addressCount: 1,
  instanceCount: 1,
  http: { toUs: '1.1', toServer: '1.1' },
  between: [],
  server: { heartbeatMs: 20_000, holdMs: 20_000 },
};

const ANSWER = { status: 403, headers: { server: 'haproxy' }, beginning: '<h1>No</h1>' };
const failed = (code: string, message = code): Partial<Observations> => ({
  knock: { outcome: 'failed', failure: { code, message } },
  upgrade: null,
  transports: [],
});
const upgraded = (upgrade: UpgradeSeen): Partial<Observations> => ({ upgrade });
const refused = (code: string): Partial<Observations> => ({
  knock: { outcome: 'refused', code, message: 'no' },
  transports: [],
});
const foreign = (status: number, headers = {}): Partial<Observations> => ({
  knock: { outcome: 'foreign', answer: { status, headers, beginning: '<html>' } },
  upgrade: { outcome: 'foreign', answer: { status, headers, beginning: '<html>' } },
  transports: [],
});
const stream = { askedMs: 6000, firstMs: 3, echoMs: 2, endMs: 6004, isWhole: true, encoding: '' };

/** What is seen, and what it means; the text names the figures. */
const CASES: readonly (readonly [string, Partial<Observations>, RegExp])[] = [
  ['dns', failed('ENOTFOUND'), /DNS/],
  ['refused', failed('ECONNREFUSED'), /server running/],
  ['unreachable', failed('EHOSTUNREACH'), /firewall/],
  ['certificate-expired', failed('CERT_HAS_EXPIRED'), /Renew/],
  ['certificate-name', failed('ERR_TLS_CERT_ALTNAME_INVALID'), /name/],
  ['certificate-unknown', failed('DEPTH_ZERO_SELF_SIGNED_CERT'), /NODE_EXTRA_CA_CERTS/],
  ['certificate-unknown', failed('UNABLE_TO_VERIFY_LEAF_SIGNATURE'), /full chain/],
  ['not-tls', failed('EPROTO'), /no TLS/],
  ['no-answer', failed('TIMEOUT'), /swallows/],
  ['no-answer', failed('ECONNRESET'), /https/],
  ['redirected', foreign(301, { location: 'https://shop.example/' }), /https:\/\/shop\.example\//],
  ['not-holdfast', foreign(200, { server: 'nginx' }), /nginx/],
  ['server-origin', refused('ERR_ORIGIN'), /origins/],
  ['server-host', refused('ERR_HOST'), /hosts/],
  ['server-version', refused('ERR_VERSION'), /versions/],
  ['server-full', { refusal: { code: 'ERR_FULL', message: 'later' } }, /maxSessions/],
  ['server-refused', { refusal: { code: 'ERR_REFUSED', message: 'log in' } }, /log in/],
  ['own-pages-refused', { ownPages: 'refused' }, /https:\/\/shop\.example is a foreign one/],
  ['upgrade-stripped', upgraded({ outcome: 'stripped' }), /plain GET/],
  ['upgrade-answered', upgraded({ outcome: 'foreign', answer: ANSWER }), /403 by haproxy/],
  ['upgrade-black-holed', upgraded({ outcome: 'black-hole', waitedMs: 5000 }), /5\.0 s/],
  ['websocket-mute', upgraded({ outcome: 'mute', waitedMs: 5000 }), /101/],
  ['websocket-closed', upgraded({ outcome: 'closed', code: 1006 }), /1006/],
  ['upgrade-failed', upgraded({ outcome: 'failed', failure: { code: 'X', message: 'reset' } }), /reset/],
  ['upgrade-refused', upgraded({ outcome: 'refused', code: 'ERR_ORIGIN', message: 'not you' }), /not you/],
  ['websocket-cut', { idle: { askedMs: 6000, closedMs: 3010, isAnswered: false } }, /20\.0 s/],
  ['websocket-goes-silent', { idle: { askedMs: 6000, closedMs: null, isAnswered: false } }, /6\.0 s/],
  ['post-blocked', { knock: { outcome: 'foreign', answer: ANSWER } }, /403/],
  ['responses-buffered', { stream: { ...stream, firstMs: 6001, echoMs: null } }, /long polling/],
  ['responses-buffered', { stream: { ...stream, firstMs: null, echoMs: null, endMs: 9000, isWhole: false } }, /end/],
  ['responses-delayed', { stream: { ...stream, echoMs: 5500 } }, /5\.5 s/],
  ['responses-delayed', { stream: { ...stream, echoMs: 200 } }, /200 ms/],
  ['stream-cut', { stream: { ...stream, endMs: 2002, isWhole: false } }, /sign of life/],
  ['hold-cut', { hold: { askedMs: 6000, endMs: 3004, isWhole: false, answer: ANSWER } }, /haproxy/],
  ['one-at-a-time', { beside: { ms: 1105, heldMs: 1100 } }, /1\.1 s/],
  [
    'requests-limited',
    { upload: { ...FINE.upload, passedBytes: 64_000, failedBytes: 66_000, answer: ANSWER } as never },
    /64 KB/,
  ],
  [
    'responses-limited',
    { download: { ...FINE.download, passedBytes: 60_000, failedBytes: 70_000, cutAtBytes: 65_536 } as never },
    /60 KB/,
  ],
  ['answers-lost', { losses: { requestCount: 24, failedCount: 6, processedCount: 5 } }, /5 of them/],
  ['answers-lost', { losses: { requestCount: 24, failedCount: 6, processedCount: 0 } }, /not known/],
  ['connections-break', { chanceCount: 2 }, /2 of those/],
  ['answers-swapped', { swappedCount: 1 }, /foreign/],
  ['gets-cached', { cached: true }, /twice/],
  ['answers-altered', { added: '<script>' }, /<script>/],
  ['responses-compressed', { stream: { ...stream, encoding: 'gzip' } }, /gzip/],
  ['http-1.0', { http: { toUs: '1.1', toServer: '1.0' } }, /to the server/],
  ['http-1.0', { http: { toUs: '1.0', toServer: '1.1' } }, /to us/],
  ['address-changes', { addressCount: 3 }, /3 addresses/],
  ['several-servers', { instanceCount: 2 }, /2 server processes/],
  ['not-all-tried', { doctor: 'off', stream: null }, /--sessions/],
  ['doctor-full', { doctor: 'refused', refusal: { code: 'ERR_FULL', message: 'later' } }, /later/],
];

describe('diagnose', () => {
  it('finds nothing where everything passes', () => {
    expect(diagnose(FINE)).toEqual([]);
  });

  it.each(CASES)('%s', (id, seen, text) => {
    const findings = diagnose({ ...FINE, ...seen });
    expect(findings.map((finding) => finding.id)).toEqual([id]);
    expect(`${findings[0]?.title ?? ''} ${findings[0]?.text ?? ''}`).toMatch(text);
  });

  it('has a case here for each of its rows, and no name twice', () => {
    const ids = ROWS.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect([...new Set(CASES.map(([id]) => id))].sort()).toEqual([...ids].sort());
  });

  it('is documented row by row', () => {
    const text = readFileSync(new URL('../../../docs/doctor.md', import.meta.url), 'utf8');
    const sections = text.slice(text.indexOf('## What it finds')).split('\n### ').slice(1);
    const documented = sections.flatMap((section, index) =>
      Array.from(section.matchAll(/^\| (`.*?) \|/gm), ([, cell = '']) => cell)
        .flatMap((cell) => Array.from(cell.matchAll(/`([^`]+)`/g), ([, id = '']) => id))
        .map((id) => [id, (['nothing', 'worse', 'note'] as const)[index]]),
    );
    expect(documented.sort()).toEqual(ROWS.map(({ id, severity }) => [id, severity]).sort());
  });

  it('puts first what matters most', () => {
    const findings = diagnose({
      ...FINE,
      cached: true,
      upgrade: { outcome: 'stripped' },
      refusal: { code: 'ERR_REFUSED', message: '' },
    });
    expect(findings.map(({ severity }) => severity)).toEqual(['nothing', 'worse', 'note']);
  });

  it('advises on the box that has shown itself', () => {
    const [finding] = diagnose({ ...FINE, upgrade: { outcome: 'stripped' }, between: ['server: nginx/1.22.1'] });
    expect(new Set(finding?.advice.map(({ box }) => box))).toEqual(new Set(['nginx']));
  });
});

describe('conclude', () => {
  const verdictOf = (seen: Partial<Observations>): unknown[] => {
    const { verdict, exitStatus } = conclude({ ...FINE, ...seen });
    return [verdict, exitStatus];
  };

  it('is fine, worse or nothing', () => {
    expect(verdictOf({})).toEqual(['fine', 0]);
    expect(verdictOf({ cached: true })).toEqual(['fine', 0]);
    expect(verdictOf({ upgrade: { outcome: 'stripped' } })).toEqual(['worse', 1]);
    const [first, ...rest] = FINE.transports;
    expect(verdictOf({ transports: first ? [{ ...first, works: false }, ...rest] : [] })).toEqual(['worse', 1]);
    expect(verdictOf(failed('ECONNREFUSED'))).toEqual(['nothing', 2]);
    expect(verdictOf({ refusal: { code: 'ERR_REFUSED', message: '' } })).toEqual(['nothing', 2]);
    expect(verdictOf({ transports: FINE.transports.map((each) => ({ ...each, works: false })) })).toEqual([
      'nothing',
      2,
    ]);
  });

  it('is told in lines that fit a terminal', () => {
    const text = formatReport(
      conclude({ ...FINE, upgrade: { outcome: 'foreign', answer: ANSWER }, between: ['via: 1.1 x'] }),
    );
    expect(text).toContain('✓ WebSocket');
    expect(text).toContain('! Something else answers WebSocket handshakes');
    expect(text).toContain('In between: via: 1.1 x');
    for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(110);
  });
});
