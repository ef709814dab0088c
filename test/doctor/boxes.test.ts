import { describe, expect, it } from 'vitest';
import { formatReport, type Observations } from 'holdfast-doctor';
import type { Box } from '../boxes/box.js';
import { boxes } from '../boxes/index.js';
import { nginx } from '../boxes/nginx.js';
import { boxesOf, type Place } from '../boxes/program.js';
import { examineBehind, idsOf } from './patient.js';

/** Variants that only the doctor needs. */
const MORE = boxesOf(nginx, [
  {
    name: 'nginx-small-bodies',
    title: 'nginx: request bodies of 64 KB at most',
    best: 'websocket',
    config: ({ port, targetPort }: Place) =>
      `server { listen 127.0.0.1:${port}; location / { proxy_pass http://127.0.0.1:${targetPort}; client_max_body_size 64k; } }`,
  },
  {
    name: 'nginx-elsewhere',
    title: 'nginx: leads to another address',
    best: 'nothing',
    config: ({ port }: Place) => `server { listen 127.0.0.1:${port}; return 301 https://shop.example$request_uri; }`,
  },
  {
    name: 'nginx-page',
    title: 'nginx: its own page at every path',
    best: 'nothing',
    config: ({ port }: Place) =>
      `server { listen 127.0.0.1:${port}; default_type text/html; return 200 "<title>Welcome</title>"; }`,
  },
]);

const ALL: readonly Box[] = [...boxes, ...MORE];

interface Case {
  readonly box: string;
  /** Everything that is found, in order. */
  readonly finds: readonly string[];
  /** What is seen has to be this, too. */
  readonly seen?: Partial<{ readonly [Name in keyof Observations]: unknown }>;
  /** What is said has to name this. */
  readonly says?: RegExp;
  readonly watchMs?: number;
}

const CUT_AT_3_S = expect.closeTo(3000, -3) as number;

const CASES: readonly Case[] = [
  { box: 'nginx-right', finds: [] },
  { box: 'haproxy-right', finds: [] },
  { box: 'apache-right', finds: [] },
  { box: 'varnish-right', finds: [] },
  { box: 'caddy-right', finds: [] },
  { box: 'squid-allow', finds: [] },
  {
    box: 'nginx-default',
    finds: ['own-pages-refused', 'upgrade-stripped', 'http-1.0'],
    seen: { upgrade: { outcome: 'stripped' }, http: { toUs: '1.1', toServer: '1.0' } },
    says: /nginx, in the location of the endpoint:\n +proxy_set_header Host \$http_host;[^]*proxy_http_version 1\.1;/,
  },
  { box: 'haproxy-strip', finds: ['upgrade-stripped'] },
  { box: 'varnish-default', finds: ['upgrade-stripped'], says: /Varnish, in vcl_pipe:/ },
  {
    box: 'haproxy-deny',
    finds: ['upgrade-answered'],
    says: /HTTP status 403, beginning “<html><body><h1>403 Forbidden/,
  },
  { box: 'squid-deny-connect', finds: ['upgrade-answered'], says: /HTTP status 403/ },
  { box: 'tinyproxy', finds: ['upgrade-answered'], says: /HTTP status 403 by tinyproxy/ },
  { box: 'haproxy-tarpit', finds: ['upgrade-black-holed'] },
  { box: 'mitmproxy-drop-frames', finds: ['websocket-mute', 'responses-buffered'] },
  {
    box: 'nginx-cut-3s',
    finds: ['websocket-cut', 'stream-cut', 'hold-cut'],
    watchMs: 4500,
    says: /proxy_read_timeout 60s;/,
    seen: {
      idle: { askedMs: 4500, closedMs: CUT_AT_3_S, isAnswered: false },
      stream: expect.objectContaining({ askedMs: 4500, endMs: CUT_AT_3_S, isWhole: false }) as unknown,
    },
  },
  { box: 'haproxy-tunnel-3s', finds: ['websocket-cut'], watchMs: 4500, says: /timeout tunnel 60s/ },
  {
    box: 'nginx-buffering',
    finds: ['own-pages-refused', 'upgrade-stripped', 'responses-buffered', 'http-1.0'],
    says: /proxy_buffering off;/,
  },
  {
    box: 'varnish-buffering',
    finds: ['upgrade-stripped', 'responses-buffered'],
    says: /set beresp\.do_stream = true;/,
  },
  {
    box: 'apache-http10',
    finds: ['own-pages-refused', 'upgrade-stripped', 'http-1.0'],
    seen: { http: { toUs: '1.0', toServer: '1.1' } },
  },
  { box: 'squid-64kb', finds: ['upgrade-answered', 'responses-limited'], says: /Answers are limited to about 6\d KB/ },
  { box: 'squid-caching', finds: ['upgrade-answered', 'gets-cached'], seen: { cached: 'url' } },
  {
    box: 'mitmproxy-lose-answers',
    finds: ['upgrade-answered', 'responses-buffered', 'answers-lost'],
    says: /of them had been processed/,
  },
  {
    box: 'nginx-small-bodies',
    finds: ['own-pages-refused', 'upgrade-stripped', 'requests-limited', 'http-1.0'],
    says: /Requests are limited to about 6\d KB\n.*HTTP status 413 by nginx[^]*client_max_body_size 1m;/,
  },
  { box: 'nginx-elsewhere', finds: ['redirected'], says: /redirected to https:\/\/shop\.example\/holdfast/ },
  { box: 'nginx-page', finds: ['not-holdfast'], says: /HTTP status 200 by nginx[^]*<title>Welcome/ },
];

/** Looking into everything makes mitmproxy slow where the machine is busy. */
const PATIENCE_MS = 180_000;

describe('the doctor behind a real box', { timeout: PATIENCE_MS }, () => {
  it.concurrent.each(CASES.map((each) => [each.box, each] as const))(
    '%s',
    async (name, { finds, seen, says, watchMs }) => {
      const box = ALL.find((other) => other.name === name);
      if (!box) throw new Error(`no such box: ${name}`);
      const report = await examineBehind(box, { watchMs: watchMs ?? 2000 });
      const text = formatReport(report);
      expect(idsOf(report), text).toEqual(finds);
      if (seen) expect(report.observations).toMatchObject(seen);
      if (says) expect(text).toMatch(says);
      const isFine = finds.every((id) => id === 'http-1.0' || id === 'gets-cached');
      expect(report.exitStatus).toBe(box.best === 'nothing' ? 2 : isFine ? 0 : 1);
      // Whatever it found, the application has not been bothered.
      expect(report.sessionCount).toBe(0);
    },
  );
});
