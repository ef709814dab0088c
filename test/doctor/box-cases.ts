import type { Observations } from 'holdfast-doctor';
import { expect } from 'vitest';

/** What the doctor finds behind a box. */
export interface BoxCase {
  readonly box: string;
  /** Everything that is found, in order. */
  readonly finds: readonly string[];
  /** What is seen has to be this, too. */
  readonly seen?: Partial<{ readonly [Name in keyof Observations]: unknown }>;
  /** What is said has to name this. */
  readonly says?: RegExp;
  readonly watchMs?: number;
}

/** Silence counts from the last message; how late that is depends on the machine. */
const AFTER_SILENCE: unknown = expect.toSatisfy((ms: number) => ms > 2000);

/** Each in front of a server of its own. */
export const BOX_CASES: readonly BoxCase[] = [
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
  { box: 'haproxy-strip', finds: ['upgrade-stripped', 'responses-delayed'], watchMs: 4000 },
  { box: 'varnish-default', finds: ['upgrade-stripped'], says: /Varnish, in vcl_pipe:/ },
  {
    box: 'haproxy-deny',
    finds: ['upgrade-answered', 'responses-delayed'],
    watchMs: 4000,
    says: /HTTP status 403, beginning “<html><body><h1>403 Forbidden/,
  },
  { box: 'squid-deny-connect', finds: ['upgrade-answered'], says: /HTTP status 403/ },
  { box: 'tinyproxy', finds: ['upgrade-answered'], says: /HTTP status 403 by tinyproxy/ },
  { box: 'haproxy-tarpit', finds: ['upgrade-black-holed', 'responses-delayed'], watchMs: 4000 },
  { box: 'mitmproxy-drop-frames', finds: ['websocket-mute', 'responses-buffered'] },
  {
    box: 'nginx-cut-3s',
    finds: ['websocket-cut', 'stream-cut', 'hold-cut'],
    watchMs: 8000,
    says: /proxy_read_timeout 60s;/,
    seen: {
      idle: { askedMs: 8000, closedMs: AFTER_SILENCE, isAnswered: false },
      stream: expect.objectContaining({ askedMs: 8000, endMs: AFTER_SILENCE, isWhole: false }) as unknown,
    },
  },
  {
    box: 'haproxy-tunnel-3s',
    finds: ['websocket-cut', 'responses-delayed'],
    watchMs: 8000,
    says: /timeout tunnel 60s/,
  },
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
    finds: ['own-pages-refused', 'upgrade-stripped', 'responses-compressed', 'http-1.0'],
    seen: { http: { toUs: '1.0', toServer: '1.1' } },
  },
  { box: 'squid-64kb', finds: ['upgrade-answered', 'responses-limited'], says: /Answers are limited to about 6\d KB/ },
  { box: 'squid-caching', finds: ['upgrade-answered', 'gets-cached'], seen: { cached: true } },
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
  { box: 'nginx-hangs-up', finds: ['no-answer'] },
  { box: 'nginx-gzip', finds: ['responses-compressed'], says: /came as gzip[^]*gzip off;/ },
  {
    box: 'nginx-gzip-cut-3s',
    finds: ['websocket-cut', 'stream-cut', 'hold-cut', 'responses-compressed'],
    // What came before the cut was unpacked, or nothing would have been timed.
    seen: { stream: expect.objectContaining({ encoding: 'gzip', echoMs: expect.any(Number) as unknown }) as unknown },
    watchMs: 8000,
  },
  { box: 'nginx-notice', finds: ['answers-altered'], says: /<p>Be careful/ },
  { box: 'nginx-no-post', finds: ['post-blocked'], says: /HTTP status 403 by nginx/ },
  { box: 'nginx-one-down', finds: ['connections-break'] },
  { box: 'haproxy-default', finds: ['responses-delayed'], watchMs: 4000, says: /option http-no-delay/ },
  { box: 'haproxy-hangs-up', finds: ['upgrade-failed'], says: /The handshake ended with: socket hang up/ },
  {
    box: 'haproxy-other-host',
    finds: ['upgrade-refused'],
    says: /does not answer to this host name[^]*proxy_set_header Host/,
  },
  { box: 'haproxy-one-connection', finds: ['one-at-a-time'] },
  { box: 'haproxy-two-sources', finds: ['address-changes'], seen: { addressCount: 2 } },
];
